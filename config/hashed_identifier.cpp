#include "config/hashed_identifier.hpp"

namespace pipit::config {
namespace {

/// The highest bits of the product depend on all bits of both.
constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;

}  // namespace

std::uint32_t hashed_identifier(std::string_view text) {
  // FNV-1a with 64 bits.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  while (true) {
    hash = (hash ^ (hash >> 32)) * kMultiplier + 1;
    const auto number = static_cast<std::uint32_t>(hash >> 32);
    const std::uint32_t first = number >> 24;
    if (first != 0 && first != 127 && first < 224) {
      return number;
    }
  }
}

}  // namespace pipit::config
