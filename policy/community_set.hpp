// A set of communities of one kind or several, compiled: sorted arrays that are searched and merged
// directly against attributes in wire form, and patterns of ranges.
//
// Built by policy compilation out of CommunityList values, read by compiled rules.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/community.hpp"
#include "policy/options.hpp"
#include "policy/route_facts.hpp"

namespace pipit::policy {

class CommunitySet {
 public:
  void add(const CommunityList& list);
  /// Adds what a query names and lists.
  void add(const CommunityQuery& query, const std::map<std::string, CommunityList>& sets);

  bool empty() const {
    return standard_.empty() && extended_.empty() && large_.empty() && patterns_.empty() &&
           of_neighbor_.empty();
  }

  /// What of the neighbor whose policy runs its members depend on.
  Needs needs() const;

  /// True when the attributes carry a member of this set.
  bool any_in(const bgp::PathAttributes& attributes, const RouteFacts& facts) const;

  /// True when the attributes carry every single member of this set, and something of each pattern.
  bool all_in(const bgp::PathAttributes& attributes, const RouteFacts& facts) const;

  /// Takes the members of this set out of the attributes.
  void remove_from(bgp::PathAttributes& attributes, const RouteFacts& facts) const;

  /// Takes everything else out of the attributes.
  void keep_in(bgp::PathAttributes& attributes, const RouteFacts& facts) const;

  /// Puts the members of this set in, patterns of more than one value left out. Attributes that
  /// lack none of them stay as they are; a list that changes comes out ascending and without
  /// duplicates.
  void add_to(bgp::PathAttributes& attributes, const RouteFacts& facts) const;

 private:
  using Patterns = std::vector<CommunityPattern>;

  /// Calls `use` with the patterns as they are for the neighbor of a run. What does not fit its
  /// field is left out.
  template <typename Use>
  auto with_patterns(const RouteFacts& facts, const Use& use) const;

  std::vector<std::uint32_t> standard_;
  std::vector<std::uint64_t> extended_;
  std::vector<bgp::LargeCommunity> large_;
  Patterns patterns_;
  Patterns of_neighbor_;  // these name a value of the neighbor
};

}  // namespace pipit::policy
