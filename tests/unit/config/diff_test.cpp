#include "config/diff.hpp"

#include "config/load.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using config::Config;
using config::Diff;
using config::Effect;
using config::Effects;

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
  return config::compare(parse(kBase), after);
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

TEST_CASE("compare: says for each neighbor what changed and what that leads to") {
  const Diff asn = compare(with("192.0.2.2, asn: 1", "192.0.2.2, asn: 2"));
  REQUIRE(asn.changed.size() == 1);
  CHECK(asn.changed[0].name == "two");
  CHECK(asn.changed[0].effects == Effects{Effect::Reset});
  CHECK(asn.changed[0].keys == Names{"asn"});

  const Diff timer =
      compare(with("192.0.2.2, asn: 1", "192.0.2.2, asn: 1, timers: {connect-retry: 9s}"));
  REQUIRE(timer.changed.size() == 1);
  CHECK(timer.changed[0].effects == Effects{Effect::InPlace});
  CHECK(timer.changed[0].keys == Names{"timers.connect-retry"});

  const Diff policy = compare(with("import: a", "import: b"));
  REQUIRE(policy.changed.size() == 1);
  CHECK(policy.changed[0].effects == Effects{Effect::Import});
}

TEST_CASE("compare: a new cluster id of the router resets clients that have none of their own") {
  const auto routers = [](const std::string& id) {
    Config made =
        parse("router: {asn: 1, cluster-id: " + id +
              "}\nneighbors:\n"
              "  client: {address: 192.0.2.1, asn: internal, route-reflector-client: true}\n"
              "  own: {address: 192.0.2.2, asn: internal, route-reflector-client: true, "
              "cluster-id: 9.9.9.9}\n"
              "  other: {address: 192.0.2.3, asn: internal}\n");
    made.rib.cluster_id = made.router.cluster_id->to_v4();  // as the daemon does
    return made;
  };
  const Diff diff = config::compare(routers("1.1.1.1"), routers("2.2.2.2"));
  CHECK(diff.change_of("client")->effects == Effects{Effect::Reset});
  CHECK(diff.change_of("own")->effects == Effects{Effect::Import});
  CHECK(diff.change_of("other")->effects == Effects{Effect::Import});
}

TEST_CASE(
    "compare: a policy changes with its rules and with the sets that it names, only with them") {
  CHECK(compare(with("p: [10.0.0.0/8]", "p: [12.0.0.0/8]")).policies == std::set<std::string>{"a"});
  CHECK(compare(with("[\"1:1\"]", "[\"1:2\"]")).policies == std::set<std::string>{"b"});
  CHECK(compare(with("then: accept", "then: reject")).policies == std::set<std::string>{"a"});
  CHECK(compare(with("policies:", "policies:\n  n: []")).policies == std::set<std::string>{"n"});
  CHECK(compare(with("import: a", "import: b")).policies.empty());
}
