// Policies that know the neighbor whose they are, the group of the one that a route comes from, and
// pairs of a prefix and the AS that originates it.
#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "net/bytes.hpp"
#include "policy/policy.hpp"
#include "policy/references.hpp"
#include "policy/text.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::policy;

namespace {

using Kind = CommunityPattern::Kind;
using Of = CommunityPattern::Of;

constexpr std::uint32_t kShort = 65001;
constexpr std::uint32_t kLong = 4200000001;

/// "0:neighbor-as" and "64500:0:neighbor-as".
CommunityList not_to_neighbor() {
  CommunityList list;
  list.patterns.push_back({.kind = Kind::Standard, .of = {Of::Range, Of::NeighborAs}});
  list.patterns.push_back({.kind = Kind::Large,
                           .fields = {NumberRange{64500, 64500}},
                           .of = {Of::Range, Of::Range, Of::NeighborAs}});
  return list;
}

RouteFacts to_neighbor(std::uint32_t asn, const char* address = "192.0.2.1") {
  return {.prefix = *net::Prefix::parse("10.0.0.0/8"),
          .peer_asn = asn,
          .peer_address = *net::IpAddress::parse(address),
          .own_asn = 64500};
}

PolicyRef policy_of(RuleOptions rule, SetOptions sets = {}) {
  PolicyOptions options;
  options.sets = std::move(sets);
  rule.then = Then::Accept;
  options.policies["p"] = {std::move(rule)};
  return compile(options).at("p");
}

bgp::PathAttributes with(std::vector<std::uint32_t> standard,
                         std::vector<bgp::LargeCommunity> large = {}) {
  bgp::PathAttributes attributes;
  net::ByteWriter out(attributes.communities);
  for (const std::uint32_t value : standard) {
    out.u32(value);
  }
  net::ByteWriter longer(attributes.large_communities);
  for (const bgp::LargeCommunity& value : large) {
    longer.u32(value.global);
    longer.u32(value.local1);
    longer.u32(value.local2);
  }
  return attributes;
}

}  // namespace

TEST_CASE("policy: neighbor-as in communities is matched where the AS number fits") {
  RuleOptions rule;
  rule.match.communities.any.values = not_to_neighbor();
  const PolicyRef p = policy_of(rule);
  CHECK(p->needs() == Needs{.peer_asn = true});
  const auto holds = [&](std::uint32_t asn, bgp::PathAttributes attributes) {
    return p->evaluate(to_neighbor(asn), attributes).accepted;
  };
  CHECK(holds(kShort, with({kShort})));
  CHECK_FALSE(holds(kShort, with({kShort + 1})));
  CHECK(holds(kLong, with({}, {{64500, 0, kLong}})));
  CHECK_FALSE(holds(kLong, with({}, {{64500, 0, kShort}})));
  CHECK_FALSE(holds(kLong, with({kLong & 0xffff})));  // not its lower half
  CHECK_FALSE(holds(0, with({0}, {{64500, 0, 0}})));  // no neighbor
}

TEST_CASE("policy: a next hop that is not the neighbor's own is told apart") {
  RuleOptions rule;
  rule.match.next_hop.neighbor_address = false;
  const PolicyRef others = policy_of(rule);
  rule.match.next_hop.neighbor_address = true;
  const PolicyRef own = policy_of(rule);
  CHECK(own->needs() == Needs{.peer_address = true});
  const auto holds = [](const PolicyRef& policy, const char* address, const char* next_hop) {
    bgp::PathAttributes attributes;
    attributes.next_hop = *net::IpAddress::parse(next_hop);
    return policy->evaluate(to_neighbor(kShort, address), attributes).accepted;
  };
  CHECK(holds(own, "192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(holds(others, "192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(holds(own, "192.0.2.1", "192.0.2.2"));
  CHECK(holds(others, "192.0.2.1", "192.0.2.2"));
  CHECK(holds(own, "2001:db8::1", "2001:db8::1"));
  CHECK_FALSE(holds(own, "192.0.2.1", "2001:db8::1"));
  CHECK_FALSE(holds(own, "0.0.0.0", "0.0.0.0"));  // this router itself, and no neighbor
}

TEST_CASE("policy: neighbor-as and neighbor-address in communities are added where they fit") {
  RuleOptions rule;
  rule.set.communities.add = not_to_neighbor();
  rule.set.communities.add.patterns.push_back(
      {.kind = Kind::Large, .of = {Of::NeighborAs, Of::NeighborAddress}});
  rule.set.communities.add.patterns.push_back(
      {.kind = Kind::RouteTarget, .fields = {{{}, {7, 7}}}, .of = {Of::NeighborAs}});
  const PolicyRef p = policy_of(rule);
  CHECK(p->needs() == Needs{.peer_asn = true, .peer_address = true});
  const auto added = [&](const RouteFacts& facts) {
    bgp::PathAttributes attributes;
    p->evaluate(facts, attributes);
    return communities_text(attributes);
  };
  CHECK(added(to_neighbor(kShort)) == "0:65001, rt:65001:7, 64500:0:65001, 65001:3221225985:0");
  CHECK(added(to_neighbor(kLong)) ==
        "rt:4200000001:7, 64500:0:4200000001, 4200000001:3221225985:0");
  CHECK(added(to_neighbor(kShort, "2001:db8::1")) == "0:65001, rt:65001:7, 64500:0:65001");
  CHECK(added(to_neighbor(0)) == "none");
  CHECK(p->rules()[0].set[0] ==
        "communities add 0:neighbor-as, 64500:0:neighbor-as, neighbor-as:neighbor-address:0, "
        "rt:neighbor-as:7");
}

TEST_CASE("policy: keep takes out all other communities, of every kind") {
  RuleOptions rule;
  rule.set.communities.keep = {.sets = {"kept"}, .values = {}};
  rule.set.communities.add.standard = {5};
  SetOptions sets;
  sets.communities["kept"].standard = {1, 2};
  const PolicyRef p = policy_of(rule, sets);
  bgp::PathAttributes attributes = with({3, 2, 1, 4}, {{1, 2, 3}});
  attributes.extended_communities.resize(8);
  p->evaluate(to_neighbor(kShort), attributes);
  CHECK(bgp::communities(attributes.communities) == std::vector<std::uint32_t>{1, 2, 5});
  CHECK(attributes.large_communities.empty());
  CHECK(attributes.extended_communities.empty());
}

TEST_CASE("policy: the neighbor's AS number is prepended and its address set, where known") {
  RuleOptions rule;
  rule.set.as_path.prepend = Prepend{.asn = std::nullopt, .times = 2, .neighbor = true};
  rule.set.next_hop = NextHopChange{.kind = NextHopChange::Kind::NeighborAddress};
  const PolicyRef p = policy_of(rule);
  const auto after = [&](const RouteFacts& facts) {
    bgp::PathAttributes attributes;
    p->evaluate(facts, attributes);
    return as_path_text(attributes) + " " + next_hop_text(attributes);
  };
  CHECK(after(to_neighbor(kLong)) == "4200000001 4200000001 192.0.2.1");
  CHECK(after(to_neighbor(kLong, "2001:db8::1")) == "4200000001 4200000001 self");
  CHECK(after(to_neighbor(0)) == "empty 192.0.2.1");
}

TEST_CASE("policy: a group's neighbors match, and a change of the group changes the policy") {
  PolicyOptions options;
  RuleOptions rule;
  rule.match.groups = {"members"};
  rule.then = Then::Accept;
  options.policies["p"] = {rule};
  options.policies["other"] = {};
  options.sets.groups["members"] = {"b", "a"};
  const PolicyRef p = compile(options).at("p");
  const auto holds = [&](std::string_view neighbor) {
    bgp::PathAttributes attributes;
    return p->evaluate({.prefix = {}, .neighbor = neighbor}, attributes).accepted;
  };
  CHECK(holds("a"));
  CHECK(holds("b"));
  CHECK_FALSE(holds("c"));
  CHECK_FALSE(holds(""));
  PolicyOptions after = options;
  after.sets.groups["members"].push_back("c");
  after.sets.groups["nobody"] = {"c"};
  CHECK(changed_policies(options, after) == std::set<std::string>{"p"});
}

TEST_CASE("policy: a pair is of the prefix and the last AS of the path") {
  RuleOptions rule;
  rule.match.prefix_origins = {"pairs"};
  SetOptions sets;
  sets.prefix_origins["pairs"].pairs = {{65001, {*net::Prefix::parse("10.0.0.0/8"), 8, 24}},
                                        {65002, {*net::Prefix::parse("10.1.0.0/16"), 16, 16}},
                                        {65002, {*net::Prefix::parse("2001:db8::/32"), 32, 48}}};
  const PolicyRef p = in_sequence({policy_of(rule, sets)});
  const auto holds = [&](const char* prefix, std::string_view path) {
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::parse_as_path(path).value();
    RouteFacts facts{.prefix = *net::Prefix::parse(prefix)};
    const bool plain = p->evaluate(facts, attributes).accepted;
    facts.prefix_class = p->prefix_classes()->answers(facts.prefix);
    CHECK(p->evaluate(facts, attributes).accepted == plain);
    return plain;
  };
  CHECK(holds("10.2.0.0/24", "1 65001"));
  CHECK_FALSE(holds("10.2.0.0/25", "1 65001"));
  CHECK_FALSE(holds("10.2.0.0/24", "65001 1"));
  CHECK(holds("10.1.0.0/16", "1 65001"));
  CHECK(holds("10.1.0.0/16", "1 65002"));
  CHECK_FALSE(holds("10.1.0.0/17", "1 65002"));
  CHECK(holds("2001:db8:7::/48", "65002"));
  CHECK_FALSE(holds("10.1.0.0/16", ""));
  CHECK_FALSE(holds("10.1.0.0/16", "{65001}"));
}
