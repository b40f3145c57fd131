// DampPeerOscillations (RFC 4271 §8.1.1): how long a peer stays in Idle after an error. The time
// doubles with each failure and starts over after a session that was stable. Owned by Peer.
#pragma once

#include <algorithm>
#include <chrono>

#include "bgp/session/jitter.hpp"
#include "bgp/session/options.hpp"

namespace pipit::bgp {

class Damping {
 public:
  /// The IdleHoldTime after one more failure: idle_hold, twice that, ... idle_hold_max; jittered.
  net::Duration failed(const SessionTimers& timers, Jitter& jitter) {
    const auto limit = std::max(timers.idle_hold, timers.idle_hold_max);
    current_ = current_.count() == 0 ? timers.idle_hold : std::min(current_ * 2, limit);
    return jitter(current_);
  }

  /// A session ended that had been Established for `uptime`: was it stable, the next failure
  /// counts as the first.
  void session_ended(net::Duration uptime, const SessionTimers& timers) {
    if (uptime >= std::max(timers.idle_hold, timers.idle_hold_max)) {
      reset();
    }
  }

  void reset() { current_ = std::chrono::seconds{0}; }

  /// The unjittered IdleHoldTime of the last failure; 0 when there was none.
  std::chrono::seconds current() const { return current_; }

 private:
  std::chrono::seconds current_{0};
};

}  // namespace pipit::bgp
