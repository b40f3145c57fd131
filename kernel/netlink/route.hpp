// A route of the kernel's tables as a value: what identifies it, and where it leads.
//
// The monitor makes them from notifications; the FIB writer turns them into requests.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/address.hpp"

namespace pipit::kernel {

/// rtm_type values that lead somewhere or nowhere; local, broadcast, anycast and multicast ones
/// are none of our business and not parsed. Throw: the look-up goes on in the next table.
enum class RouteType : std::uint8_t {
  Unicast = 1,
  Blackhole = 6,
  Unreachable = 7,
  Prohibit = 8,
  Throw = 9,
};

/// One way out. A gateway of the other family than the route's goes out as RTA_VIA.
struct Hop {
  std::optional<net::IpAddress> gateway;  // nullopt: directly on the interface
  std::uint32_t interface_index = 0;
  std::uint16_t weight = 1;  // 1..256
  bool onlink = false;       // the gateway is on the link although no subnet says so
  bool dead = false;         // RTNH_F_DEAD: its interface is down
  bool linkdown = false;     // RTNH_F_LINKDOWN: its interface has no carrier

  friend auto operator<=>(const Hop&, const Hop&) = default;
};

/// What the kernel tells routes of one table apart by.
struct RouteKey {
  net::Prefix prefix;
  std::uint8_t tos = 0;
  std::uint32_t table = 0;
  std::uint32_t metric = 0;

  friend auto operator<=>(const RouteKey&, const RouteKey&) = default;
};

struct RouteBody {
  RouteType type = RouteType::Unicast;
  std::uint8_t protocol = 0;
  std::uint8_t scope = 0;
  std::uint32_t nexthop_id = 0;  // RTA_NH_ID; 0: none
  std::optional<net::IpAddress> preferred_source;
  std::vector<Hop> hops;  // empty unless unicast

  friend bool operator==(const RouteBody&, const RouteBody&) = default;
};

std::size_t hash_value(const RouteBody& body);

struct Route {
  RouteKey key;
  RouteBody body;

  friend bool operator==(const Route&, const Route&) = default;
};

/// Equal but for the state of the links (dead, linkdown), which the kernel changes on its own.
bool same_apart_from_liveness(const RouteBody& a, const RouteBody& b);

/// True when IPv6 keeps such routes of one key together as one multipath route.
bool joins_multipath(const RouteBody& body);

/// "10.0.0.0/8 via 192.0.2.1 dev 3 table 254 metric 32 protocol 186", for logs and tests.
std::string to_string(const Route& route);

}  // namespace pipit::kernel
