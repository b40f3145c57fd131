// The types of values in sets and policies: ranges, communities, regular expressions, and queries,
// in which names of sets and such values stand side by side.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/scalars.hpp"
#include "config/type.hpp"
#include "policy/options.hpp"

namespace pipit::config {

/// "100" or "100-199", from `min` to `max`.
Type<policy::NumberRange> number_range(std::uint32_t min, std::uint32_t max);
/// AS numbers, asplain or asdot: "64512" or "64512-65534".
Type<policy::NumberRange> as_range();
/// "64500 192.0.2.0/24 le 24"
Type<policy::PrefixOrigin> prefix_origin();
/// A regular expression over AS numbers.
Type<std::string> as_path_pattern();

/// Communities of any kind, literal ones only.
Type<policy::CommunityList> community_list();
/// The same, and those with a value of the neighbor whose policy it is: "0:neighbor-as".
Type<policy::CommunityList> community_values();
/// The same, with ranges and wildcards.
Type<policy::CommunityList> community_patterns();

/// True when the text is a community, well-known or not, and no name.
bool is_community(const std::string& text);
/// True when the text is an address or prefix and no name.
bool looks_like_prefix(const std::string& text);
/// True when the text is made of AS numbers and signs, and no name.
bool looks_like_as_number(const std::string& text);

Type<policy::PrefixQuery> prefix_query();
/// Addresses stand for themselves; other entries for all addresses inside of them.
Type<policy::PrefixQuery> next_hop_query();
Type<policy::CommunityQuery> community_query();
Type<policy::AsNumberQuery> as_number_query();
/// Regular expressions and sets of them.
Type<policy::WordQuery> as_path_query();
/// Names of neighbors and of sets of them.
Type<policy::WordQuery> neighbor_query();

}  // namespace pipit::config
