#include "net/route_key.hpp"

#include <fmt/format.h>

namespace pipit::net {
namespace {

/// "10.0.0.0/8", "[2001:db8::]/32", "[2001:db8::1]"
std::optional<Prefix> parse_bracketed(std::string_view text) {
  if (!text.starts_with('[')) {
    return Prefix::parse(text);
  }
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto prefix =
      Prefix::parse(fmt::format("{}{}", text.substr(1, end - 1), text.substr(end + 1)));
  return prefix && prefix->afi() == Afi::Ipv6 ? prefix : std::nullopt;
}

}  // namespace

std::optional<RouteKey> RouteKey::parse(std::string_view text) {
  if (const auto prefix = Prefix::parse(text)) {
    return unicast(*prefix);
  }
  // The Route Distinguisher ends at the second colon, or at the first one when it is written in
  // hexadecimal digits.
  const std::size_t first = text.find(':');
  const std::size_t end =
      first == std::string_view::npos || text.starts_with("0x") ? first : text.find(':', first + 1);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto rd = RouteDistinguisher::parse(text.substr(0, end));
  const auto prefix = parse_bracketed(text.substr(end + 1));
  if (!rd || !prefix) {
    return std::nullopt;
  }
  return RouteKey{{prefix->afi(), Safi::MplsVpn}, *rd, *prefix};
}

std::string RouteKey::to_string() const {
  if (!has_distinguisher()) {
    return prefix.to_string();
  }
  const std::string format =
      prefix.afi() == Afi::Ipv6
          ? fmt::format("[{}]/{}", prefix.address().to_string(), prefix.length())
          : prefix.to_string();
  return fmt::format("{}:{}", distinguisher.to_string(), format);
}

}  // namespace pipit::net
