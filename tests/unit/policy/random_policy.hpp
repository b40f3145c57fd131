// Random policies, sets and values for tests that compare readings of them.
#pragma once

#include <array>
#include <random>
#include <string>
#include <vector>

#include "policy/options.hpp"

namespace pipit::policy {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }

  bool chance(std::uint32_t percent) { return below(100) < percent; }

  net::Prefix prefix() {
    if (chance(50)) {
      const std::uint32_t value = (10u << 24) | (below(4) << 22) | (below(4) << 14) | below(4);
      return {net::IpAddress::v4(value), static_cast<std::uint8_t>(below(33))};
    }
    std::array<std::uint8_t, 16> octets{0xfd};
    octets[1] = static_cast<std::uint8_t>(below(4) << 6);
    octets[15] = static_cast<std::uint8_t>(below(4));
    return {net::IpAddress::v6(octets), static_cast<std::uint8_t>(below(129))};
  }

  net::IpAddress next_hop() {
    return chance(20) ? net::IpAddress::any(net::Afi::Ipv4)
                      : net::IpAddress::v4((192u << 24) | (2u << 8) | (1 + below(3)));
  }

  PrefixQuery prefixes() {
    PrefixQuery query;
    for (std::uint32_t n = below(4); n > 0; --n) {
      query.ranges.push_back(range());
    }
    if (chance(40)) {
      query.sets = {name()};
    }
    return query;
  }

  PrefixRange range() {
    const net::Prefix p = prefix();
    const std::uint8_t bits = p.address().bits();
    const auto low = static_cast<std::uint8_t>(p.length() + below(bits - p.length() + 1u));
    const auto high = static_cast<std::uint8_t>(low + below(bits - low + 1u));
    return chance(30) ? PrefixRange{p, p.length(), p.length()} : PrefixRange{p, low, high};
  }

  NumberRanges numbers(std::uint32_t base = 0) {
    NumberRanges ranges(1 + below(2));
    for (NumberRange& one : ranges) {
      one.low = base + below(6);
      one.high = one.low + below(3);
    }
    return ranges;
  }

  AsNumberQuery as_numbers() {
    return {.sets = chance(30) ? std::vector<std::string>{name()} : std::vector<std::string>{},
            .numbers = numbers(64510)};
  }

  CommunityList communities(bool patterns) {
    CommunityList list;
    for (std::uint32_t n = below(4); n > 0; --n) {
      list.standard.push_back((1u << 16) | below(6));
      if (chance(40)) {
        list.extended.push_back(0x0002000100000000u | below(4));
      }
      if (chance(40)) {
        list.large.push_back({1, below(2), below(3)});
      }
      if (patterns && chance(30)) {
        CommunityPattern pattern{.kind = static_cast<CommunityPattern::Kind>(below(4))};
        for (NumberRange& field : pattern.fields) {
          field = {below(3), below(3) + 2};
        }
        list.patterns.push_back(pattern);
      }
    }
    return list;
  }

  /// One with a value of the neighbor: "1:neighbor-as", "1:neighbor-address:2".
  CommunityPattern of_neighbor(bool single) {
    using Of = CommunityPattern::Of;
    CommunityPattern pattern{.kind = static_cast<CommunityPattern::Kind>(below(4))};
    for (NumberRange& field : pattern.fields) {
      field.low = field.high = single || chance(50) ? below(3) : 0;
      field.high += single ? 0 : below(3);
    }
    if (pattern.kind != CommunityPattern::Kind::Large) {
      pattern.fields[2] = {};
    }
    const bool address = pattern.kind == CommunityPattern::Kind::Large && chance(50);
    const std::size_t at = below(2);
    pattern.of[at] = address ? Of::NeighborAddress : Of::NeighborAs;
    pattern.fields[at] = {};
    return pattern;
  }

  CommunityList with_neighbor(CommunityList list, bool single) {
    if (chance(30)) {
      list.patterns.push_back(of_neighbor(single));
    }
    return list;
  }

  CommunityQuery community_query() {
    return {.sets = chance(30) ? std::vector<std::string>{name()} : std::vector<std::string>{},
            .values = with_neighbor(communities(true), false)};
  }

  MatchOptions match(int depth) {
    MatchOptions m;
    const auto maybe = [&](auto& where, auto make) {
      if (chance(12)) {
        where = make();
      }
    };
    maybe(m.prefix, [&] { return prefixes(); });
    maybe(m.prefix_origins, [&] { return std::vector<std::string>{name()}; });
    maybe(m.groups, [&] { return std::vector<std::string>{name()}; });
    maybe(m.prefix_length, [&] { return NumberRanges{{below(20), 10 + below(60)}}; });
    maybe(m.families, [&] { return std::vector{net::kFamilies[below(net::kFamilyCount)]}; });
    maybe(m.sources,
          [&] { return std::vector{static_cast<SourceKind>(below(4)), SourceKind::Bgp}; });
    maybe(m.neighbor.words, [&] { return std::vector<std::string>{name()}; });
    maybe(m.neighbor.sets, [&] { return std::vector<std::string>{name()}; });
    maybe(m.peer_type, [&] { return chance(50) ? PeerType::Internal : PeerType::External; });
    maybe(m.as_path.length, [&] { return numbers(); });
    maybe(m.as_path.origin, [&] { return as_numbers(); });
    maybe(m.as_path.neighbor, [&] { return as_numbers(); });
    maybe(m.as_path.contains, [&] { return as_numbers(); });
    maybe(m.communities.any, [&] { return community_query(); });
    maybe(m.communities.all, [&] { return community_query(); });
    maybe(m.communities.none, [&] { return community_query(); });
    maybe(m.communities.count, [&] { return numbers(); });
    maybe(m.next_hop.reachable, [&] { return chance(50); });
    maybe(m.next_hop.neighbor_address, [&] { return chance(50); });
    maybe(m.next_hop.prefix.ranges, [&] {
      return std::vector<PrefixRange>{{net::Prefix(net::IpAddress::v4(0xc0000200), 30), 30, 30}};
    });
    maybe(m.local_preference, [&] { return numbers(98); });
    maybe(m.med, [&] { return numbers(); });
    maybe(m.weight, [&] { return numbers(); });
    maybe(m.tag, [&] { return numbers(); });
    maybe(m.origins, [&] { return std::vector{static_cast<bgp::Origin>(below(3))}; });
    for (auto* nested : {&m.any, &m.all, &m.none}) {
      for (std::uint32_t n = depth > 0 && chance(15) ? 1 + below(2) : 0; n > 0; --n) {
        nested->push_back(match(depth - 1));
      }
    }
    return m;
  }

  ActionOptions actions() {
    ActionOptions set;
    const auto maybe = [&](auto& where, auto make) {
      if (chance(15)) {
        where = make();
      }
    };
    maybe(set.local_preference, [&] { return 98 + below(5); });
    maybe(set.med, [&] {
      return MedChange{chance(10) ? 0xfffffffeu : below(6), static_cast<MedChange::Kind>(below(4))};
    });
    maybe(set.origin, [&] { return static_cast<bgp::Origin>(below(3)); });
    maybe(set.weight, [&] { return below(6); });
    maybe(set.tag, [&] { return below(6); });
    maybe(set.kernel.table, [&] { return 1 + below(3); });
    maybe(set.kernel.metric, [&] { return 1 + below(3); });
    maybe(set.kernel.preferred_source, [&] {
      std::vector<net::IpAddress> sources{net::IpAddress::v4(0xc0000200 + below(3))};
      if (chance(50)) {
        sources.push_back(*net::IpAddress::parse("2001:db8::1"));
      }
      return sources;
    });
    maybe(set.communities.add, [&] { return with_neighbor(communities(false), true); });
    maybe(set.communities.keep, [&] { return community_query(); });
    maybe(set.communities.remove, [&] { return community_query(); });
    maybe(set.communities.replace, [&] { return with_neighbor(communities(false), true); });
    maybe(set.as_path.remove_private, [] { return true; });
    maybe(set.as_path.replace, [&] { return chance(30) ? AsNumberQuery{} : as_numbers(); });
    maybe(set.as_path.prepend, [&] {
      return Prepend{chance(50) ? std::optional(7u) : std::nullopt,
                     static_cast<std::uint8_t>(1 + below(3)), chance(30)};
    });
    maybe(set.next_hop, [&] {
      return NextHopChange{static_cast<NextHopChange::Kind>(below(5)),
                           net::IpAddress::v4(0xc0000202)};
    });
    return set;
  }

  /// A rule that calls, if it does, one of the policies before the one with this number.
  RuleOptions rule(std::uint32_t number) {
    RuleOptions r{
        .match = match(2), .set = actions(), .then = static_cast<Then>(below(5)), .call = {}};
    if (r.then == Then::Call) {
      r.then = number == 0 ? Then::None : Then::Call;
      r.call = number == 0 ? "" : std::to_string(below(number));
    }
    return r;
  }

  std::string name() { return chance(50) ? "a" : "b"; }

 private:
  std::mt19937 engine_;
};

}  // namespace pipit::policy
