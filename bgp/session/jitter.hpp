// The jitter of timers (RFC 4271 §10): a small random source that is seeded from outside, so that a
// simulation repeats exactly. Fed by whoever builds a Peer, read by Fsm and Damping.
#pragma once

#include <cstdint>

#include "net/loop.hpp"

namespace pipit::bgp {

class Jitter {
 public:
  explicit constexpr Jitter(std::uint64_t seed) : state_(seed) {}

  /// `base` times a factor from 0.75 to 1.0, a new one for each firing.
  constexpr net::Duration operator()(net::Duration base) {
    constexpr std::int64_t kSteps = 1 << 16;
    const auto step = static_cast<std::int64_t>(next() >> 48);  // 0 .. kSteps - 1
    return base / 4 * 3 + base / 4 / kSteps * step;
  }

 private:
  /// splitmix64
  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace pipit::bgp
