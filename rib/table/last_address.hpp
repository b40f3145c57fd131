// Where a prefix ends, for walks over sorted addresses. Used by NextHops.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "net/address.hpp"
#include "net/bytes.hpp"

namespace pipit::rib {

/// The last address of a prefix.
inline net::IpAddress last_address(const net::Prefix& prefix) {
  std::array<std::uint8_t, 16> octets{};
  const net::ByteView first = prefix.address().octets();
  std::copy(first.begin(), first.end(), octets.begin());
  for (std::size_t bit = prefix.length(); bit < first.size() * 8; ++bit) {
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | (0x80U >> (bit % 8)));
  }
  return *net::IpAddress::from_octets(std::span(octets).first(first.size()));
}

}  // namespace pipit::rib
