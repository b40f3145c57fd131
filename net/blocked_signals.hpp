// Signals are the loop's alone. A thread inherits from its maker which ones are blocked: whoever
// makes a thread beside the loop has this in scope meanwhile.
#pragma once

#include <csignal>

#include <pthread.h>

namespace pipit::net {

/// Blocks all signals on the calling thread for as long as it lives.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }

  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace pipit::net
