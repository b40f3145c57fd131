#include "net/hash.hpp"

#include <random>

namespace pipit::net {

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace pipit::net
