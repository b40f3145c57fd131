// Communities of the three kinds as values and text (RFC 1997, 4360, 8092).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/bytes.hpp"

namespace pipit::bgp {

/// Well-known communities (RFC 1997, 7999, 8326, 9494).
enum class WellKnown : std::uint32_t {
  GracefulShutdown = 0xffff0000,
  Blackhole = 0xffff029a,
  NoExport = 0xffffff01,
  NoAdvertise = 0xffffff02,
  NoExportSubconfed = 0xffffff03,
  NoPeer = 0xffffff04,
};

struct LargeCommunity {
  std::uint32_t global = 0;
  std::uint32_t local1 = 0;
  std::uint32_t local2 = 0;

  friend auto operator<=>(const LargeCommunity&, const LargeCommunity&) = default;
};

/// "64512:100", or the name of a well-known one ("no-export").
std::string community_to_string(std::uint32_t community);
std::optional<std::uint32_t> parse_community(std::string_view text);

/// "64512:100:7".
std::string to_string(const LargeCommunity& community);
std::optional<LargeCommunity> parse_large_community(std::string_view text);

/// "rt:64512:7", "soo:192.0.2.1:7", else "generic:0x0123456789abcdef".
std::string extended_community_to_string(std::uint64_t community);
std::optional<std::uint64_t> parse_extended_community(std::string_view text);

/// The values of a communities attribute in canonical wire form.
std::vector<std::uint32_t> communities(net::ByteView octets);
std::vector<std::uint64_t> extended_communities(net::ByteView octets);
std::vector<LargeCommunity> large_communities(net::ByteView octets);

bool has_community(net::ByteView octets, std::uint32_t community);

inline bool has_community(net::ByteView octets, WellKnown community) {
  return has_community(octets, static_cast<std::uint32_t>(community));
}

}  // namespace pipit::bgp
