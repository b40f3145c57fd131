// UPDATEs as update groups would queue them.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/update.hpp"
#include "net/slice.hpp"
#include "tests/unit/catch.hpp"

namespace pipit::bgp {

inline net::Prefix prefix(const char* text) {
  return *net::Prefix::parse(text);
}

inline net::RouteKey route(const char* text) {
  return *net::RouteKey::parse(text);
}

/// The unicast family of a list.
inline net::Family family_of(const std::vector<Nlri>& list) {
  return net::RouteKey::unicast(list.front().prefix).family;
}

inline std::vector<Nlri> nlri(std::initializer_list<const char*> prefixes) {
  std::vector<Nlri> list;
  for (const char* one : prefixes) {
    list.push_back({.prefix = prefix(one)});
  }
  return list;
}

inline net::Slice announce(std::initializer_list<const char*> prefixes) {
  const auto list = nlri(prefixes);
  PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(list.front().prefix.afi());
  net::Bytes octets;
  REQUIRE(encode_announcements(attributes.view(), family_of(list), list, {}, octets));
  return net::Slice::whole(std::move(octets));
}

}  // namespace pipit::bgp
