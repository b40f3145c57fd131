// What a policy run tells a tracer: the same run, step by step.
#include <fmt/format.h>

#include "net/bytes.hpp"
#include "policy/policy.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using policy::RuleOptions;
using policy::Then;

namespace {

/// Writes down what it is told, a line each.
class Transcript final : public policy::Tracer {
 public:
  void enter(std::string_view policy) override { line("enter {}", policy); }

  void rule(const policy::TracedRule& rule) override {
    line("rule {} at {}", rule.number, rule.place);
  }

  void condition(const policy::TracedCondition& c) override {
    line("{:{}}{} asked {} had {}: {}", "", 2 * c.depth, c.name, c.asked, c.had,
         c.held ? "yes" : "no");
  }

  void matched(bool matched) override { line("{}", matched ? "matched" : "not matched"); }

  void change(const policy::TracedChange& change) override {
    line("{}: {} -> {}", change.attribute, change.before, change.after);
  }

  void then(std::string_view action) override { line("then {}", action); }

  void leave(std::string_view policy, std::string_view how) override {
    line("leave {}: {}", policy, how);
  }

  const std::string& text() const { return text_; }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += fmt::format(format, std::forward<Arguments>(arguments)...) + "\n";
  }

  std::string text_;
};

net::Prefix prefix(const char* text) {
  return net::Prefix::parse(text).value();
}

}  // namespace

TEST_CASE("policy: a tracer hears of every rule, condition and change of the run that decides") {
  policy::PolicyOptions options;
  options.sets.prefixes["pods"].ranges = {{prefix("10.244.0.0/16"), 16, 32}};
  RuleOptions first;
  first.match.prefix.sets = {"pods"};
  first.match.sources = {policy::SourceKind::Kernel};
  first.then = Then::Reject;
  first.place.text = "pipitd.yaml:7";
  RuleOptions second;
  second.match.prefix.sets = {"pods"};
  second.match.communities.any.values.standard = {(64512U << 16) | 100};
  second.set.local_preference = 200;
  second.set.communities.add.standard = {(64512U << 16) | 7};
  second.then = Then::Accept;
  options.policies["p"] = {first, second};
  const policy::PolicyRef p = policy::compile(options).at("p");

  bgp::PathAttributes attributes;
  net::ByteWriter(attributes.communities).u32((64512U << 16) | 100);
  Transcript transcript;
  CHECK(p->evaluate({.prefix = prefix("10.244.1.0/26")}, attributes, &transcript).accepted);
  CHECK(attributes.local_preference == 200U);
  CHECK(transcript.text() ==
        "enter p\n"
        "rule 1 at pipitd.yaml:7\n"
        "source asked kernel had bgp: no\n"
        "prefix asked pods had 10.244.1.0/26: yes\n"
        "not matched\n"
        "rule 2 at \n"
        "prefix asked pods had 10.244.1.0/26: yes\n"
        "communities asked any of 64512:100 had 64512:100: yes\n"
        "matched\n"
        "local-preference: none -> 200\n"
        "communities: 64512:100 -> 64512:7, 64512:100\n"
        "then accept\n"
        "leave p: accept\n");
}

TEST_CASE("policy: a tracer hears how a run ends without a decision, and of built-in policies") {
  const auto run = [](const policy::Policy& policy) {
    bgp::PathAttributes attributes;
    Transcript transcript;
    policy.evaluate({.prefix = prefix("10.0.0.0/8")}, attributes, &transcript);
    return transcript.text();
  };
  policy::PolicyOptions options;
  options.policies["empty"] = {};
  CHECK(run(*policy::compile(options).at("empty")) == "enter empty\nleave empty: end\n");
  CHECK(run(*policy::rfc8212_default()) == "enter rfc8212\nleave rfc8212: reject\n");
  CHECK(run(*policy::accept_all()) == "enter accept\nleave accept: accept\n");
}
