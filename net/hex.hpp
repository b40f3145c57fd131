// Octets as people read them.
#pragma once

#include <string>

#include <fmt/format.h>

#include "net/bytes.hpp"

namespace pipit::net {

/// "ffee01"
inline std::string hex(ByteView octets) {
  return fmt::format("{:02x}", fmt::join(octets, ""));
}

}  // namespace pipit::net
