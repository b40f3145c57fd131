// How much memory this process has, as the kernel and the allocator count it.
#pragma once

#include <cstdint>

namespace pipit::daemon {

/// Octets.
struct Resident {
  std::uint64_t all = 0;     // resident set size
  std::uint64_t mapped = 0;  // of this, pages of files: the program and its libraries
};

Resident resident();

/// Octets that the allocator has got back and keeps for the next use; walks its lists.
std::uint64_t free_octets();

}  // namespace pipit::daemon
