// A Route Distinguisher (RFC 4364 §4.2): tells apart routes of different VPNs to the same prefix.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pipit::net {

struct RouteDistinguisher {
  static constexpr std::size_t kSize = 8;

  std::array<std::uint8_t, kSize> octets{};  // as on the wire: type, administrator, number

  /// The reverse of to_string().
  static std::optional<RouteDistinguisher> parse(std::string_view text);

  /// "65000:1" (type 0), "192.0.2.1:1" (type 1), "4200000000:1" or, where the AS would fit into
  /// two octets, "0.65000:1" (type 2); "0x0003000000000001" of other types.
  std::string to_string() const;

  friend auto operator<=>(const RouteDistinguisher&, const RouteDistinguisher&) = default;
};

}  // namespace pipit::net
