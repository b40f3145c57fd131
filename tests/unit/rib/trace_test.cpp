// What import, decision and export note for `explain`: the steps of the code that decides.
#include "rib/table/trace.hpp"

#include <fmt/format.h>

#include "bgp/wire/community.hpp"
#include "policy/options.hpp"
#include "rib/view.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/rib/export_fixture.hpp"

namespace pipit::rib {
namespace {

/// "own-as: AS 64500 is not in AS_PATH", with "!" in front where the route was stopped and "~"
/// where it was changed.
std::vector<std::string> lines(const Trace& trace) {
  std::vector<std::string> out;
  for (const policy::Step& step : trace.steps) {
    const std::string mark = step.result == policy::Step::Result::Stopped   ? "!"
                             : step.result == policy::Step::Result::Changed ? "~"
                                                                            : "";
    out.push_back(mark + step.stage + ": " + step.text);
  }
  return out;
}

using Lines = std::vector<std::string>;

/// A policy of one rule: within 10.1.0.0/16, set LOCAL_PREF 200 and accept.
policy::PolicyRef preferring() {
  policy::PolicyOptions options;
  policy::RuleOptions rule;
  rule.match.prefix.ranges = {{prefix("10.1.0.0/16"), 16, 32}};
  rule.set.local_preference = 200;
  rule.then = policy::Then::Accept;
  options.policies["ours"] = {rule};
  return policy::compile(options).at("ours");
}

struct ImportScene : RibFixture {
  SourceId from = neighbor("192.0.2.1", 64501, 9);

  /// What import notes of the source's path to 10.1.0.0/16.
  Trace trace(const RouteText& text) {
    announce(from, text, {"10.1.0.0/16"});
    loop.settle();
    const Path* const stored = path("10.1.0.0/16", from);
    REQUIRE(stored != nullptr);
    Trace found;
    traced = rib.trace_import(from, stored->received, route("10.1.0.0/16"), found);
    CHECK((traced.reason == Reason::Undecided || traced.reason == stored->reason));
    return found;
  }

  Rib::Traced traced;
};

}  // namespace

TEST_CASE("Import notes each check with what it looked at", "[rib][trace]") {
  ImportScene f;
  CHECK(lines(f.trace({})) ==
        Lines{"first-as: AS_PATH begins with AS 64501", "as-sets: no AS_SET in AS_PATH",
              "own-as: AS 64500 is not in AS_PATH", "own-originator-id: no ORIGINATOR_ID",
              "own-cluster-id: no CLUSTER_LIST",
              "next-hop-host: NEXT_HOP 192.0.2.1 is the address of a host",
              "import-policy: accept accepts"});
  CHECK(f.traced.attributes);
}

TEST_CASE("Import notes where it stopped, and nothing after that", "[rib][trace]") {
  ImportScene f;
  CHECK(lines(f.trace({.as_path = "64501 64500 64500"})) ==
        Lines{"first-as: AS_PATH begins with AS 64501", "as-sets: no AS_SET in AS_PATH",
              "!own-as: AS 64500 is in AS_PATH 2 times, never allowed (allow-own-as)"});
  CHECK(f.traced.reason == Reason::OwnAs);
  CHECK_FALSE(f.traced.attributes);
  CHECK(lines(f.trace({.next_hop = "127.0.0.1"})).back() ==
        "!next-hop-host: NEXT_HOP 127.0.0.1 is no address of a host");
}

TEST_CASE("Import notes first AS, AS_SETs and unwanted attributes, refused or let pass",
          "[rib][trace][rfc9774-3][rfc7606-2]") {
  ImportScene f;
  Source& source = f.rib.sources()[f.from];
  source.enforce_first_as = true;
  source.refuse_as_sets = true;
  CHECK(lines(f.trace({.as_path = "64502 64501"})) ==
        Lines{"!first-as: AS_PATH 64502 64501 does not begin with AS 64501"});
  CHECK(lines(f.trace({.as_path = "64501 {64502,64503}"})).back() ==
        "!as-sets: AS_SET in AS_PATH 64501 {64502,64503}");
  source.enforce_first_as = false;
  source.refuse_as_sets = false;
  const Lines passed = lines(f.trace({.as_path = "64502 {64503}"}));
  CHECK(passed[0] ==
        "first-as: AS_PATH 64502 {64503} does not begin with AS 64501 (enforce-first-as: false)");
  CHECK(passed[1] == "as-sets: AS_SET in AS_PATH 64502 {64503} (as-sets: accept)");
  source.unwanted.treat_as_withdraw.set(4);
  CHECK(lines(f.trace({}))[2] ==
        "treat-as-withdraw: no attribute that attributes.treat-as-withdraw names");
  CHECK(lines(f.trace({.med = 7})).back() ==
        "!treat-as-withdraw: has MULTI_EXIT_DISC (attributes.treat-as-withdraw)");
  source.unwanted = {};
  source.unwanted.discard.set(4).set(99);
  const Lines discarded = lines(f.trace({.med = 7}));
  CHECK(discarded[discarded.size() - 2] ==
        "~discard-attributes: without MULTI_EXIT_DISC (attributes.discard)");
}

TEST_CASE("Import notes GRACEFUL_SHUTDOWN as its last step", "[rib][trace][rfc8326-4.2]") {
  ImportScene f;
  f.rib.sources()[f.from].graceful_shutdown = true;
  f.rib.sources()[f.from].import_policy = preferring();
  bgp::UpdateMessage update = announcement({}, {"10.1.0.0/16"});
  net::ByteWriter(update.attributes.communities)
      .u32(static_cast<std::uint32_t>(bgp::WellKnown::GracefulShutdown));
  f.rib.on_update(f.from, update);
  f.loop.settle();
  Trace trace;
  const Rib::Traced traced = f.rib.trace_import(f.from, f.path("10.1.0.0/16", f.from)->received,
                                                route("10.1.0.0/16"), trace);
  const Lines found = lines(trace);
  CHECK(found[found.size() - 2] == "import-policy: ours accepts by rule 1");
  CHECK(found.back() == "~graceful-shutdown: community graceful-shutdown: local preference 0");
  CHECK(traced.attributes->local_preference == 0U);
}

TEST_CASE("Import notes loops of route reflection", "[rib][trace][rfc4456]") {
  ImportScene f;
  f.from = f.neighbor("192.0.2.2", 64500, 8);
  CHECK(lines(f.trace({.originator_id = 1})).back() ==
        "!own-originator-id: ORIGINATOR_ID 0.0.0.1 is this router");
  const Lines passed = lines(f.trace({.originator_id = 5, .cluster_list = {7}}));
  CHECK(passed[2] == "own-originator-id: ORIGINATOR_ID 0.0.0.5 is another router");
  CHECK(passed[3] == "own-cluster-id: CLUSTER_LIST 0.0.0.7 does not hold a cluster of ours");
  CHECK(lines(f.trace({.originator_id = 5, .cluster_list = {7, 1}})).back() ==
        "!own-cluster-id: CLUSTER_LIST 0.0.0.7 0.0.0.1 holds a cluster of ours");
}

TEST_CASE("Import notes the rules that policy tried, and gives back every reference",
          "[rib][trace]") {
  ImportScene f;
  f.rib.sources()[f.from].import_policy = preferring();
  const Trace trace = f.trace({});
  REQUIRE(lines(trace).back() == "import-policy: ours accepts by rule 1");
  const auto& rules = trace.steps.back().rules;
  REQUIRE(rules.size() == 1);
  CHECK(rules[0].policy == "ours");
  CHECK(rules[0].number == 1);
  CHECK(rules[0].matched);
  REQUIRE(rules[0].conditions.size() == 1);
  CHECK(rules[0].conditions[0].had == "10.1.0.0/16");
  REQUIRE(rules[0].changes.size() == 1);
  CHECK(rules[0].changes[0].after == "200");
  CHECK(rules[0].then == "accept");
  CHECK(f.traced.attributes->local_preference == 200U);
  f.rib.peer_down(f.from);
  f.loop.settle();
  CHECK(f.rib.attributes().size() == 0);
}

TEST_CASE("The rule that decided is told with its policy where there are several", "[rib][trace]") {
  policy::PolicyOptions options;
  const auto rule = [](policy::Then then) { return policy::RuleOptions{.then = then}; };
  options.policies["first"] = {rule(policy::Then::NextPolicy)};
  options.policies["inner"] = {rule(policy::Then::None), rule(policy::Then::Reject)};
  options.policies["calling"] = {rule(policy::Then::Call)};
  options.policies["calling"].front().call = "inner";
  const policy::PolicyMap policies = policy::compile(options);
  const auto last_line = [](const std::vector<policy::PolicyRef>& list) {
    ImportScene f;
    f.rib.sources()[f.from].import_policy = policy::in_sequence(list);
    return lines(f.trace({})).back();
  };
  CHECK(last_line({policies.at("inner")}) == "!import-policy: inner rejects by rule 2");
  CHECK(last_line({policies.at("first"), policies.at("inner")}) ==
        "!import-policy: first, inner rejects by rule 2 of inner");
  CHECK(last_line({policies.at("calling")}) ==
        "!import-policy: calling rejects by rule 2 of inner");
}

TEST_CASE("Import notes that an external neighbor without policy gives nothing",
          "[rib][trace][rfc8212]") {
  ImportScene f;
  f.rib.sources()[f.from].import_policy = policy::rfc8212_default();
  const Lines found = lines(f.trace({}));
  CHECK(found.back().starts_with("!import-policy: no policy is configured"));
  CHECK(f.traced.reason == Reason::NoPolicy);
}

TEST_CASE("The decision process says what the deciding step compared", "[rib][trace]") {
  RibFixture f;
  const SourceId a = f.neighbor("192.0.2.1", 64501, 9);
  const SourceId b = f.neighbor("192.0.2.2", 64501, 8);
  const SourceId c = f.neighbor("192.0.2.3", 64502, 7);
  const auto compared = [&](SourceId of) {
    f.loop.settle();
    const Table& table = f.rib.table(net::kIpv4Unicast);
    const DestinationId id = table.find(route("10.1.0.0/16"));
    std::vector<PathView> paths;
    paths_of(table, id, paths);
    const auto path = std::ranges::find(paths, of, &PathView::source);
    REQUIRE(path != paths.end());
    const auto found = comparison(table.decided(id), path->slot, f.rib.now());
    if (!found) {
      return std::string("none");
    }
    CHECK(found->step == path->reason);  // what stands in the table came of the same comparison
    return fmt::format("{} {} against {} of {}", name_of(found->step), found->value, found->better,
                       f.rib.sources()[found->better_from].name);
  };
  f.announce(a, {.as_path = "64501 7", .med = 20}, {"10.1.0.0/16"});
  f.announce(b, {.as_path = "64501 7", .med = 10}, {"10.1.0.0/16"});
  f.announce(c, {.as_path = "64502 7", .med = 30}, {"10.1.0.0/16"});
  CHECK(compared(c) == "none");
  CHECK(compared(b) == "router-id 0.0.0.8 against 0.0.0.7 of 192.0.2.3");
  // MED is compared inside of one neighboring AS: a lost to b, not to the best path.
  CHECK(compared(a) == "med 20 against 10 of 192.0.2.2");
  f.announce(b, {.as_path = "64501"}, {"10.1.0.0/16"});
  CHECK(compared(a) == "as-path-length 2 against 1 of 192.0.2.2");
}

TEST_CASE("The decision process in pairs says whom a path lost to", "[rib][trace]") {
  RibOptions options{.asn = 64500, .router_id = 1, .cluster_id = 1};
  options.best_path.deterministic_med = false;
  RibFixture f(options);
  const SourceId a = f.neighbor("192.0.2.1", 64501, 9);
  const SourceId b = f.neighbor("192.0.2.2", 64501, 8);
  f.announce(a, {.med = 20}, {"10.1.0.0/16"});
  f.announce(b, {.med = 10}, {"10.1.0.0/16"});
  f.loop.settle();
  const Table& table = f.rib.table(net::kIpv4Unicast);
  const auto candidates = table.decided(table.find(route("10.1.0.0/16")));
  REQUIRE(candidates.size() == 2);
  CHECK(candidates[1].lost == Reason::Med);
  CHECK(candidates[1].lost_to == candidates[0].path);
}

namespace {

/// A reflector with a client, two non-clients and an external neighbor.
struct ExportScene : ExportFixture {
  SourceId client = internal_neighbor("192.0.2.1", 11, true);
  SourceId one = internal_neighbor("192.0.2.2", 12, false);
  SourceId other = internal_neighbor("192.0.2.3", 13, false);
  SourceId outside = neighbor("198.51.100.1", 64999, 14);
  Receiver receiver{true};
  ExportExplanation why;

  Lines explain(const MemberInfo& to) {
    const MemberId id = groups.add_member(to, receiver);
    loop.settle();
    receiver.drain();
    Trace trace;
    why = groups.explain_export(id, net::kIpv4Unicast, find("10.1.0.0/16"), &trace);
    groups.remove_member(id);
    return lines(trace);
  }

  MemberInfo external() const {
    MemberInfo info = member_info(outside);
    info.internal = false;
    return info;
  }

  void offer(SourceId from, const RouteText& text = {}) {
    announce(from, text, {"10.1.0.0/16"});
    loop.settle();
  }
};

}  // namespace

TEST_CASE("Export notes split horizon and ends there", "[rib][trace]") {
  ExportScene f;
  f.offer(f.client);
  CHECK(f.explain(f.member_info(f.client)) ==
        Lines{"!split-horizon: the best path comes from this neighbor"});
  CHECK(f.why.verdict == ExportVerdict::OwnRoute);
}

TEST_CASE("Export notes the reflection rule", "[rib][trace][rfc4456]") {
  ExportScene f;
  f.offer(f.one);
  CHECK(f.explain(f.member_info(f.other)).back() ==
        "!reflection: from a non-client to a non-client: not reflected (neither has "
        "route-reflector-client)");
  CHECK(f.explain(f.member_info(f.client)) ==
        Lines{"split-horizon: the best path comes from somebody else",
              "reflection: from a non-client to a client",
              "no-advertise: no community no-advertise",
              "export-policy: no policy: everything is accepted",
              "next-hop: 192.0.2.1 (unchanged): a reflected route keeps it (RFC 4456 §10)",
              "~local-preference: 100 (the default)",
              "~originator-id: 0.0.0.12 (the neighbor that it comes from)",
              "~cluster-list: 0.0.0.1 is put in front"});
  CHECK(f.why.told);
  CHECK(f.why.lag == 0);
}

TEST_CASE("Export notes what happens towards an external neighbor", "[rib][trace]") {
  ExportScene f;
  f.offer(f.client, {.med = 7});
  CHECK(f.explain(f.external()) ==
        Lines{"split-horizon: the best path comes from somebody else",
              "reflection: does not apply: the receiver is external",
              "no-advertise: no community no-advertise", "no-export: no community no-export",
              "export-policy: no policy: everything is accepted",
              "~clear-med: 7, which no policy set, stays inside the AS",
              "~next-hop: 10.0.0.1 (self): towards an external neighbor it is this router",
              "~as-path: AS 64500 is put in front",
              "~local-preference: left out towards an external neighbor"});
}

TEST_CASE("Export notes well-known communities", "[rib][trace][rfc1997]") {
  ExportScene f;
  bgp::UpdateMessage update = announcement({}, {"10.1.0.0/16"});
  net::ByteWriter(update.attributes.communities)
      .u32(static_cast<std::uint32_t>(bgp::WellKnown::NoExport));
  f.rib.on_update(f.client, update);
  f.loop.settle();
  CHECK(f.explain(f.external()).back() == "!no-export: community no-export: does not leave the AS");
  CHECK(f.explain(f.member_info(f.one)).back() == "~cluster-list: 0.0.0.1 is put in front");
}

TEST_CASE("Export notes policy, RFC 8212 and next hops that are not there",
          "[rib][trace][rfc8212]") {
  ExportScene f;
  f.offer(f.client);
  MemberInfo to = f.external();
  to.export_policy = policy::rfc8212_default();
  CHECK(f.explain(to).back().starts_with("!export-policy: no policy is configured"));
  to.export_policy = policy::reject_all();
  CHECK(f.explain(to).back() == "!export-policy: reject rejects everything");
  to.export_policy = preferring();
  to.families[0]->self_next_hop.reset();
  const Lines found = f.explain(to);
  CHECK(found[found.size() - 2] == "export-policy: ours accepts by rule 1");
  CHECK(found.back() ==
        "!next-hop: self: towards an external neighbor it is this router; but this router has no "
        "address of the family there");
}

TEST_CASE("Void paths are shown on demand only", "[rib][trace]") {
  RibFixture f;
  const SourceId a = f.neighbor("192.0.2.1", 64501, 9);
  f.announce(a, {}, {"10.1.0.0/16"});
  f.loop.settle();
  f.rib.peer_down(a);  // swept away in a later slice
  const Table& table = f.rib.table(net::kIpv4Unicast);
  const DestinationId id = table.find(route("10.1.0.0/16"));
  std::vector<PathView> paths;
  paths_of(table, id, paths);
  CHECK(paths.empty());
  paths_of(table, id, paths, VoidPaths::Show);
  REQUIRE(paths.size() == 1);
  CHECK(paths[0].is_void);
  CHECK_FALSE(paths[0].eligible);
}

}  // namespace pipit::rib
