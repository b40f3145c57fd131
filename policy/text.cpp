#include "policy/text.hpp"

#include <array>
#include <limits>

#include <fmt/format.h>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"

namespace pipit::policy {

std::string_view name_of(KernelRouteType type) {
  switch (type) {
    case KernelRouteType::Unicast:
      return "unicast";
    case KernelRouteType::Blackhole:
      return "blackhole";
    case KernelRouteType::Unreachable:
      return "unreachable";
    case KernelRouteType::Prohibit:
      return "prohibit";
    case KernelRouteType::Throw:
      return "throw";
  }
  return "";
}

std::string_view name_of(SourceKind source) {
  switch (source) {
    case SourceKind::Bgp:
      return "bgp";
    case SourceKind::Kernel:
      return "kernel";
    case SourceKind::Connected:
      return "connected";
    case SourceKind::Originate:
      return "originate";
  }
  return "";
}

std::string_view name_of(bgp::Origin origin) {
  switch (origin) {
    case bgp::Origin::Igp:
      return "igp";
    case bgp::Origin::Egp:
      return "egp";
    case bgp::Origin::Incomplete:
      return "incomplete";
  }
  return "";
}

std::string to_string(const PrefixRange& range) {
  const net::Prefix& p = range.prefix;
  std::string out = p.to_string();
  if (range.min_length != p.length()) {
    out += fmt::format(" ge {}", range.min_length);
  }
  // "ge" alone reaches up to the longest prefix; no bound at all is the prefix itself.
  const bool exact = range.min_length == p.length() && range.max_length == p.length();
  if (!exact && (range.max_length != p.address().bits() || range.min_length == p.length())) {
    out += fmt::format(" le {}", range.max_length);
  }
  return out;
}

std::string to_string(const PrefixOrigin& pair) {
  return fmt::format("{} {}", pair.asn, to_string(pair.range));
}

std::string to_string(const NumberRange& range) {
  return range.low == range.high ? fmt::format("{}", range.low)
                                 : fmt::format("{}-{}", range.low, range.high);
}

std::string to_string(const CommunityPattern& pattern) {
  using Kind = CommunityPattern::Kind;
  constexpr std::uint32_t kHighest = std::numeric_limits<std::uint32_t>::max();
  const std::uint32_t whole = pattern.kind == Kind::Standard ? 0xffff : kHighest;
  std::string out = pattern.kind == Kind::RouteTarget    ? "rt:"
                    : pattern.kind == Kind::SiteOfOrigin ? "soo:"
                                                         : "";
  const std::size_t fields = pattern.kind == Kind::Large ? 3 : 2;
  for (std::size_t i = 0; i < fields; ++i) {
    const NumberRange& field = pattern.fields[i];
    out += i == 0 ? "" : ":";
    out += pattern.of[i] == CommunityPattern::Of::NeighborAs        ? "neighbor-as"
           : pattern.of[i] == CommunityPattern::Of::NeighborAddress ? "neighbor-address"
           : field == NumberRange{0, whole}                         ? "*"
                                                                    : to_string(field);
  }
  return out;
}

std::string number_text(const std::optional<std::uint32_t>& number) {
  return number ? fmt::format("{}", *number) : "none";
}

std::string address_text(const std::optional<net::IpAddress>& address) {
  return address ? address->to_string() : "none";
}

std::string next_hop_text(const bgp::PathAttributes& attributes) {
  return attributes.next_hop.is_unspecified() ? "self" : attributes.next_hop.to_string();
}

std::string as_path_text(const bgp::PathAttributes& attributes) {
  return attributes.as_path.empty() ? "empty" : bgp::AsPathView(attributes.as_path).to_string();
}

std::string communities_text(const bgp::PathAttributes& attributes) {
  const CommunityList list{.standard = bgp::communities(attributes.communities),
                           .extended = bgp::extended_communities(attributes.extended_communities),
                           .large = bgp::large_communities(attributes.large_communities),
                           .patterns = {}};
  const std::vector<std::string> words = texts_of(list);
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

std::vector<std::string> texts_of(const CommunityList& list) {
  std::vector<std::string> words;
  for (const std::uint32_t community : list.standard) {
    words.push_back(bgp::community_to_string(community));
  }
  for (const std::uint64_t community : list.extended) {
    words.push_back(bgp::extended_community_to_string(community));
  }
  for (const bgp::LargeCommunity& community : list.large) {
    words.push_back(bgp::to_string(community));
  }
  for (const CommunityPattern& pattern : list.patterns) {
    words.push_back(to_string(pattern));
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  constexpr std::size_t kShown = 16;
  if (words.size() <= kShown) {
    return fmt::format("{}", fmt::join(words, ", "));
  }
  return fmt::format("{} and {} more", fmt::join(words.begin(), words.begin() + kShown, ", "),
                     words.size() - kShown);
}

std::string texts_of(const NumberRanges& ranges) {
  return texts_of(ranges, [](const NumberRange& range) { return to_string(range); });
}

std::string text_of(const AsNumberQuery& query) {
  std::vector<std::string> words = query.sets;
  for (const NumberRange& range : query.numbers) {
    words.push_back(to_string(range));
  }
  return joined(words);
}

std::string text_of(const CommunityQuery& query) {
  std::vector<std::string> words = query.sets;
  const std::vector<std::string> values = texts_of(query.values);
  words.insert(words.end(), values.begin(), values.end());
  return joined(words);
}

}  // namespace pipit::policy
