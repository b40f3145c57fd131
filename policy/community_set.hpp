// A set of communities of one kind or several, compiled: sorted arrays that are searched and merged
// directly against attributes in wire form.
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

namespace pipit::policy {

class CommunitySet {
 public:
  void add(const CommunityList& list);
  /// Adds the members of the sets of these names.
  void add_named(const std::vector<std::string>& names,
                 const std::map<std::string, CommunityList>& sets);

  bool empty() const { return standard_.empty() && extended_.empty() && large_.empty(); }

  /// True when the attributes carry a member of this set.
  bool any_in(const bgp::PathAttributes& attributes) const;

  /// Takes the members of this set out of the attributes.
  void remove_from(bgp::PathAttributes& attributes) const;

  /// Puts the members of this set in. Attributes that lack none of them stay as they are; a list
  /// that changes comes out ascending and without duplicates.
  void add_to(bgp::PathAttributes& attributes) const;

 private:
  std::vector<std::uint32_t> standard_;
  std::vector<std::uint64_t> extended_;
  std::vector<bgp::LargeCommunity> large_;
};

}  // namespace pipit::policy
