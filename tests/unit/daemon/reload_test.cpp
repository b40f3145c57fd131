// The plan of a reload, and the history of what was applied.
#include "config/load.hpp"
#include "daemon/reload/config_history.hpp"
#include "daemon/reload/reload_plan.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::daemon;
using config::Effect;

namespace {

constexpr const char* kBase = R"(
router: {asn: 64512, id: 192.0.2.9}
sets: {prefixes: {p: [10.0.0.0/8], q: [11.0.0.0/8]}}
policies:
  a: [{match: {prefix: p}, then: accept}]
  b: [{match: {prefix: q}, then: accept}]
neighbors:
  one: {address: 192.0.2.1, asn: 1, import: a, export: b}
  two: {address: 192.0.2.2, asn: 1, import: b}
  three: {address: 192.0.2.3, asn: internal}
  four: {address: 192.0.2.4, asn: 1, import: accept, export: reject}
)";

config::Config parse(std::string text, const std::string& from = {}, const std::string& to = {}) {
  if (!from.empty()) {
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
  }
  auto loaded = config::load_text(text, "test.yaml");
  if (!loaded) {
    FAIL(config::to_text(loaded.error()));
  }
  REQUIRE(complete(loaded->config, nullptr));
  return loaded->config;
}

RunningConfig running() {
  RunningConfig made{.file = "test.yaml", .loaded_at = {}, .config = parse(kBase)};
  made.policies.load(made.config);
  return made;
}

/// The effects for each neighbor, in order.
std::vector<config::Effects> effects(const std::string& from, const std::string& to) {
  const RunningConfig before = running();
  const ReloadPlan plan = plan_reload(before, parse(kBase, from, to));
  std::vector<config::Effects> found;
  for (const PlannedChange& change : plan.changes) {
    found.push_back(change.effects);
  }
  return found;
}

using List = std::vector<config::Effects>;

config::Diff diff_of(std::size_t keys, std::size_t length = 5) {
  config::Diff diff;
  diff.keys.resize(keys,
                   {.path = "p", .before = std::string(length, 'x'), .after = "", .effects = {}});
  return diff;
}

}  // namespace

TEST_CASE("The same file is no change to anybody, whatever policies they have") {
  CHECK(effects("", "") == List(4));
}

TEST_CASE("Only those are evaluated again whose compiled policies are others") {
  CHECK(effects("p: [10.0.0.0/8]", "p: [12.0.0.0/8]") == List{{Effect::Import}, {}, {}, {}});
  CHECK(effects("q: [11.0.0.0/8]", "q: [12.0.0.0/8]") ==
        List{{Effect::Export}, {Effect::Import}, {}, {}});
  CHECK(effects("policies:", "policies:\n  unused: [{then: accept}]") == List(4));
  CHECK(effects("sets: {prefixes: {", "sets: {prefixes: {r: [13.0.0.0/8], ") == List(4));
  // Named otherwise, but the neighbor's key is another one all the same.
  CHECK(effects("import: accept", "import: a") == List{{}, {}, {}, {Effect::Import}});
  CHECK(effects("asn: 64512", "asn: 64512, default-policy: open") ==
        List{{}, {Effect::Export}, {}, {}});
}

TEST_CASE("Rules are where they were until a plan is carried out") {
  const RunningConfig before = running();
  const auto place = [&] { return before.policies.find("b")->rules().at(0).place; };
  const ReloadPlan plan =
      plan_reload(before, parse(kBase, "policies:", "# Two\n# more.\npolicies:"));
  CHECK(plan.diff.empty());
  CHECK(place() == "test.yaml:6");
  plan.policies.relocate();
  CHECK(place() == "test.yaml:8");
}

TEST_CASE("The same list of policies is the same policy, for the kernel too") {
  const std::string text = std::string(kBase) + R"(
  five: {address: 192.0.2.5, asn: 1, import: [a, b], export: [a, b]}
kernel: {import: [{policy: [a, b]}], export: {policy: [b, a]}}
)";
  RunningConfig before{.file = "test.yaml", .loaded_at = {}, .config = parse(text)};
  before.policies.load(before.config);
  const auto list = before.policies.list({"a", "b"});
  CHECK(list->name() == "a, b");
  CHECK(before.policies.list({"b", "a"})->name() == "b, a");
  CHECK(before.policies.list({}) == policy::accept_all());
  const ReloadPlan same = plan_reload(before, parse(text));
  CHECK(same.policies.list({"a", "b"}) == list);
  CHECK(same.changes.at(4).policies.imports == list);
  const ReloadPlan other = plan_reload(before, parse(text, "p: [10.0.0.0/8]", "p: [12.0.0.0/8]"));
  CHECK(other.policies.list({"a", "b"}) != list);
  CHECK(other.changes.at(4).effects == config::Effects{Effect::Import, Effect::Export});
}

TEST_CASE("Of routes of our own a plan holds those that are others") {
  const std::string text = std::string(kBase) +
                           "originate: [{prefix: 10.1.0.0/16}, {prefix: 10.2.0.0/16, med: 1}, "
                           "{prefix: 10.3.0.0/16}]\n";
  RunningConfig before{.file = "test.yaml", .loaded_at = {}, .config = parse(text)};
  before.policies.load(before.config);
  CHECK(plan_reload(before, parse(text)).originate.empty());
  const std::string now = std::string(kBase) +
                          "originate: [{prefix: 10.3.0.0/16}, {prefix: 10.2.0.0/16, med: 2}, "
                          "{prefix: 10.0.0.0/16}]\n";
  const auto changes = plan_reload(before, parse(now)).originate;
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].prefix == *net::Prefix::parse("10.0.0.0/16"));
  CHECK(changes[0].route);
  CHECK_FALSE(changes[1].route);
  CHECK(changes[2].route->med == 2);
}

TEST_CASE("A plan tells neighbors apart by what happens to them") {
  const RunningConfig before = running();
  const ReloadPlan plan = plan_reload(
      before, parse(kBase, "one: {address: 192.0.2.1, asn: 1", "uno: {address: 192.0.2.1, asn: 2"));
  const control::ReloadResult result = summarize(plan);
  CHECK(result.ok);
  CHECK(result.added == std::vector<std::string>{"uno"});
  CHECK(result.removed == std::vector<std::string>{"one"});
  CHECK(result.reset.empty());
  CHECK(result.updated.empty());
  CHECK(summarize(plan_reload(before, parse(kBase, "asn: 64512", "asn: 64513"))).reset.size() == 4);
}

TEST_CASE("A router id that is given now and was the same before resets nobody") {
  RunningConfig before = running();
  before.config.router.id.reset();
  const ReloadPlan plan = plan_reload(before, parse(kBase));
  CHECK(plan.diff.keys.size() == 1);
  CHECK(summarize(plan).reset.empty());
}

TEST_CASE("The history keeps the last ones, and of those as many as there is room for") {
  ConfigHistory history;
  const auto config = std::make_shared<const config::Config>();
  const Origin start{.what = "start", .requester = {}};
  CHECK(history.running() == 0);
  CHECK(history.add(start, {}, {}, nullptr, 100) == 1);
  CHECK_FALSE(history.find(1));
  CHECK(history.rows().front().running);
  for (std::uint32_t i = 2; i <= 100; ++i) {
    CHECK(history.add({.what = "reload", .requester = control::Requester{.user = 0, .process = 7}},
                      {}, diff_of(i, 500), config, 100) == i);
  }
  const auto rows = history.rows();
  REQUIRE(rows.size() == ConfigHistory::kMaxEntries);
  CHECK(rows[0].number == 100);
  CHECK(rows[0].user == "root");
  CHECK(rows[0].changes == 100);
  CHECK(rows[0].first_changes.size() == ConfigHistory::kMaxChanges);
  CHECK(rows[0].first_changes[0].before.size() <= ConfigHistory::kMaxValue + 3);
  CHECK(history.find(99));
  CHECK_FALSE(history.find(100));  // the running one
  CHECK_FALSE(history.find(50));
  CHECK(Origin{.what = "reload", .requester = control::Requester{.user = 0, .process = 7}}
            .to_text() == "reload by root (pid 7)");

  // Large ones: the last one can always be gone back to.
  history.add(start, {}, {}, config, ConfigHistory::kMaxOctets);
  history.add(start, {}, {}, config, ConfigHistory::kMaxOctets);
  history.add(start, {}, {}, config, ConfigHistory::kMaxOctets);
  CHECK(history.find(102));
  CHECK_FALSE(history.find(101));
  CHECK_FALSE(history.find(99));
  CHECK(history.rows()[2].kept == false);
}
