// What a configuration is read for: the difference between a check and a start.
#pragma once

#include <cstdint>

namespace pipit::config {

enum class Purpose : std::uint8_t {
  Check,  // everything must be there
  Run,    // a password file that cannot be read is a warning, and holds its neighbors down
};

}  // namespace pipit::config
