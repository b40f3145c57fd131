// A SimulatedKernel for whoever wants to own its access to the kernel: the kernel itself belongs to
// the test and outlives it.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "kernel/netlink/access.hpp"
#include "tests/unit/kernel/simulated_kernel.hpp"

namespace pipit::kernel::test {

class LentKernel final : public KernelAccess {
 public:
  explicit LentKernel(SimulatedKernel& kernel) : kernel_(kernel) {}

  std::expected<std::unique_ptr<MonitorSocket>, std::string> open_monitor(
      int receive_buffer, std::function<void()> on_readable) override {
    return kernel_.open_monitor(receive_buffer, std::move(on_readable));
  }

  std::expected<std::unique_ptr<FibSender>, std::string> open_sender(
      std::function<void()> on_answered) override {
    return kernel_.open_sender(std::move(on_answered));
  }

  std::unique_ptr<Timer> make_timer(std::function<void()> on_expiry) override {
    return kernel_.make_timer(std::move(on_expiry));
  }

 private:
  SimulatedKernel& kernel_;
};

}  // namespace pipit::kernel::test
