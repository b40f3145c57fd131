#include "policy/policy.hpp"

#include <algorithm>

#include "net/bytes.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using policy::PrefixRange;
using policy::RuleOptions;
using policy::Then;

namespace {

net::Prefix prefix(const char* text) {
  return net::Prefix::parse(text).value();
}

net::Bytes octets(const std::vector<std::uint32_t>& values) {
  net::Bytes out;
  net::ByteWriter writer(out);
  for (const std::uint32_t value : values) {
    writer.u32(value);
  }
  return out;
}

policy::PolicyRef compile_one(std::vector<RuleOptions> rules, policy::SetOptions sets = {}) {
  policy::PolicyOptions options;
  options.sets = std::move(sets);
  options.policies["p"] = std::move(rules);
  return policy::compile(options).at("p");
}

RuleOptions accept_prefix(PrefixRange range) {
  RuleOptions rule;
  rule.match.prefix.ranges = {range};
  rule.then = Then::Accept;
  return rule;
}

bool accepts(const policy::Policy& policy, const char* route) {
  bgp::PathAttributes attributes;
  return policy.evaluate({.prefix = prefix(route)}, attributes).accepted;
}

}  // namespace

TEST_CASE("built-in policies: accept, reject and the RFC 8212 default say what their names say") {
  CHECK(accepts(*policy::accept_all(), "10.0.0.0/8"));
  CHECK(policy::accept_all()->accepts_unchanged());
  CHECK_FALSE(accepts(*policy::reject_all(), "10.0.0.0/8"));
  CHECK_FALSE(policy::reject_all()->accepts_unchanged());
  CHECK_FALSE(accepts(*policy::rfc8212_default(), "10.0.0.0/8"));
  CHECK(policy::rfc8212_default()->name() == "rfc8212");
  const policy::PolicyMap empty = policy::compile({});
  CHECK(empty.at("accept")->name() == "accept");
  CHECK(empty.at("reject")->name() == "reject");
}

TEST_CASE(
    "built-in policies: each is one object, since who shares a policy shares an update group") {
  CHECK(policy::accept_all() == policy::accept_all());
  CHECK(policy::reject_all() == policy::reject_all());
  CHECK(policy::rfc8212_default() == policy::rfc8212_default());
  CHECK(policy::compile({}).at("accept") == policy::accept_all());
  CHECK(policy::compile({}).at("reject") == policy::reject_all());
}

TEST_CASE("policy: the end of the list rejects and names no rule") {
  const policy::PolicyRef p = compile_one({accept_prefix({prefix("10.0.0.0/8"), 8, 8})});
  bgp::PathAttributes attributes;
  const policy::Outcome outcome = p->evaluate({.prefix = prefix("11.0.0.0/8")}, attributes);
  CHECK_FALSE(outcome.accepted);
  CHECK(outcome.rule == -1);
}

TEST_CASE("policy: a prefix range asks for containment and for the length") {
  const policy::PolicyRef p = compile_one({accept_prefix({prefix("10.0.0.0/8"), 16, 24})});
  CHECK_FALSE(accepts(*p, "10.0.0.0/8"));
  CHECK_FALSE(accepts(*p, "10.0.0.0/15"));
  CHECK(accepts(*p, "10.1.0.0/16"));
  CHECK(accepts(*p, "10.1.2.0/24"));
  CHECK_FALSE(accepts(*p, "10.1.2.0/25"));
  CHECK_FALSE(accepts(*p, "11.1.0.0/16"));
  CHECK_FALSE(accepts(*p, "::/16"));
}

TEST_CASE("policy: without ge and le the prefix itself only, the default route included") {
  const policy::PolicyRef p = compile_one({accept_prefix({prefix("0.0.0.0/0")})});
  CHECK(accepts(*p, "0.0.0.0/0"));
  CHECK_FALSE(accepts(*p, "0.0.0.0/1"));
  CHECK_FALSE(accepts(*p, "::/0"));
  const policy::PolicyRef q = compile_one({accept_prefix({prefix("10.0.0.0/8")})});
  CHECK(accepts(*q, "10.0.0.0/8"));
  CHECK_FALSE(accepts(*q, "10.0.0.0/9"));
}

TEST_CASE("policy: entries of one prefix with different lengths add up") {
  policy::SetOptions sets;
  sets.prefixes["pods"].ranges = {{prefix("fd00::/56"), 64, 64},
                                  {prefix("fd00::/56"), 128, 128},
                                  {prefix("fd00::/48"), 49, 49}};
  RuleOptions rule;
  rule.match.prefix.sets = {"pods"};
  rule.then = Then::Accept;
  const policy::PolicyRef p = compile_one({rule}, sets);
  CHECK(accepts(*p, "fd00::/64"));
  CHECK(accepts(*p, "fd00::1/128"));
  CHECK(accepts(*p, "fd00:0:0:8000::/49"));
  CHECK_FALSE(accepts(*p, "fd00::/56"));
  CHECK_FALSE(accepts(*p, "fd00::/127"));
  CHECK_FALSE(accepts(*p, "fd00:0:1::/64"));
}

TEST_CASE("policy: actions of every rule that matched are kept, in order, until one decides") {
  RuleOptions first;
  first.set.med = policy::MedChange{10};
  first.set.next_hop = policy::NextHopChange{};
  RuleOptions second;
  second.match.sources = {policy::SourceKind::Kernel};
  second.set.med = policy::MedChange{20};
  RuleOptions third;
  third.set.local_preference = 300;
  third.then = Then::Accept;
  RuleOptions never;
  never.set.med = policy::MedChange{99};
  const policy::PolicyRef p = compile_one({first, second, third, never});
  bgp::PathAttributes attributes;
  const policy::Outcome bgp = p->evaluate({.prefix = prefix("10.0.0.0/8")}, attributes);
  CHECK(bgp.accepted);
  CHECK(bgp.next_hop == policy::NextHopChoice::Self);
  CHECK(bgp.rule == 2);
  CHECK(attributes.med == 10u);
  CHECK(attributes.local_preference == 300u);
  p->evaluate({.prefix = prefix("10.0.0.0/8"), .source = policy::SourceKind::Kernel}, attributes);
  CHECK(attributes.med == 20u);
}

TEST_CASE("policy: communities are added once, removed, and come out ascending when changed") {
  RuleOptions rule;
  rule.set.communities.remove.values.standard = {7, 9};
  rule.set.communities.add.standard = {5, 3};
  rule.then = Then::Accept;
  const policy::PolicyRef p = compile_one({rule});
  bgp::PathAttributes attributes;
  attributes.communities = octets({9, 5, 8, 7, 8});
  p->evaluate({.prefix = prefix("10.0.0.0/8")}, attributes);
  CHECK(attributes.communities == octets({3, 5, 8}));
}

TEST_CASE("policy: a list of communities that a policy does not change stays as received") {
  RuleOptions rule;
  rule.set.communities.remove.values.standard = {100};
  rule.set.communities.add.standard = {5};
  rule.then = Then::Accept;
  const policy::PolicyRef p = compile_one({rule});
  bgp::PathAttributes attributes;
  attributes.communities = octets({9, 5, 8, 9});
  p->evaluate({.prefix = prefix("10.0.0.0/8")}, attributes);
  CHECK(attributes.communities == octets({9, 5, 8, 9}));
}

TEST_CASE("policy: extended and large communities are matched, removed and added") {
  policy::SetOptions sets;
  sets.communities["marks"].extended = {0x0002fc0000000007};
  sets.communities["marks"].large = {{64512, 1, 2}};
  RuleOptions rule;
  rule.match.communities.any.sets = {"marks"};
  rule.set.communities.remove.sets = {"marks"};
  rule.set.communities.add.large = {{64512, 9, 9}};
  rule.then = Then::Accept;
  const policy::PolicyRef p = compile_one({rule}, sets);

  bgp::PathAttributes attributes;
  CHECK_FALSE(p->evaluate({.prefix = prefix("10.0.0.0/8")}, attributes).accepted);
  CHECK(attributes.large_communities.empty());

  attributes.large_communities = octets({64512, 1, 2});
  CHECK(p->evaluate({.prefix = prefix("10.0.0.0/8")}, attributes).accepted);
  CHECK(attributes.large_communities == octets({64512, 9, 9}));

  attributes = {};
  attributes.extended_communities = octets({0x0002fc00, 7});
  CHECK(p->evaluate({.prefix = prefix("10.0.0.0/8")}, attributes).accepted);
  CHECK(attributes.extended_communities.empty());
}

TEST_CASE("policy: depends_on_prefix is true only when a rule that can run asks for the prefix") {
  RuleOptions all;
  all.then = Then::Accept;
  RuleOptions idle;
  idle.match.prefix.ranges = {{prefix("10.0.0.0/8")}};
  RuleOptions universal = accept_prefix({prefix("0.0.0.0/0"), 0, 32});
  universal.match.prefix.ranges.push_back({prefix("::/0"), 0, 128});
  RuleOptions none;
  none.match.prefix.sets = {"empty"};
  none.then = Then::Accept;
  policy::SetOptions sets;
  sets.prefixes["empty"].ranges = {};
  const RuleOptions some = accept_prefix({prefix("10.0.0.0/8"), 8, 8});

  CHECK_FALSE(compile_one({all})->depends_on_prefix());
  CHECK(compile_one({some, all})->depends_on_prefix());
  CHECK_FALSE(compile_one({all, some})->depends_on_prefix());
  CHECK(compile_one({idle, all})->depends_on_prefix());  // it counts what it matches
  CHECK_FALSE(compile_one({universal, some})->depends_on_prefix());
  CHECK_FALSE(compile_one({none, all}, sets)->depends_on_prefix());
}

TEST_CASE("policy: accepts_unchanged sees through a written-out accept") {
  RuleOptions all;
  all.then = Then::Accept;
  RuleOptions med = all;
  med.set.med = policy::MedChange{1};
  CHECK(compile_one({all})->accepts_unchanged());
  CHECK_FALSE(compile_one({med})->accepts_unchanged());
  CHECK_FALSE(compile_one({RuleOptions{}, all})->accepts_unchanged());  // the first one counts
  CHECK_FALSE(compile_one({})->accepts_unchanged());
  CHECK_FALSE(accepts(*compile_one({}), "10.0.0.0/8"));
}
