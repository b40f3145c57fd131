// Address families as BGP names them (RFC 4760 AFI/SAFI), and the dense index of those this build
// carries.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pipit::net {

/// Address Family Identifier. Values from the wire that have no name here are carried as they are.
enum class Afi : std::uint16_t { Ipv4 = 1, Ipv6 = 2 };

/// Subsequent Address Family Identifier.
enum class Safi : std::uint8_t { Unicast = 1, MplsVpn = 128 };

/// One AFI/SAFI pair.
struct Family {
  Afi afi = Afi::Ipv4;
  Safi safi = Safi::Unicast;

  friend constexpr auto operator<=>(const Family&, const Family&) = default;
};

inline constexpr Family kIpv4Unicast{Afi::Ipv4, Safi::Unicast};
inline constexpr Family kIpv6Unicast{Afi::Ipv6, Safi::Unicast};
inline constexpr Family kIpv4Vpn{Afi::Ipv4, Safi::MplsVpn};  // RFC 4364
inline constexpr Family kIpv6Vpn{Afi::Ipv6, Safi::MplsVpn};  // RFC 4659

/// The families that have a table, in index order.
inline constexpr std::array<Family, 4> kFamilies{kIpv4Unicast, kIpv6Unicast, kIpv4Vpn, kIpv6Vpn};
inline constexpr std::size_t kFamilyCount = kFamilies.size();

/// Dense index of a family into arrays of kFamilyCount; nullopt for a family without a table.
constexpr std::optional<std::size_t> family_index(Family family) {
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    if (kFamilies[i] == family) {
      return i;
    }
  }
  return std::nullopt;
}

/// "ipv4-unicast", "l2vpn-evpn", or "afi 99 safi 7" for one that has no name.
std::string to_string(Family family);

/// The reverse of to_string for named families.
std::optional<Family> parse_family(std::string_view text);

}  // namespace pipit::net
