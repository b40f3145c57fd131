#include "rib/hash.hpp"

#include <random>

namespace pipit::rib {

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace pipit::rib
