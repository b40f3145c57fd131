#include "daemon/bridge/kernel_audit.hpp"

#include <algorithm>
#include <utility>

namespace pipit::daemon {

namespace {

constexpr std::chrono::seconds kPause{10};  // when it is the wrong moment

}  // namespace

KernelAudit::KernelAudit(kernel::KernelAccess& kernel, std::function<bool()> begin)
    : begin_(std::move(begin)), timer_(kernel.make_timer([this] { on_timer(); })) {}

void KernelAudit::set_interval(std::chrono::seconds interval) {
  if (std::exchange(interval_, interval) == interval) {
    return;
  }
  if (interval == interval.zero()) {
    timer_->cancel();
  } else {
    timer_->arm(interval);
  }
}

void KernelAudit::on_timer() {
  timer_->arm(begin_() ? interval_ : std::min(interval_, kPause));
}

}  // namespace pipit::daemon
