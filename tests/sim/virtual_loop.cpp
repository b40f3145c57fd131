#include "tests/sim/virtual_loop.hpp"

#include <algorithm>

namespace pipit::sim {

VirtualLoop::EventId VirtualLoop::at(net::TimePoint when, std::function<void()> action) {
  const EventId id{std::max(when, now_), next_++};
  events_.emplace(id, std::move(action));
  return id;
}

void VirtualLoop::run_until(net::TimePoint end) {
  run_tasks();
  while (!events_.empty() && events_.begin()->first.first <= end) {
    const auto event = events_.extract(events_.begin());
    now_ = event.key().first;
    event.mapped()();
    run_tasks();
  }
  now_ = end;
}

void VirtualLoop::run_tasks() {
  while (!tasks_.empty()) {
    net::Task* task = tasks_.front();
    tasks_.pop_front();
    run_slice(*task);
  }
}

}  // namespace pipit::sim
