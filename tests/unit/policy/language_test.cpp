// What the random policies of policy_property_test.cpp cannot show: kernel facts, as-path sets,
// changes of paths in wire form, lists, calls, hit counters, needs.
#include "bgp/wire/as_path.hpp"
#include "net/bytes.hpp"
#include "policy/policy.hpp"
#include "policy/references.hpp"
#include "policy/text.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::policy;

namespace {

net::Prefix prefix(const char* text) {
  return net::Prefix::parse(text).value();
}

net::Bytes path(std::string_view text) {
  return bgp::parse_as_path(text).value();
}

std::string text_of(const net::Bytes& octets) {
  return bgp::AsPathView(octets).to_string();
}

RuleOptions with(Then then, MatchOptions match = {}) {
  RuleOptions rule;
  rule.match = std::move(match);
  rule.then = then;
  return rule;
}

RuleOptions calling(const char* policy) {
  RuleOptions rule = with(Then::Call);
  rule.call = policy;
  return rule;
}

MatchOptions only(const char* range) {
  MatchOptions match;
  match.prefix.ranges = {{prefix(range), prefix(range).length(), prefix(range).length()}};
  return match;
}

PolicyOptions one(std::vector<RuleOptions> rules) {
  PolicyOptions options;
  options.policies["p"] = std::move(rules);
  return options;
}

/// The AS_PATH after one rule with these changes, by a router of AS 64500.
std::string changed_path(const AsPathChange& change, std::string_view before) {
  RuleOptions rule = with(Then::Accept);
  rule.set.as_path = change;
  bgp::PathAttributes attributes;
  attributes.as_path = path(before);
  compile(one({rule})).at("p")->evaluate({.prefix = {}, .own_asn = 64500}, attributes);
  return text_of(attributes.as_path);
}

}  // namespace

TEST_CASE("policy: interface, protocol and metric hold for kernel routes that have them") {
  MatchOptions match;
  match.kernel = {.interfaces = {"cali*", "lo"}, .protocols = {3, 4}, .metric = {{0, 100}}};
  const PolicyRef p = compile(one({with(Then::Accept, match)})).at("p");
  const auto accepts = [&](const KernelFacts* kernel) {
    bgp::PathAttributes attributes;
    const RouteFacts facts{
        .prefix = prefix("10.0.0.1/32"), .source = SourceKind::Kernel, .kernel = kernel};
    return p->evaluate(facts, attributes).accepted;
  };
  const KernelFacts good{.interface = "cali12", .protocol = 3, .metric = 100};
  CHECK(accepts(&good));
  const KernelFacts other_interface{.interface = "eth0", .protocol = 3, .metric = 100};
  CHECK_FALSE(accepts(&other_interface));
  const KernelFacts other_protocol{.interface = "cali12", .protocol = 5, .metric = 100};
  CHECK_FALSE(accepts(&other_protocol));
  const KernelFacts other_metric{.interface = "cali12", .protocol = 3, .metric = 101};
  CHECK_FALSE(accepts(&other_metric));
  CHECK_FALSE(accepts(nullptr));
}

TEST_CASE("policy: what a kernel route does with packets, and whether through a gateway") {
  using Type = KernelRouteType;
  MatchOptions match;
  match.kernel = {.types = {Type::Unicast, Type::Unreachable}, .gateway = false};
  const PolicyRef p = compile(one({with(Then::Accept, match)})).at("p");
  const auto accepts = [&](const KernelFacts* kernel) {
    bgp::PathAttributes attributes;
    const RouteFacts facts{
        .prefix = prefix("10.0.0.1/32"), .source = SourceKind::Kernel, .kernel = kernel};
    return p->evaluate(facts, attributes).accepted;
  };
  for (const Type type :
       {Type::Unicast, Type::Blackhole, Type::Unreachable, Type::Prohibit, Type::Throw}) {
    CAPTURE(name_of(type));
    const KernelFacts direct{.type = type};
    CHECK(accepts(&direct) == (type == Type::Unicast || type == Type::Unreachable));
    const KernelFacts through{.type = type, .gateway = true};
    CHECK_FALSE(accepts(&through));
  }
  CHECK_FALSE(accepts(nullptr));
}

TEST_CASE("policy: as-path patterns and sets of them are matched, one is enough") {
  PolicyOptions options = one({});
  options.sets.as_paths["customers"] = {"^65001( 65001)*$", "^65002$"};
  MatchOptions match;
  match.as_path.matches = {.sets = {"customers"}, .words = {"_65009$"}};
  options.policies["p"] = {with(Then::Accept, match)};
  const PolicyRef p = compile(options).at("p");
  const auto accepts = [&](std::string_view text) {
    bgp::PathAttributes attributes;
    attributes.as_path = path(text);
    return p->evaluate({.prefix = {}}, attributes).accepted;
  };
  CHECK(accepts("65001 65001"));
  CHECK(accepts("65002"));
  CHECK(accepts("1 2 65009"));
  CHECK_FALSE(accepts("65001 65002"));
  CHECK_FALSE(accepts(""));
}

TEST_CASE("policy: AS_PATHs are changed segment by segment") {
  AsPathChange private_out;
  private_out.remove_private = true;
  CHECK(changed_path(private_out, "64512 1 {65001,2} {65002} 4200000000 (65010 3)") == "1 {2} (3)");
  AsPathChange replace;
  replace.replace = AsNumberQuery{.sets = {}, .numbers = {{65001, 65009}}};
  CHECK(changed_path(replace, "1 65001 {65002,2}") == "1 64500 {64500,2}");
  replace.replace = AsNumberQuery{};
  CHECK(changed_path(replace, "1 2") == "64500 64500");
  AsPathChange prepend;
  prepend.prepend = Prepend{.asn = std::nullopt, .times = 2};
  CHECK(changed_path(prepend, "1 2") == "64500 64500 1 2");
  prepend.prepend = Prepend{.asn = 7, .times = 1};
  prepend.remove_private = true;
  CHECK(changed_path(prepend, "65001 2") == "7 2");
  std::string longest;
  for (int i = 0; i < 254; ++i) {
    longest += "9 ";
  }
  prepend = {};
  prepend.prepend = Prepend{.asn = std::nullopt, .times = 32};
  CHECK(bgp::AsPathView(path(changed_path(prepend, longest))).length() == 286);
}

TEST_CASE("policy: a list goes on at the end of a policy and at next-policy, and then rejects") {
  PolicyOptions options;
  options.policies["a"] = {with(Then::NextPolicy, only("10.0.0.0/8")),
                           with(Then::Reject, only("11.0.0.0/8")),
                           with(Then::Reject, only("10.0.0.0/8"))};
  options.policies["b"] = {with(Then::Accept, only("10.0.0.0/8")),
                           with(Then::Accept, only("11.0.0.0/8")),
                           with(Then::Accept, only("12.0.0.0/8"))};
  const PolicyMap compiled = compile(options);
  const PolicyRef list = in_sequence({compiled.at("a"), compiled.at("b")});
  CHECK(list->name() == "a, b");
  CHECK(list->depends_on_prefix());
  const auto accepts = [&](const PolicyRef& policy, const char* route) {
    bgp::PathAttributes attributes;
    return policy->evaluate({.prefix = prefix(route)}, attributes).accepted;
  };
  CHECK(accepts(list, "10.0.0.0/8"));
  CHECK_FALSE(accepts(list, "11.0.0.0/8"));
  CHECK(accepts(list, "12.0.0.0/8"));
  CHECK_FALSE(accepts(list, "13.0.0.0/8"));
  CHECK(in_sequence({compiled.at("a")}) == compiled.at("a"));
  CHECK(accepts(in_sequence({compiled.at("a"), accept_all()}), "13.0.0.0/8"));
}

TEST_CASE("policy: gateway-of-last-resort accepts the default routes and leaves others to a list") {
  const PolicyRef gateway = compile({}).at("gateway-of-last-resort");
  const auto accepts = [&](const PolicyRef& policy, const char* route) {
    bgp::PathAttributes attributes;
    return policy->evaluate({.prefix = prefix(route)}, attributes).accepted;
  };
  CHECK(accepts(gateway, "0.0.0.0/0"));
  CHECK(accepts(gateway, "::/0"));
  CHECK_FALSE(accepts(gateway, "0.0.0.0/1"));
  PolicyOptions options = one({with(Then::Accept, only("10.0.0.0/8"))});
  const PolicyRef list = in_sequence({gateway, compile(options).at("p")});
  CHECK(accepts(list, "0.0.0.0/0"));
  CHECK(accepts(list, "10.0.0.0/8"));
  CHECK_FALSE(accepts(list, "11.0.0.0/8"));
}

TEST_CASE("policy: a called policy decides, or its end comes back to the caller with its changes") {
  PolicyOptions options;
  RuleOptions mark = with(Then::None);
  mark.set.med = MedChange{7};
  options.policies["marks"] = {with(Then::Reject, only("11.0.0.0/8")), mark};
  options.policies["p"] = {calling("marks"), with(Then::Accept)};
  const PolicyRef p = compile(options).at("p");
  bgp::PathAttributes attributes;
  CHECK_FALSE(p->evaluate({.prefix = prefix("11.0.0.0/8")}, attributes).accepted);
  CHECK(p->evaluate({.prefix = prefix("10.0.0.0/8")}, attributes).accepted);
  CHECK(attributes.med == 7U);
  CHECK(p->depends_on_prefix());

  options.policies["p"] = {calling("gateway-of-last-resort"), calling("accept")};
  CHECK(compile(options).at("p")->evaluate({.prefix = {}}, attributes).accepted);
}

TEST_CASE("policy: needs are those of rules that can run, called policies included") {
  MatchOptions reachable;
  reachable.next_hop.reachable = true;
  CHECK(compile(one({with(Then::Accept, reachable)})).at("p")->needs() == Needs{.next_hop = true});
  RuleOptions igp = with(Then::Accept);
  igp.set.med = MedChange{.value = 0, .kind = MedChange::Kind::Igp};
  CHECK(compile(one({igp})).at("p")->depends_on_next_hop());
  MatchOptions nested;
  nested.none = {only("10.0.0.0/8"), reachable};
  CHECK(compile(one({with(Then::Accept, nested)})).at("p")->needs() ==
        Needs{.prefix = true, .next_hop = true});
  CHECK(compile(one({with(Then::Accept), with(Then::Reject, nested)})).at("p")->needs() == Needs{});
  MatchOptions length;
  length.prefix_length = {{24, 32}};
  CHECK(compile(one({with(Then::Accept, length)})).at("p")->depends_on_prefix());
}

TEST_CASE("policy: rules count the routes that they matched, runs that stand for none do not") {
  const PolicyRef p =
      compile(one({with(Then::Reject, only("10.0.0.0/8")), with(Then::Accept)})).at("p");
  bgp::PathAttributes attributes;
  p->evaluate({.prefix = prefix("10.0.0.0/8"), .routes = 1}, attributes);
  p->evaluate({.prefix = prefix("11.0.0.0/8"), .routes = 5}, attributes);
  p->evaluate({.prefix = prefix("11.0.0.0/8")}, attributes);
  REQUIRE(p->rules().size() == 2);
  CHECK(p->rules()[0].hits == 1);
  CHECK(p->rules()[0].match == std::vector<std::string>{"prefix 10.0.0.0/8"});
  CHECK(p->rules()[0].then == "reject");
  CHECK(p->rules()[1].hits == 5);
  const PolicyRef all = compile(one({with(Then::Accept)})).at("p");
  all->count_unchanged(3);
  CHECK(all->rules().at(0).hits == 3);
}

TEST_CASE("policy: a next hop of another family is left alone, unchanged and self are told") {
  RuleOptions rule = with(Then::Accept);
  const auto run = [&](NextHopChange change, bgp::PathAttributes& attributes) {
    rule.set.next_hop = change;
    return compile(one({rule})).at("p")->evaluate({.prefix = prefix("10.0.0.0/8")}, attributes);
  };
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::v4(1);
  const net::IpAddress v6 = net::IpAddress::parse("fd00::1").value();
  const Outcome six = run({.kind = NextHopChange::Kind::Address, .address = v6}, attributes);
  CHECK(six.next_hop == NextHopChoice::ByRules);
  CHECK(attributes.next_hop == net::IpAddress::v4(1));
  CHECK(run({.kind = NextHopChange::Kind::Unchanged}, attributes).next_hop == NextHopChoice::Keep);
  CHECK(run({.kind = NextHopChange::Kind::Self}, attributes).next_hop == NextHopChoice::Self);
}

TEST_CASE("policy: a policy changes with its sets and with what it calls") {
  PolicyOptions before;
  before.sets.neighbors["n"] = {"a"};
  MatchOptions match;
  match.any.emplace_back().neighbor.sets = {"n"};
  before.policies = {{"inner", {with(Then::Accept, match)}},
                     {"outer", {calling("inner")}},
                     {"other", {with(Then::Accept)}}};
  PolicyOptions after = before;
  CHECK(changed_policies(before, after).empty());
  after.policies["other"][0].place.text = "elsewhere:1";
  CHECK(changed_policies(before, after).empty());
  after.sets.neighbors["n"] = {"b"};
  CHECK(changed_policies(before, after) == std::set<std::string>{"inner", "outer"});
}

TEST_CASE("policy: what is kept of an earlier compilation keeps its identity, also when called") {
  PolicyOptions options;
  options.policies = {{"inner", {with(Then::Accept)}}, {"outer", {calling("inner")}}};
  const PolicyMap first = compile(options);
  const PolicyMap second = compile(options, {{"inner", first.at("inner")}});
  CHECK(second.at("inner") == first.at("inner"));
  CHECK(second.at("outer") != first.at("outer"));
  bgp::PathAttributes attributes;
  second.at("outer")->evaluate({.prefix = {}, .routes = 1}, attributes);
  CHECK(first.at("inner")->rules().at(0).hits == 1);
}
