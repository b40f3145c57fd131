// When the KernelBridge, which owns it, compares what it believes of the kernel with the kernel:
// seldom, and never while either is being read or written.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "kernel/netlink/access.hpp"

namespace pipit::daemon {

class KernelAudit {
 public:
  /// `begin` begins an audit; false: not now. Both must outlive it.
  KernelAudit(kernel::KernelAccess& kernel, std::function<bool()> begin);

  /// The time between two audits; 0: none.
  void set_interval(std::chrono::seconds interval);

 private:
  void on_timer();

  std::function<bool()> begin_;
  std::unique_ptr<kernel::Timer> timer_;
  std::chrono::seconds interval_{0};
};

}  // namespace pipit::daemon
