// Compiled policies against a plain reading of the options, on random policies and routes.
#include <algorithm>
#include <random>

#include "net/bytes.hpp"
#include "policy/policy.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/policy/plain_policy.hpp"
#include "tests/unit/policy/random_policy.hpp"

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
    options.sets.groups[name] = {name};
    for (std::uint32_t n = random.below(6); n > 0; --n) {
      options.sets.prefix_origins[name].pairs.push_back({64510 + random.below(6), random.range()});
    }
    options.sets.prefix_origins[name];
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
                 .peer_asn = random.chance(30) ? 4'200'000'001U
                                               : 1U + static_cast<std::uint32_t>(random.below(3)),
                 .peer_address = random.chance(40)
                                     ? net::IpAddress::v4(0xc0000201 + random.below(3))
                                 : random.chance(70) ? net::IpAddress::v4(1 + random.below(2))
                                                     : *net::IpAddress::parse("2001:db8::9"),
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
