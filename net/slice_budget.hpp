// The time that a slice of long work may take.
#pragma once

#include <cstdint>

#include "net/loop.hpp"

namespace pipit::net {

/// Begins when it is made. Borrows the loop.
class SliceBudget {
 public:
  /// `steps`: so many are done between two looks at the clock, where a step takes less than
  /// looking at it does.
  SliceBudget(const Loop& loop, Duration time, std::uint32_t steps = 1)
      : loop_(loop), end_(loop.now() + time), steps_(steps) {}

  /// Looks at the clock.
  bool spent() const { return loop_.now() >= end_; }

  /// To be asked after each step, or after several that count as one: looks at the clock after
  /// every `steps` of them.
  bool spent_after_step(std::uint32_t count = 1) {
    taken_ += count;
    if (taken_ < steps_) {
      return false;
    }
    taken_ = 0;
    return spent();
  }

 private:
  const Loop& loop_;
  TimePoint end_;
  std::uint32_t steps_;
  std::uint32_t taken_ = 0;
};

}  // namespace pipit::net
