#include "policy/text.hpp"

#include <fmt/format.h>

#include "bgp/wire/community.hpp"

namespace pipit::policy {

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

std::string number_text(const std::optional<std::uint32_t>& number) {
  return number ? fmt::format("{}", *number) : "none";
}

std::string communities_text(const bgp::PathAttributes& attributes) {
  CommunityList list{.standard = bgp::communities(attributes.communities),
                     .extended = bgp::extended_communities(attributes.extended_communities),
                     .large = bgp::large_communities(attributes.large_communities)};
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

}  // namespace pipit::policy
