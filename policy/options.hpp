// Policies and sets as the operator wrote them, before compilation (config/ fills these in).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bgp/wire/community.hpp"
#include "net/address.hpp"

namespace pipit::policy {

/// Where a route entered the RIB.
enum class SourceKind : std::uint8_t { Bgp, Kernel, Connected, Originate };

/// "10.0.0.0/8 ge 16 le 24"; without ge and le the prefix itself only.
struct PrefixRange {
  net::Prefix prefix;
  std::uint8_t min_length = 0;
  std::uint8_t max_length = 0;

  friend bool operator==(const PrefixRange&, const PrefixRange&) = default;
};

/// Communities of one kind or several, exact values only (ranges come with the issue Policy).
struct CommunityList {
  std::vector<std::uint32_t> standard;
  std::vector<std::uint64_t> extended;
  std::vector<bgp::LargeCommunity> large;

  bool empty() const { return standard.empty() && extended.empty() && large.empty(); }

  friend bool operator==(const CommunityList&, const CommunityList&) = default;
};

struct SetOptions {
  std::map<std::string, std::vector<PrefixRange>> prefixes;
  std::map<std::string, CommunityList> communities;

  friend bool operator==(const SetOptions&, const SetOptions&) = default;
};

/// All that is given must hold. An empty list means "not asked".
struct MatchOptions {
  std::vector<std::string> prefix_sets;         // in any of them
  std::vector<PrefixRange> prefixes;            // or in any of these
  std::vector<SourceKind> sources;              // one of them
  std::vector<std::string> any_community_sets;  // carries a member of any of them
  CommunityList any_community;                  // or any of these

  friend bool operator==(const MatchOptions&, const MatchOptions&) = default;
};

struct ActionOptions {
  std::optional<std::uint32_t> local_preference;
  std::optional<std::uint32_t> med;
  CommunityList add;
  std::vector<std::string> remove_sets;  // names of community sets
  CommunityList remove;
  bool next_hop_self = false;

  friend bool operator==(const ActionOptions&, const ActionOptions&) = default;
};

/// What happens after a rule that matched. None: go on with the next rule.
enum class Then : std::uint8_t { None, Accept, Reject };

/// Where a rule stands, "pipitd.yaml:12". A rule that only moved is the same rule.
struct Place {
  std::string text;

  friend bool operator==(const Place&, const Place&) { return true; }
};

struct RuleOptions {
  MatchOptions match;
  ActionOptions set;
  Then then = Then::None;
  Place place{};

  friend bool operator==(const RuleOptions&, const RuleOptions&) = default;
};

/// All policies by name. "accept" and "reject" are built in and not in the map.
struct PolicyOptions {
  SetOptions sets;
  std::map<std::string, std::vector<RuleOptions>> policies;

  friend bool operator==(const PolicyOptions&, const PolicyOptions&) = default;
};

}  // namespace pipit::policy
