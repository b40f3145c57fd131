#include "policy/community_set.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "net/bytes.hpp"
#include "policy/community_octets.hpp"

namespace pipit::policy {
namespace {

using Kind = CommunityPattern::Kind;

bool fits(const CommunityPattern& pattern, std::uint32_t value) {
  return pattern.kind == Kind::Standard && pattern.fields[0].contains(value >> 16) &&
         pattern.fields[1].contains(value & 0xffff);
}

/// RFC 4360 §3, 5668: the type says how the six octets of value are divided.
bool fits(const CommunityPattern& pattern, std::uint64_t value) {
  constexpr std::uint8_t kTwoOctetAs = 0;
  constexpr std::uint8_t kFourOctetAs = 2;
  constexpr std::uint8_t kRouteTarget = 2;
  constexpr std::uint8_t kSiteOfOrigin = 3;
  const auto type = static_cast<std::uint8_t>(value >> 56);
  const auto sub_type = static_cast<std::uint8_t>(value >> 48);
  const bool kind = (pattern.kind == Kind::RouteTarget && sub_type == kRouteTarget) ||
                    (pattern.kind == Kind::SiteOfOrigin && sub_type == kSiteOfOrigin);
  if (!kind || (type != kTwoOctetAs && type != kFourOctetAs)) {
    return false;
  }
  const bool two = type == kTwoOctetAs;
  const auto administrator = static_cast<std::uint32_t>(two ? (value >> 32) & 0xffff : value >> 16);
  const auto local = static_cast<std::uint32_t>(two ? value : value & 0xffff);
  return pattern.fields[0].contains(administrator) && pattern.fields[1].contains(local);
}

/// A route target or site of origin: with an AS number of two octets where that is enough, else of
/// four (RFC 5668). nullopt: the second number does not fit.
std::optional<std::uint64_t> extended_value(Kind kind, std::uint32_t asn, std::uint32_t local) {
  const std::uint64_t sub_type = kind == Kind::RouteTarget ? 2 : 3;
  if (asn <= 0xffff) {
    return sub_type << 48 | std::uint64_t{asn} << 32 | local;
  }
  if (local > 0xffff) {
    return std::nullopt;
  }
  return std::uint64_t{2} << 56 | sub_type << 48 | std::uint64_t{asn} << 16 | local;
}

bool fits(const CommunityPattern& pattern, const bgp::LargeCommunity& value) {
  return pattern.kind == Kind::Large && pattern.fields[0].contains(value.global) &&
         pattern.fields[1].contains(value.local1) && pattern.fields[2].contains(value.local2);
}

/// The members of one kind of community.
template <typename Community>
struct Members {
  const std::vector<Community>& sorted;
  const std::vector<CommunityPattern>& patterns;

  bool empty() const { return sorted.empty() && patterns.empty(); }

  bool hold(const Community& value) const {
    return std::binary_search(sorted.begin(), sorted.end(), value) ||
           std::any_of(patterns.begin(), patterns.end(),
                       [&](const CommunityPattern& pattern) { return fits(pattern, value); });
  }
};

template <typename Community>
bool any_in(const Members<Community>& members, net::ByteView octets) {
  if (members.empty()) {
    return false;
  }
  for (std::size_t i = 0; i < count<Community>(octets); ++i) {
    if (members.hold(at<Community>(octets, i))) {
      return true;
    }
  }
  return false;
}

template <typename Community>
void remove(const Members<Community>& members, net::Bytes& octets) {
  if (!members.empty() &&
      keep_if<Community>(octets, [&](const Community& value) { return !members.hold(value); })) {
    sort<Community>(octets);
  }
}

template <typename Community>
void keep(const Members<Community>& members, net::Bytes& octets) {
  if (keep_if<Community>(octets, [&](const Community& value) { return members.hold(value); })) {
    sort<Community>(octets);
  }
}

/// True when every one of `sorted` is among the values.
template <typename Community>
bool includes(std::vector<Community> values, const std::vector<Community>& sorted) {
  std::sort(values.begin(), values.end());
  return std::includes(values.begin(), values.end(), sorted.begin(), sorted.end());
}

template <typename Community>
bool any_fits(const CommunityPattern& pattern, const std::vector<Community>& values) {
  return std::any_of(values.begin(), values.end(),
                     [&](const Community& value) { return fits(pattern, value); });
}

using Of = CommunityPattern::Of;

bool names_neighbor(const CommunityPattern& pattern) {
  return std::any_of(pattern.of.begin(), pattern.of.end(), [](Of of) { return of != Of::Range; });
}

/// The pattern with the neighbor's values in it; nullopt where one does not fit its field, or is
/// not known. An AS number of four octets fits no standard community.
std::optional<CommunityPattern> resolve(CommunityPattern pattern, const RouteFacts& facts) {
  for (std::size_t i = 0; i < pattern.of.size(); ++i) {
    if (pattern.of[i] == Of::Range) {
      continue;
    }
    const bool address = pattern.of[i] == Of::NeighborAddress;
    if (address && !facts.peer_address.is_v4()) {
      return std::nullopt;
    }
    const std::uint32_t value = address ? facts.peer_address.to_v4() : facts.peer_asn;
    if (value == 0 || (pattern.kind == Kind::Standard && value > 0xffff)) {
      return std::nullopt;
    }
    pattern.fields[i] = {value, value};
    pattern.of[i] = Of::Range;
  }
  return pattern;
}

/// Adds the community that the pattern is, if it is a single one.
void add_value(const CommunityPattern& pattern, bgp::PathAttributes& attributes) {
  std::array<std::uint32_t, 3> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (pattern.fields[i].low != pattern.fields[i].high) {
      return;
    }
    values[i] = pattern.fields[i].low;
  }
  if (pattern.kind == Kind::Large) {
    add<bgp::LargeCommunity>({{values[0], values[1], values[2]}}, attributes.large_communities);
  } else if (pattern.kind == Kind::Standard) {
    add<std::uint32_t>({values[0] << 16 | values[1]}, attributes.communities);
  } else if (const auto extended = extended_value(pattern.kind, values[0], values[1])) {
    add<std::uint64_t>({*extended}, attributes.extended_communities);
  }
}

}  // namespace

void CommunitySet::add(const CommunityList& list) {
  merge(standard_, list.standard);
  merge(extended_, list.extended);
  merge(large_, list.large);
  for (const CommunityPattern& pattern : list.patterns) {
    merge(names_neighbor(pattern) ? of_neighbor_ : patterns_, {pattern});
  }
}

void CommunitySet::add(const CommunityQuery& query,
                       const std::map<std::string, CommunityList>& sets) {
  add(query.values);
  for (const std::string& name : query.sets) {
    if (const auto set = sets.find(name); set != sets.end()) {
      add(set->second);
    }
  }
}

Needs CommunitySet::needs() const {
  Needs needs;
  for (const CommunityPattern& pattern : of_neighbor_) {
    for (const Of of : pattern.of) {
      needs.peer_asn = needs.peer_asn || of == Of::NeighborAs;
      needs.peer_address = needs.peer_address || of == Of::NeighborAddress;
    }
  }
  return needs;
}

template <typename Use>
auto CommunitySet::with_patterns(const RouteFacts& facts, const Use& use) const {
  if (of_neighbor_.empty()) {
    return use(patterns_);
  }
  Patterns patterns = patterns_;
  for (const CommunityPattern& pattern : of_neighbor_) {
    if (const auto resolved = resolve(pattern, facts)) {
      patterns.push_back(*resolved);
    }
  }
  return use(patterns);
}

bool CommunitySet::any_in(const bgp::PathAttributes& attributes, const RouteFacts& facts) const {
  return with_patterns(facts, [&](const Patterns& patterns) {
    return policy::any_in(Members{standard_, patterns}, attributes.communities) ||
           policy::any_in(Members{extended_, patterns}, attributes.extended_communities) ||
           policy::any_in(Members{large_, patterns}, attributes.large_communities);
  });
}

bool CommunitySet::all_in(const bgp::PathAttributes& attributes, const RouteFacts& facts) const {
  const auto standard = values<std::uint32_t>(attributes.communities);
  const auto extended = values<std::uint64_t>(attributes.extended_communities);
  const auto large = values<bgp::LargeCommunity>(attributes.large_communities);
  return with_patterns(facts, [&](const Patterns& patterns) {
    return patterns.size() == patterns_.size() + of_neighbor_.size() &&
           includes(standard, standard_) && includes(extended, extended_) &&
           includes(large, large_) &&
           std::all_of(patterns.begin(), patterns.end(), [&](const CommunityPattern& pattern) {
             return any_fits(pattern, standard) || any_fits(pattern, extended) ||
                    any_fits(pattern, large);
           });
  });
}

void CommunitySet::remove_from(bgp::PathAttributes& attributes, const RouteFacts& facts) const {
  with_patterns(facts, [&](const Patterns& patterns) {
    remove(Members{standard_, patterns}, attributes.communities);
    remove(Members{extended_, patterns}, attributes.extended_communities);
    remove(Members{large_, patterns}, attributes.large_communities);
  });
}

void CommunitySet::keep_in(bgp::PathAttributes& attributes, const RouteFacts& facts) const {
  with_patterns(facts, [&](const Patterns& patterns) {
    keep(Members{standard_, patterns}, attributes.communities);
    keep(Members{extended_, patterns}, attributes.extended_communities);
    keep(Members{large_, patterns}, attributes.large_communities);
  });
}

void CommunitySet::add_to(bgp::PathAttributes& attributes, const RouteFacts& facts) const {
  policy::add(standard_, attributes.communities);
  policy::add(extended_, attributes.extended_communities);
  policy::add(large_, attributes.large_communities);
  for (const CommunityPattern& pattern : of_neighbor_) {
    if (const auto resolved = resolve(pattern, facts)) {
      add_value(*resolved, attributes);
    }
  }
}

}  // namespace pipit::policy
