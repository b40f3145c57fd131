// The event loop of the simulation: time is a number that jumps from one event to the next, so a
// run of minutes takes milliseconds and repeats exactly. Everything random follows from its seed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <utility>

#include "net/loop.hpp"

namespace pipit::sim {

class VirtualLoop : public net::Loop {
 public:
  using EventId = std::pair<net::TimePoint, std::uint64_t>;

  explicit VirtualLoop(std::uint64_t seed = 1) : random_(seed) {}

  net::TimePoint now() const override { return now_; }

  net::WallTime wall_now() const override { return net::WallTime(now_.time_since_epoch()); }

  std::uint64_t random_seed() override { return random_(); }

  /// Runs `action` at a moment, which must not be in the past; events of one moment keep their
  /// order.
  EventId at(net::TimePoint when, std::function<void()> action);

  EventId after(net::Duration delay, std::function<void()> action) {
    return at(now_ + delay, std::move(action));
  }

  void forget(EventId event) { events_.erase(event); }

  /// Runs everything up to and including `end`, then stands there.
  void run_until(net::TimePoint end);

 protected:
  void enqueue(net::Task& task) override { tasks_.push_back(&task); }

  void dequeue(net::Task& task) override { std::erase(tasks_, &task); }

 private:
  void run_tasks();

  net::TimePoint now_{};
  std::mt19937_64 random_;
  std::uint64_t next_ = 0;
  std::map<EventId, std::function<void()>> events_;
  std::deque<net::Task*> tasks_;
};

}  // namespace pipit::sim
