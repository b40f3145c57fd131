// A plain reading of policy options over decoded routes: what compiled policies are checked
// against. Slow, without sets compiled, without wire form.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "policy/policy.hpp"

namespace pipit::policy::plain {

using Texts = std::set<std::string>;

inline Texts communities_of(const bgp::PathAttributes& a) {
  Texts all;
  for (const auto c : bgp::communities(a.communities)) {
    all.insert(bgp::community_to_string(c));
  }
  for (const auto c : bgp::extended_communities(a.extended_communities)) {
    all.insert(bgp::extended_community_to_string(c));
  }
  for (const auto& c : bgp::large_communities(a.large_communities)) {
    all.insert(bgp::to_string(c));
  }
  return all;
}

inline bool in(std::uint64_t number, const NumberRanges& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const NumberRange& range) {
    return number >= range.low && number <= range.high;
  });
}

inline bool asks(const NumberRanges& ranges, std::uint64_t number) {
  return ranges.empty() || in(number, ranges);
}

/// Every member of a query, as texts and patterns of texts.
struct Members {
  std::vector<std::string> texts;
  std::vector<CommunityPattern> patterns;
};

inline Members members_of(const CommunityQuery& query, const SetOptions& sets) {
  Members all;
  const auto add = [&](const CommunityList& list) {
    for (const auto c : list.standard) {
      all.texts.push_back(bgp::community_to_string(c));
    }
    for (const auto c : list.extended) {
      all.texts.push_back(bgp::extended_community_to_string(c));
    }
    for (const auto& c : list.large) {
      all.texts.push_back(bgp::to_string(c));
    }
    all.patterns.insert(all.patterns.end(), list.patterns.begin(), list.patterns.end());
  };
  add(query.values);
  for (const std::string& name : query.sets) {
    add(sets.communities.at(name));
  }
  return all;
}

/// A number that no field has: none.
inline std::uint64_t of_neighbor(CommunityPattern::Of of, const RouteFacts& facts) {
  constexpr std::uint64_t kNone = ~std::uint64_t{0};
  if (of == CommunityPattern::Of::NeighborAs) {
    return facts.peer_asn == 0 ? kNone : facts.peer_asn;
  }
  return facts.peer_address.is_v4() ? facts.peer_address.to_v4() : kNone;
}

/// The community that a pattern of single numbers is for a neighbor; empty: none.
inline std::string value_of(const CommunityPattern& pattern, const RouteFacts& facts) {
  using Kind = CommunityPattern::Kind;
  std::string text = pattern.kind == Kind::RouteTarget    ? "rt:"
                     : pattern.kind == Kind::SiteOfOrigin ? "soo:"
                                                          : "";
  const std::size_t count = pattern.kind == Kind::Large ? 3 : 2;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = pattern.of[i] == CommunityPattern::Of::Range
                                     ? pattern.fields[i].low
                                     : of_neighbor(pattern.of[i], facts);
    const std::uint64_t highest = pattern.kind == Kind::Standard ? 0xffff : 0xffffffff;
    if (number > highest) {
      return {};
    }
    text += (i == 0 ? "" : ":") + std::to_string(number);
  }
  return text;
}

/// Fields of "rt:64512:7", "64512:7", "1:2:3" against a pattern.
inline bool fits(const CommunityPattern& pattern, std::string text, const RouteFacts& facts) {
  using Kind = CommunityPattern::Kind;
  Kind kind = std::count(text.begin(), text.end(), ':') == 2 ? Kind::Large : Kind::Standard;
  for (const auto& [prefix, of] :
       {std::pair{"rt:", Kind::RouteTarget}, std::pair{"soo:", Kind::SiteOfOrigin}}) {
    if (text.starts_with(prefix)) {
      kind = of;
      text = text.substr(text.find(':') + 1);
    }
  }
  if (kind != pattern.kind || text.find_first_not_of("0123456789:") != std::string::npos) {
    return false;
  }
  for (std::size_t i = 0; !text.empty(); ++i) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto number = static_cast<std::uint32_t>(std::stoul(text.substr(0, colon)));
    if (pattern.of[i] == CommunityPattern::Of::Range
            ? !pattern.fields[i].contains(number)
            : number != of_neighbor(pattern.of[i], facts)) {
      return false;
    }
    text = text.substr(std::min(colon + 1, text.size()));
  }
  return true;
}

inline bool member(const Members& members, const std::string& text, const RouteFacts& facts) {
  return std::count(members.texts.begin(), members.texts.end(), text) > 0 ||
         std::any_of(members.patterns.begin(), members.patterns.end(),
                     [&](const CommunityPattern& pattern) { return fits(pattern, text, facts); });
}

inline bool any_of(const CommunityQuery& query,
                   const SetOptions& sets,
                   const Texts& have,
                   const RouteFacts& facts) {
  const Members members = members_of(query, sets);
  return std::any_of(have.begin(), have.end(),
                     [&](const std::string& text) { return member(members, text, facts); });
}

inline bool all_of(const CommunityQuery& query,
                   const SetOptions& sets,
                   const Texts& have,
                   const RouteFacts& facts) {
  const Members members = members_of(query, sets);
  return std::all_of(members.texts.begin(), members.texts.end(),
                     [&](const std::string& text) { return have.contains(text); }) &&
         std::all_of(members.patterns.begin(), members.patterns.end(),
                     [&](const CommunityPattern& pattern) {
                       return std::any_of(have.begin(), have.end(), [&](const std::string& text) {
                         return fits(pattern, text, facts);
                       });
                     });
}

inline bool in(const net::Prefix& prefix, const PrefixQuery& query, const SetOptions& sets) {
  std::vector<PrefixRange> ranges = query.ranges;
  for (const std::string& name : query.sets) {
    const auto& more = sets.prefixes.at(name).ranges;
    ranges.insert(ranges.end(), more.begin(), more.end());
  }
  return std::any_of(ranges.begin(), ranges.end(), [&](const PrefixRange& range) {
    return range.prefix.contains(prefix) && prefix.length() >= range.min_length &&
           prefix.length() <= range.max_length;
  });
}

inline NumberRanges numbers_of(const AsNumberQuery& query, const SetOptions& sets) {
  NumberRanges all = query.numbers;
  for (const std::string& name : query.sets) {
    const NumberRanges& more = sets.as_numbers.at(name);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

inline bool as_path_holds(const AsPathMatch& match, const SetOptions& sets, net::ByteView octets) {
  const bgp::AsPathView path(octets);
  const auto one = [&](const AsNumberQuery& query, std::optional<std::uint32_t> asn) {
    return !query.asked() || (asn && in(*asn, numbers_of(query, sets)));
  };
  const std::vector<std::uint32_t> all = path.flattened();
  const bool contains =
      !match.contains.asked() || std::any_of(all.begin(), all.end(), [&](std::uint32_t asn) {
        return in(asn, numbers_of(match.contains, sets));
      });
  return contains && asks(match.length, path.length()) && one(match.origin, path.origin()) &&
         one(match.neighbor, path.neighbor());
}

inline bool communities_hold(const CommunityMatch& match,
                             const SetOptions& sets,
                             const RouteFacts& facts,
                             const bgp::PathAttributes& a) {
  const Texts have = communities_of(a);
  const std::size_t count = a.communities.size() / 4 + a.extended_communities.size() / 8 +
                            a.large_communities.size() / 12;
  return (!match.any.asked() || any_of(match.any, sets, have, facts)) &&
         (!match.all.asked() || all_of(match.all, sets, have, facts)) &&
         (!match.none.asked() || !any_of(match.none, sets, have, facts)) &&
         asks(match.count, count);
}

inline bool origin_holds(const MatchOptions& match,
                         const SetOptions& sets,
                         const RouteFacts& facts,
                         const bgp::PathAttributes& a) {
  const std::optional<std::uint32_t> origin = bgp::AsPathView(a.as_path).origin();
  const auto holds_pair = [&](const PrefixOrigin& pair) {
    return pair.asn == origin && pair.range.prefix.contains(facts.prefix) &&
           facts.prefix.length() >= pair.range.min_length &&
           facts.prefix.length() <= pair.range.max_length;
  };
  return match.prefix_origins.empty() ||
         std::any_of(match.prefix_origins.begin(), match.prefix_origins.end(),
                     [&](const std::string& name) {
                       const auto& pairs = sets.prefix_origins.at(name).pairs;
                       return std::any_of(pairs.begin(), pairs.end(), holds_pair);
                     });
}

template <typename T>
bool listed(const std::vector<T>& wanted, const T& value) {
  return wanted.empty() || std::count(wanted.begin(), wanted.end(), value) > 0;
}

inline bool neighbor_holds(const MatchOptions& match,
                           const SetOptions& sets,
                           const RouteFacts& facts) {
  if (match.neighbor.asked()) {
    std::vector<std::string> names = match.neighbor.words;
    for (const std::string& set : match.neighbor.sets) {
      names.insert(names.end(), sets.neighbors.at(set).begin(), sets.neighbors.at(set).end());
    }
    if (std::count(names.begin(), names.end(), std::string(facts.neighbor)) == 0) {
      return false;
    }
  }
  const auto in_group = [&](const std::string& group) {
    const auto& names = sets.groups.at(group);
    return std::count(names.begin(), names.end(), std::string(facts.neighbor)) > 0;
  };
  if (!match.groups.empty() && std::none_of(match.groups.begin(), match.groups.end(), in_group)) {
    return false;
  }
  return !match.peer_type || (!facts.neighbor.empty() &&
                              facts.neighbor_internal == (match.peer_type == PeerType::Internal));
}

inline bool holds(const MatchOptions& match,
                  const SetOptions& sets,
                  const RouteFacts& facts,
                  const bgp::PathAttributes& a) {
  const auto nested = [&](const MatchOptions& inner) { return holds(inner, sets, facts, a); };
  const net::IpAddress& hop = a.next_hop;
  const bool reachable = hop.is_unspecified() || facts.next_hops->cost(hop, 0).has_value();
  bool next_hop = !match.next_hop.prefix.asked();
  std::vector<PrefixRange> hops = match.next_hop.prefix.ranges;
  for (const std::string& name : match.next_hop.prefix.sets) {
    const auto& more = sets.prefixes.at(name).ranges;
    hops.insert(hops.end(), more.begin(), more.end());
  }
  for (const PrefixRange& range : hops) {
    next_hop = next_hop || (!hop.is_unspecified() && range.prefix.contains(hop));
  }
  return listed(match.sources, facts.source) && listed(match.families, facts.family()) &&
         listed(match.origins, a.origin) && neighbor_holds(match, sets, facts) &&
         (!match.prefix.asked() || in(facts.prefix, match.prefix, sets)) &&
         origin_holds(match, sets, facts, a) && asks(match.prefix_length, facts.prefix.length()) &&
         asks(match.local_preference, a.local_preference.value_or(100)) &&
         asks(match.med, a.med.value_or(0)) && asks(match.weight, a.local.weight) &&
         asks(match.tag, a.local.tag) && as_path_holds(match.as_path, sets, a.as_path) &&
         communities_hold(match.communities, sets, facts, a) && next_hop &&
         (!match.next_hop.reachable || *match.next_hop.reachable == reachable) &&
         (!match.next_hop.neighbor_address ||
          *match.next_hop.neighbor_address ==
              (!hop.is_unspecified() && hop == facts.peer_address)) &&
         (match.any.empty() || std::any_of(match.any.begin(), match.any.end(), nested)) &&
         std::all_of(match.all.begin(), match.all.end(), nested) &&
         std::none_of(match.none.begin(), match.none.end(), nested);
}

/// A route while a plain run changes it.
struct Route {
  RouteFacts facts;
  bgp::PathAttributes attributes;
  Texts communities;
  std::vector<std::uint32_t> path;  // one AS_SEQUENCE
  bool communities_changed = false;
};

/// The communities of a list that something is set to.
inline Texts values_of(const CommunityList& list, const SetOptions& sets, const RouteFacts& facts) {
  const Members members = members_of({.sets = {}, .values = list}, sets);
  Texts all(members.texts.begin(), members.texts.end());
  for (const CommunityPattern& pattern : members.patterns) {
    if (const std::string text = value_of(pattern, facts); !text.empty()) {
      // As it is said back: "65535:1" may have a name.
      all.insert(bgp::parse_community(text) ? bgp::community_to_string(*bgp::parse_community(text))
                                            : text);
    }
  }
  return all;
}

inline void change_communities(const CommunityChange& set, const SetOptions& sets, Route& route) {
  if (set.replace) {
    route.communities.clear();
  }
  const Members gone = members_of(set.remove, sets);
  const Members kept = members_of(set.keep, sets);
  std::erase_if(route.communities, [&](const std::string& text) {
    return member(gone, text, route.facts) ||
           (set.keep.asked() && !member(kept, text, route.facts));
  });
  // What replaces is put in after what is removed.
  route.communities.merge(values_of(set.replace.value_or(CommunityList{}), sets, route.facts));
  route.communities.merge(values_of(set.add, sets, route.facts));
}

inline void change_path(const AsPathChange& set, const SetOptions& sets, Route& route) {
  if (set.remove_private) {
    std::erase_if(route.path, [](std::uint32_t asn) {
      return (asn >= 64512 && asn <= 65534) || (asn >= 4200000000 && asn <= 4294967294);
    });
  }
  if (set.replace) {
    for (std::uint32_t& asn : route.path) {
      if (!set.replace->asked() || in(asn, numbers_of(*set.replace, sets))) {
        asn = route.facts.own_asn;
      }
    }
  }
  if (set.prepend) {
    const std::uint32_t asn = set.prepend->neighbor
                                  ? route.facts.peer_asn
                                  : set.prepend->asn.value_or(route.facts.own_asn);
    route.path.insert(route.path.begin(), asn == 0 ? 0U : set.prepend->times, asn);
  }
}

inline void change(const ActionOptions& set, const SetOptions& sets, Route& route, Outcome& out) {
  bgp::PathAttributes& a = route.attributes;
  a.local_preference = set.local_preference ? set.local_preference : a.local_preference;
  a.origin = set.origin.value_or(a.origin);
  a.local.weight = set.weight.value_or(a.local.weight);
  a.local.tag = set.tag.value_or(a.local.tag);
  out.kernel.table = set.kernel.table ? set.kernel.table : out.kernel.table;
  out.kernel.metric = set.kernel.metric ? set.kernel.metric : out.kernel.metric;
  for (const net::IpAddress& source : set.kernel.preferred_source) {
    if (source.is_v6() == route.facts.prefix.address().is_v6()) {
      out.kernel.preferred_source = source;
    }
  }
  if (set.med) {
    const std::int64_t now = a.med.value_or(0);
    std::optional<std::int64_t> next = set.med->value;
    if (set.med->kind == MedChange::Kind::Add) {
      next = std::min<std::int64_t>(now + set.med->value, 0xffffffff);
    } else if (set.med->kind == MedChange::Kind::Subtract) {
      next = std::max<std::int64_t>(now - set.med->value, 0);
    } else if (set.med->kind == MedChange::Kind::Igp) {
      next = a.next_hop.is_unspecified() ? 0 : route.facts.next_hops->cost(a.next_hop, 0);
    }
    if (next) {
      a.med = static_cast<std::uint32_t>(*next);
      out.med_set = true;
    }
  }
  change_communities(set.communities, sets, route);
  change_path(set.as_path, sets, route);
  if (set.next_hop && set.next_hop->kind == NextHopChange::Kind::Self) {
    out.next_hop = NextHopChoice::Self;
  } else if (set.next_hop && set.next_hop->kind == NextHopChange::Kind::Unchanged) {
    out.next_hop = NextHopChoice::Keep;
  } else if (set.next_hop) {
    const net::IpAddress to =
        set.next_hop->kind == NextHopChange::Kind::Peer              ? route.facts.neighbor_address
        : set.next_hop->kind == NextHopChange::Kind::NeighborAddress ? route.facts.peer_address
                                                                     : set.next_hop->address;
    if (!to.is_unspecified() && to.afi() == route.facts.prefix.afi()) {
      a.next_hop = to;
      out.next_hop = NextHopChoice::Keep;
    }
  }
}

}  // namespace pipit::policy::plain
