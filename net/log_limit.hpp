// Lets only so many lines about the same thing into the log within a window of time, and counts
// what they would have told of, so that the next one can say how much it was. Owned by whoever
// writes the lines.
#pragma once

#include <cstdint>
#include <utility>

#include "net/loop.hpp"

namespace pipit::net {

class LogLimit {
 public:
  explicit constexpr LogLimit(Duration window, unsigned lines = 1)
      : window_(window), lines_(lines) {}

  /// True: a line may be written. Else its `events` count as held back.
  bool allows(TimePoint now, std::uint64_t events = 1) {
    if (!began_ || now - *began_ > window_) {
      began_ = now;
      written_ = 0;
    }
    if (written_ == lines_) {
      held_back_ += events;
      return false;
    }
    ++written_;
    return true;
  }

  /// Events held back since the last call.
  std::uint64_t take_held_back() { return std::exchange(held_back_, 0); }

 private:
  Duration window_;
  unsigned lines_;
  Deadline began_;
  unsigned written_ = 0;
  std::uint64_t held_back_ = 0;
};

}  // namespace pipit::net
