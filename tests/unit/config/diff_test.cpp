#include "config/diff.hpp"

#include "config/load.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using config::Config;
using config::Diff;

namespace {

constexpr const char* kBase = R"(
router: {asn: 64512}
sets: {prefixes: {p: [10.0.0.0/8], q: [11.0.0.0/8]}, communities: {c: ["1:1"]}}
policies:
  a: [{match: {prefix: p}, then: accept}]
  b: [{match: {prefix: q}, set: {communities: {remove: c}}, then: accept}]
neighbors:
  one: {address: 192.0.2.1, asn: 1, import: a, export: b}
  two: {address: 192.0.2.2, asn: 1}
)";

Config parse(const std::string& text) {
  auto loaded = config::load_text(text, "test.yaml");
  if (!loaded) {
    FAIL(config::to_text(loaded.error()));
  }
  return loaded->config;
}

/// The base with one text in it replaced.
Config with(const std::string& from, const std::string& to) {
  std::string text = kBase;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return parse(text.replace(at, from.size(), to));
}

Diff compare(const Config& after) {
  return config::compare(parse(kBase), after, [](const auto& before, const auto& now) {
    return before.address != now.address || before.expected_asn != now.expected_asn;
  });
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("compare: the same file gives nothing to do") {
  CHECK(compare(parse(kBase)).empty());
}

TEST_CASE("compare: a neighbor that is renamed is removed and added, the other is untouched") {
  const Diff diff = compare(with("one:", "uno:"));
  CHECK(diff.removed == Names{"one"});
  CHECK(diff.added == Names{"uno"});
  CHECK(diff.changed.empty());
}

TEST_CASE("compare: says for each neighbor which parts changed and whether it must be reset") {
  const Diff asn = compare(with("192.0.2.2, asn: 1", "192.0.2.2, asn: 2"));
  REQUIRE(asn.changed.size() == 1);
  CHECK(asn.changed[0].name == "two");
  CHECK(asn.changed[0].reset);
  CHECK_FALSE(asn.changed[0].routes);

  const Diff timer = compare(with("192.0.2.2, asn: 1", "192.0.2.2, asn: 1, timers: {hold: 9s}"));
  REQUIRE(timer.changed.size() == 1);
  CHECK(timer.changed[0].session);
  CHECK_FALSE(timer.changed[0].reset);

  const Diff policy = compare(with("import: a", "import: b"));
  REQUIRE(policy.changed.size() == 1);
  CHECK(policy.changed[0].routes);
  CHECK_FALSE(policy.changed[0].session);

  const Diff label = compare(with("asn: 1, import", "asn: 1, description: x, import"));
  REQUIRE(label.changed.size() == 1);
  CHECK(label.changed[0].labels);
  CHECK_FALSE(label.changed[0].session);
}

TEST_CASE(
    "compare: a policy changes with its rules and with the sets that it names, only with them") {
  CHECK(compare(with("p: [10.0.0.0/8]", "p: [12.0.0.0/8]")).policies == std::set<std::string>{"a"});
  CHECK(compare(with("[\"1:1\"]", "[\"1:2\"]")).policies == std::set<std::string>{"b"});
  CHECK(compare(with("then: accept", "then: reject")).policies == std::set<std::string>{"a"});
  CHECK(compare(with("policies:", "policies:\n  n: []")).policies == std::set<std::string>{"n"});
  CHECK(compare(with("import: a", "import: b")).policies.empty());
}

TEST_CASE("compare: sections are told apart") {
  CHECK(compare(with("asn: 64512", "asn: 64513")).rib);
  CHECK(compare(with("asn: 64512", "asn: 64512, id: 1.1.1.1")).router);
  CHECK(compare(with("\nsets:", "\nlisten: []\nsets:")).listen);
  CHECK(compare(with("\nsets:", "\nlog: {level: debug}\nsets:")).log);
  CHECK(compare(with("\nsets:", "\nkernel: {export: {}}\nsets:")).kernel);
  CHECK(compare(with("\nsets:", "\noriginate: [{prefix: 10.0.0.0/8}]\nsets:")).originate);
  CHECK(compare(with("\nsets:", "\ncontrol: {group: x}\nsets:")).control);
  CHECK_FALSE(compare(with("\nsets:", "\nlisten: []\nsets:")).router);
}
