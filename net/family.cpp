#include "net/family.hpp"

#include <fmt/format.h>

namespace pipit::net {

std::string to_string(Family family) {
  if (family == kIpv4Unicast) {
    return "ipv4-unicast";
  }
  if (family == kIpv6Unicast) {
    return "ipv6-unicast";
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
