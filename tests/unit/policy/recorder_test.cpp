// What a recorder keeps of a policy run.
#include "policy/recorder.hpp"

#include "policy/policy.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using policy::Recorder;

TEST_CASE("A recorder keeps rules with what they asked, changed and did") {
  policy::PolicyOptions options;
  policy::RuleOptions skipped;
  skipped.match.prefix.ranges = {{*net::Prefix::parse("10.0.0.0/8"), 8, 8}};
  skipped.then = policy::Then::Reject;
  policy::RuleOptions taken;
  taken.set.med = policy::MedChange{.value = 7};
  taken.then = policy::Then::Accept;
  options.policies["p"] = {skipped, taken};
  const policy::PolicyRef compiled = policy::compile(options).at("p");
  Recorder recorder;
  bgp::PathAttributes attributes;
  const net::Prefix prefix = *net::Prefix::parse("10.1.0.0/16");
  CHECK(compiled->evaluate({.prefix = prefix}, attributes, &recorder).accepted);
  const auto rules = recorder.take();
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].policy == "p");
  CHECK(rules[0].number == 1);
  CHECK_FALSE(rules[0].matched);
  REQUIRE(rules[0].conditions.size() == 1);
  CHECK(rules[0].conditions[0].had == "10.1.0.0/16");
  CHECK(rules[0].then.empty());
  CHECK(rules[1].number == 2);
  CHECK(rules[1].matched);
  REQUIRE(rules[1].changes.size() == 1);
  CHECK(rules[1].changes[0].before == "none");
  CHECK(rules[1].changes[0].after == "7");
  CHECK(rules[1].then == "accept");
  CHECK(recorder.take().empty());
}

TEST_CASE("A recorder names the policy of each rule, also after one that was called") {
  Recorder recorder;
  recorder.enter("outer");
  recorder.rule({.number = 1, .place = "a:1"});
  recorder.matched(true);
  recorder.then("call inner");
  recorder.enter("inner");
  recorder.rule({.number = 1, .place = "a:9"});
  recorder.matched(false);
  recorder.leave("inner", "end");
  recorder.rule({.number = 2, .place = "a:2"});
  recorder.matched(true);
  recorder.then("accept");
  recorder.leave("outer", "accept");
  const auto rules = recorder.take();
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].policy == "outer");
  CHECK(rules[1].policy == "inner");
  CHECK(rules[1].place == "a:9");
  CHECK(rules[2].policy == "outer");
  CHECK(rules[2].number == 2);
}
