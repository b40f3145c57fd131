// What the control socket and the daemon both refuse in the same words.
#pragma once

#include <string>
#include <string_view>

#include "control/daemon_view.hpp"

namespace pipit::control {

inline Refusal no_neighbor(std::string_view name) {
  return {Refusal::Kind::NotFound, "there is no neighbor \"" + std::string(name) + '"'};
}

}  // namespace pipit::control
