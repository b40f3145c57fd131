// Hashing for flat tables: fast multiply-and-fold mixing under a seed, which the owner of a table
// takes from its loop (Loop::random_seed), so that no peer can choose keys that collide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/bytes.hpp"

namespace pipit::net {

/// Multiplies to 128 bits and folds: every bit of the result depends on every bit of both.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline constexpr std::uint64_t kMixA = 0x9e3779b97f4a7c15;
inline constexpr std::uint64_t kMixB = 0xd1b54a32d192ed03;

/// Hash of any number of octets, sixteen at a time.
inline std::uint64_t hash_octets(ByteView octets, std::uint64_t seed) {
  const auto word = [](const std::uint8_t* at) {
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  const std::uint8_t* at = octets.data();
  std::size_t left = octets.size();
  std::uint64_t state = seed ^ mix(left ^ kMixA, kMixB);
  while (left > 16) {
    state = mix(word(at) ^ kMixA ^ state, word(at + 8) ^ kMixB);
    at += 16;
    left -= 16;
  }
  std::uint64_t tail[2] = {0, 0};
  if (left != 0) {
    std::memcpy(tail, at, left);
  }
  return mix(tail[0] ^ kMixB ^ state, tail[1] ^ kMixA ^ seed);
}

}  // namespace pipit::net
