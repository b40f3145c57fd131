// Compiled policies against a plain reading of the options, on random policies and routes.
#include <algorithm>
#include <random>

#include "net/bytes.hpp"
#include "policy/policy.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/policy/plain_policy.hpp"

using namespace pipit;
using namespace pipit::policy;

namespace {

/// 192.0.2.1 is reachable at 10, 192.0.2.2 at 20, others are not.
class SomeNextHops final : public NextHopResolver {
 public:
  std::optional<std::uint32_t> cost(const net::IpAddress& address,
                                    std::uint32_t /*interface_index*/) const override {
    const std::uint32_t last = address.octets().back();
    return last == 1 || last == 2 ? std::optional(10 * last) : std::nullopt;
  }
};

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

  CommunityQuery community_query() {
    return {.sets = chance(30) ? std::vector<std::string>{name()} : std::vector<std::string>{},
            .values = communities(true)};
  }

  MatchOptions match(int depth) {
    MatchOptions m;
    const auto maybe = [&](auto& where, auto make) {
      if (chance(12)) {
        where = make();
      }
    };
    maybe(m.prefix, [&] { return prefixes(); });
    maybe(m.prefix_length, [&] { return NumberRanges{{below(20), 10 + below(60)}}; });
    maybe(m.families, [&] { return std::vector{chance(50) ? net::Afi::Ipv4 : net::Afi::Ipv6}; });
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
    maybe(set.communities.add, [&] { return communities(false); });
    maybe(set.communities.remove, [&] { return community_query(); });
    maybe(set.communities.replace, [&] { return communities(false); });
    maybe(set.as_path.remove_private, [] { return true; });
    maybe(set.as_path.replace, [&] { return chance(30) ? AsNumberQuery{} : as_numbers(); });
    maybe(set.as_path.prepend, [&] {
      return Prepend{chance(50) ? std::optional(7u) : std::nullopt,
                     static_cast<std::uint8_t>(1 + below(3))};
    });
    maybe(set.next_hop, [&] {
      return NextHopChange{static_cast<NextHopChange::Kind>(below(4)),
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

/// Puts decoded communities into attributes, ascending.
void encode(const plain::Texts& texts, bgp::PathAttributes& a) {
  CommunityList list;
  for (const std::string& text : texts) {
    if (const auto c = bgp::parse_community(text)) {
      list.standard.push_back(*c);
    } else if (const auto l = bgp::parse_large_community(text)) {
      list.large.push_back(*l);
    } else {
      list.extended.push_back(bgp::parse_extended_community(text).value());
    }
  }
  std::sort(list.standard.begin(), list.standard.end());
  std::sort(list.extended.begin(), list.extended.end());
  std::sort(list.large.begin(), list.large.end());
  a.communities.clear();
  a.extended_communities.clear();
  a.large_communities.clear();
  net::ByteWriter standard(a.communities);
  for (const auto c : list.standard) {
    standard.u32(c);
  }
  net::ByteWriter extended(a.extended_communities);
  for (const auto c : list.extended) {
    extended.u64(c);
  }
  net::ByteWriter large(a.large_communities);
  for (const auto& c : list.large) {
    large.u32(c.global);
    large.u32(c.local1);
    large.u32(c.local2);
  }
}

enum class End { Accept, Reject, NextPolicy, End };

End plain_run(const PolicyOptions& options,
              const std::string& name,
              plain::Route& route,
              Outcome& outcome) {
  const std::vector<RuleOptions>& rules = options.policies.at(name);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const RuleOptions& rule = rules[i];
    encode(route.communities, route.attributes);
    route.attributes.as_path.clear();
    for (auto asn = route.path.rbegin(); asn != route.path.rend(); ++asn) {
      bgp::prepend(route.attributes.as_path, *asn);
    }
    if (!plain::holds(rule.match, options.sets, route.facts, route.attributes)) {
      continue;
    }
    plain::change(rule.set, options.sets, route, outcome);
    End end = End::End;
    switch (rule.then) {
      case Then::None:
        break;
      case Then::Accept:
      case Then::Reject:
        outcome.rule = static_cast<int>(i);
        end = rule.then == Then::Accept ? End::Accept : End::Reject;
        break;
      case Then::NextPolicy:
        end = End::NextPolicy;
        break;
      case Then::Call:
        end = plain_run(options, rule.call, route, outcome);
        break;
    }
    if (end != End::End) {
      return end;
    }
  }
  return End::End;
}

PolicyOptions random_policies(Random& random) {
  PolicyOptions options;
  for (const char* name : {"a", "b"}) {
    options.sets.prefixes[name].ranges = random.prefixes().ranges;
    options.sets.communities[name] = random.communities(true);
    options.sets.as_numbers[name] = random.numbers(64510);
    options.sets.neighbors[name] = {name, "c"};
  }
  for (std::uint32_t number = 0; number < 3; ++number) {
    std::vector<RuleOptions>& rules = options.policies[std::to_string(number)];
    rules.resize(random.below(5));
    std::generate(rules.begin(), rules.end(), [&] { return random.rule(number); });
  }
  return options;
}

plain::Route random_route(Random& random, const NextHopResolver& next_hops) {
  static const std::vector<std::string> kNames{"a", "b", "c", ""};
  plain::Route route;
  route.facts = {.prefix = random.prefix(),
                 .source = static_cast<SourceKind>(random.below(4)),
                 .neighbor = kNames[random.below(4)],
                 .neighbor_internal = random.chance(50),
                 .neighbor_address = net::IpAddress::v4(0xc0000201),
                 .own_asn = 64500,
                 .next_hops = &next_hops};
  route.attributes.next_hop = random.next_hop();
  route.attributes.local.weight = random.below(4);
  route.attributes.local.tag = random.below(4);
  if (random.chance(50)) {
    route.attributes.med = random.below(6);
    route.attributes.local_preference = 98 + random.below(5);
  }
  encode({}, route.attributes);
  const CommunityList list = random.communities(false);
  for (const auto c : list.standard) {
    route.communities.insert(bgp::community_to_string(c));
  }
  for (const auto c : list.extended) {
    route.communities.insert(bgp::extended_community_to_string(c));
  }
  for (const auto& c : list.large) {
    route.communities.insert(bgp::to_string(c));
  }
  route.path.resize(random.below(5));
  for (std::uint32_t& asn : route.path) {
    asn = 64510 + random.below(6);
  }
  return route;
}

}  // namespace

TEST_CASE("policy: compiled policies decide and change routes as a plain reading of the options") {
  const SomeNextHops next_hops;
  int accepted = 0;
  int alikes = 0;
  for (std::uint32_t seed = 0; seed < 800; ++seed) {
    Random random(seed);
    const PolicyOptions options = random_policies(random);
    const PolicyMap compiled = compile(options);
    const PolicyRef policy = in_sequence({compiled.at("2"), compiled.at("1")});
    for (int n = 0; n < 30; ++n) {
      plain::Route route = random_route(random, next_hops);
      bgp::PathAttributes attributes = route.attributes;
      encode(route.communities, attributes);
      attributes.as_path.clear();
      for (auto asn = route.path.rbegin(); asn != route.path.rend(); ++asn) {
        bgp::prepend(attributes.as_path, *asn);
      }
      const bgp::PathAttributes before = attributes;
      const Outcome got = policy->evaluate(route.facts, attributes);
      accepted += got.accepted ? 1 : 0;

      bgp::PathAttributes elsewhere = before;
      RouteFacts other_facts = route.facts;
      do {
        other_facts.prefix = random.prefix();
      } while (other_facts.prefix.afi() != route.facts.prefix.afi());
      const Outcome other = policy->evaluate(other_facts, elsewhere);
      const PrefixClasses* classes = policy->prefix_classes();
      REQUIRE((classes != nullptr) == policy->depends_on_prefix());
      bgp::PathAttributes again = before;
      RouteFacts known = route.facts;
      known.prefix_class = classes != nullptr ? classes->answers(known.prefix) : PrefixClass{};
      REQUIRE(policy->evaluate(known, again).accepted == got.accepted);
      REQUIRE(again == attributes);
      const bool alike = classes == nullptr ||
                         classes->find(other_facts.prefix) == classes->find(route.facts.prefix);
      alikes += alike ? 1 : 0;

      Outcome want;
      End end = plain_run(options, "2", route, want);
      if (end == End::NextPolicy || end == End::End) {
        end = plain_run(options, "1", route, want);
      }
      encode(route.communities, route.attributes);
      INFO("seed " << seed << " route " << n << " " << route.facts.prefix.to_string());
      REQUIRE(got.accepted == (end == End::Accept));
      REQUIRE(got.next_hop == want.next_hop);
      REQUIRE(got.med_set == want.med_set);
      REQUIRE(got.rule == want.rule);
      REQUIRE(got.kernel == want.kernel);
      REQUIRE(bgp::AsPathView(attributes.as_path).flattened() == route.path);
      attributes.as_path = route.attributes.as_path;
      REQUIRE(attributes == route.attributes);
      if (alike) {
        REQUIRE(other.accepted == got.accepted);
        REQUIRE(other.rule == got.rule);
      }
      if (policy->accepts_unchanged()) {
        REQUIRE(got.accepted);
        REQUIRE(attributes == before);
      }
    }
  }
  CHECK(accepted > 1000);
  CHECK(alikes > 1000);
}
