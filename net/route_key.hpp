// What names a route: the address family and, of the NLRI of that family, the octets that are its
// key. A label that comes with them is payload of the route and no part of its key.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "net/address.hpp"
#include "net/family.hpp"
#include "net/route_distinguisher.hpp"

namespace pipit::net {

struct RouteKey {
  Family family;
  RouteDistinguisher distinguisher{};  // zero in families that have none
  Prefix prefix;

  /// The key of a prefix in the unicast family of its addresses: what the kernel and `originate`
  /// speak of.
  static RouteKey unicast(const Prefix& prefix) {
    return {{prefix.afi(), Safi::Unicast}, {}, prefix};
  }

  /// The same family and VPN, another prefix of theirs.
  RouteKey with(const Prefix& other) const { return {family, distinguisher, other}; }

  bool is_unicast() const { return family.safi == Safi::Unicast; }

  /// Whether keys of its family begin with a Route Distinguisher.
  bool has_distinguisher() const { return family.safi == Safi::MplsVpn; }

  /// "10.0.0.0/8" or a bare address (a host prefix) in the unicast families; in the VPN families
  /// with the Route Distinguisher in front: "65000:1:10.0.0.0/8", "65000:1:[2001:db8::]/32". The
  /// brackets may be left out where the whole is no IPv6 prefix.
  static std::optional<RouteKey> parse(std::string_view text);

  /// parse() reads it.
  std::string to_string() const;

  friend auto operator<=>(const RouteKey&, const RouteKey&) = default;
};

}  // namespace pipit::net
