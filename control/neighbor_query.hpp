// Which neighbors `show neighbors` is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control/models.hpp"

namespace pipit::control {

struct NeighborQuery {
  enum class State : std::uint8_t {
    Any,
    Up,        // Established
    Down,      // not Established
    Shutdown,  // by the operator
  };

  State state = State::Any;
  std::string group;  // empty: all; resolved by the daemon, which knows what inherits from what
  std::optional<bool> internal;
  std::optional<std::uint32_t> asn;
  std::optional<net::Family> family;
};

/// True when a neighbor fits all that is asked but its group. Of a family that is asked for, the
/// others are then left out of the summary.
bool select(const NeighborQuery& query, NeighborSummary& summary);

}  // namespace pipit::control
