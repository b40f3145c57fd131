#include "net/family.hpp"

#include <fmt/format.h>

namespace pipit::net {

namespace {

struct FamilyName {
  std::uint16_t afi;
  std::uint8_t safi;
  std::string_view name;
};

/// Of the IANA registries, those with a table here first. What neighbors offer has a name, too.
constexpr FamilyName kNames[] = {
    {1, 1, "ipv4-unicast"},         {2, 1, "ipv6-unicast"},         {1, 2, "ipv4-multicast"},
    {2, 2, "ipv6-multicast"},       {1, 4, "ipv4-labeled-unicast"}, {2, 4, "ipv6-labeled-unicast"},
    {1, 5, "ipv4-mcast-vpn"},       {2, 5, "ipv6-mcast-vpn"},       {1, 73, "ipv4-sr-policy"},
    {2, 73, "ipv6-sr-policy"},      {1, 128, "ipv4-vpn"},           {2, 128, "ipv6-vpn"},
    {1, 129, "ipv4-vpn-multicast"}, {2, 129, "ipv6-vpn-multicast"}, {1, 132, "ipv4-route-target"},
    {1, 133, "ipv4-flow"},          {2, 133, "ipv6-flow"},          {1, 134, "ipv4-vpn-flow"},
    {2, 134, "ipv6-vpn-flow"},      {25, 65, "l2vpn-vpls"},         {25, 70, "l2vpn-evpn"},
    {16388, 71, "link-state"},      {16388, 72, "link-state-vpn"},
};

}  // namespace

std::string to_string(Family family) {
  for (const FamilyName& row : kNames) {
    if (row.afi == static_cast<std::uint16_t>(family.afi) &&
        row.safi == static_cast<std::uint8_t>(family.safi)) {
      return std::string(row.name);
    }
  }
  return fmt::format("afi {} safi {}", static_cast<unsigned>(family.afi),
                     static_cast<unsigned>(family.safi));
}

std::optional<Family> parse_family(std::string_view text) {
  for (const Family family : kFamilies) {
    if (to_string(family) == text) {
      return family;
    }
  }
  return std::nullopt;
}

}  // namespace pipit::net
