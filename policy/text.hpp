// Values of policies in words, as traces, `show policies` and tests say them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "policy/options.hpp"

namespace pipit::policy {

/// "bgp", "kernel".
std::string_view name_of(SourceKind source);
/// "unicast", "blackhole", "unreachable", "prohibit", "throw"
std::string_view name_of(KernelRouteType type);
/// "igp", "egp", "incomplete".
std::string_view name_of(bgp::Origin origin);

/// "10.0.0.0/8 ge 16 le 24"
std::string to_string(const PrefixRange& range);
/// "64500 192.0.2.0/24 le 24"
std::string to_string(const PrefixOrigin& pair);
/// "100", "100-199"
std::string to_string(const NumberRange& range);
/// "64512:1-99", "rt:64512:*"
std::string to_string(const CommunityPattern& pattern);

/// "none" or the number.
std::string number_text(const std::optional<std::uint32_t>& number);
/// "none" or the address.
std::string address_text(const std::optional<net::IpAddress>& address);
/// "self" for a route of our own.
std::string next_hop_text(const bgp::PathAttributes& attributes);
/// "empty" for an empty one.
std::string as_path_text(const bgp::PathAttributes& attributes);
/// Communities of all three kinds; "none" when there are none.
std::string communities_text(const bgp::PathAttributes& attributes);

/// Every member: "64512:100", "rt:64512:7".
std::vector<std::string> texts_of(const CommunityList& list);

/// "a, b, c", cut after a few.
std::string joined(const std::vector<std::string>& words);

/// The texts of all values, joined.
template <typename T, typename Text>
std::string texts_of(const std::vector<T>& values, Text text) {
  std::vector<std::string> words;
  for (const T& value : values) {
    words.push_back(text(value));
  }
  return joined(words);
}

std::string texts_of(const NumberRanges& ranges);
std::string text_of(const AsNumberQuery& query);
std::string text_of(const CommunityQuery& query);

}  // namespace pipit::policy
