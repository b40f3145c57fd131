// Hands the FIB writer's batches of requests to the kernel, one at a time, and has its answers. In
// the daemon a thread does (kernel/netlink/fib_thread.hpp).
#pragma once

#include <cstdint>

#include "kernel/netlink/fib_request.hpp"

namespace pipit::kernel {

class FibSender {
 public:
  FibSender() = default;
  FibSender(const FibSender&) = delete;
  FibSender& operator=(const FibSender&) = delete;
  virtual ~FibSender() = default;

  /// The netlink port of the requests: notifications of what they changed carry it.
  virtual std::uint32_t port() const = 0;

  /// True from send() to take().
  virtual bool busy() const = 0;

  /// Sends the batch.
  virtual void send() = 0;

  /// Waits for the answers when they are not there yet; on_answered is not called then. Returns 0,
  /// or an errno value: nothing was sent.
  virtual int take() = 0;

  /// The batch; not to be touched while busy.
  FibRequest& request() { return request_; }

 protected:
  FibRequest request_;
};

}  // namespace pipit::kernel
