// The steps of the decision process, one by one and against the order of arrival.
#include "rib/table/decision.hpp"

#include <algorithm>
#include <random>

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

/// A candidate that is equal to every other one of its kind but for its number.
Candidate candidate(std::uint32_t number) {
  Candidate made;
  made.path = number;
  made.facts = {.as_path_length = 3, .neighbor_as = 64501};
  made.igp_cost = 10;
  made.changed_at = 100;
  made.router_id = 7;
  made.local_rank = 2;
  made.external = true;
  made.source = 3;
  made.neighbor = net::IpAddress::v4(0xc0000201);
  return made;
}

struct StepCase {
  Reason reason;
  void (*worsen)(Candidate& loser);
};

const std::vector<StepCase> kStepCases{
    {Reason::LocalRoute, [](Candidate& c) { c.local_rank = 3; }},
    {Reason::LocalPreference, [](Candidate& c) { c.facts.local_preference = 99; }},
    {Reason::AsPathLength, [](Candidate& c) { c.facts.as_path_length = 4; }},
    {Reason::Origin, [](Candidate& c) { c.facts.origin = bgp::Origin::Egp; }},
    {Reason::Med, [](Candidate& c) { c.facts.med = 1; }},
    {Reason::External, [](Candidate& c) { c.external = false; }},
    {Reason::IgpCost, [](Candidate& c) { c.igp_cost = 11; }},
    {Reason::RouterId, [](Candidate& c) { c.router_id = 8; }},
    {Reason::ClusterListLength, [](Candidate& c) { c.facts.cluster_list_length = 1; }},
    {Reason::NeighborAddress, [](Candidate& c) { c.neighbor = net::IpAddress::v4(0xc0000202); }},
    {Reason::PathId, [](Candidate& c) { c.path_id = 1; }},
};

const Candidate& of_path(const std::vector<Candidate>& all, std::uint32_t path) {
  return *std::find_if(all.begin(), all.end(),
                       [path](const Candidate& one) { return one.path == path; });
}

}  // namespace

TEST_CASE("Each step of the decision process decides between two otherwise equal paths") {
  for (const StepCase& step : kStepCases) {
    for (const bool worse_first : {false, true}) {
      INFO(name_of(step.reason));
      std::vector<Candidate> candidates{candidate(0), candidate(1)};
      step.worsen(candidates[worse_first ? 0 : 1]);
      const std::size_t equal = decide(candidates, {});
      CHECK(candidates[0].path == (worse_first ? 1 : 0));
      CHECK(candidates[0].lost == Reason::None);
      CHECK(candidates[1].lost == step.reason);
      CHECK(equal == (step.reason > Reason::IgpCost ? 2 : 1));
    }
  }
}

TEST_CASE("An earlier step outweighs all later ones") {
  for (std::size_t i = 0; i < kStepCases.size(); ++i) {
    INFO(name_of(kStepCases[i].reason));
    std::vector<Candidate> candidates{candidate(0), candidate(1)};
    kStepCases[i].worsen(candidates[0]);
    for (std::size_t later = i + 1; later < kStepCases.size(); ++later) {
      kStepCases[later].worsen(candidates[1]);
    }
    decide(candidates, {});
    CHECK(candidates[0].path == 1);
    CHECK(candidates[1].lost == kStepCases[i].reason);
  }
}

TEST_CASE("The table of steps names every reason of the decision process in order") {
  std::vector<Reason> reasons;
  for (const DecisionStep& step : decision_steps()) {
    reasons.push_back(step.reason);
    CHECK_FALSE(step.name.empty());
    CHECK_FALSE(describe(step.reason).empty());
  }
  REQUIRE(reasons.front() == Reason::LocalRoute);
  REQUIRE(reasons.back() == Reason::PathId);
  REQUIRE(std::is_sorted(reasons.begin(), reasons.end()));
  REQUIRE(reasons.size() == 13);
}

TEST_CASE("MULTI_EXIT_DISC is compared within one neighboring AS only") {
  std::vector<Candidate> candidates{candidate(0), candidate(1)};
  candidates[0].facts.med = 50;
  candidates[0].router_id = 1;
  candidates[1].facts.neighbor_as = 64502;
  decide(candidates, {});
  CHECK(candidates[0].path == 0);
  CHECK(of_path(candidates, 1).lost == Reason::RouterId);
  decide(candidates, {.always_compare_med = true});
  CHECK(candidates[0].path == 1);
  CHECK(of_path(candidates, 0).lost == Reason::Med);
}

TEST_CASE("The classic three paths give the same best path in every order of arrival") {
  // A beats B by MED, B beats C by router id, C beats A by router id: pairs go in a circle.
  std::vector<Candidate> base{candidate(0), candidate(1), candidate(2)};
  base[0].facts.med = 10;
  base[0].router_id = 3;
  base[1].facts.med = 20;
  base[1].router_id = 1;
  base[2].facts.neighbor_as = 64502;
  base[2].router_id = 2;
  std::vector<std::size_t> order{0, 1, 2};
  do {
    std::vector<Candidate> candidates;
    for (const std::size_t i : order) {
      candidates.push_back(base[i]);
    }
    decide(candidates, {});
    CHECK(candidates[0].path == 2);
    CHECK(of_path(candidates, 1).lost == Reason::Med);
    CHECK(of_path(candidates, 0).lost == Reason::RouterId);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("Without deterministic-med paths are compared in pairs in the order they came") {
  std::vector<Candidate> candidates{candidate(0), candidate(1), candidate(2)};
  candidates[0].facts.med = 10;
  candidates[0].router_id = 3;
  candidates[1].facts.med = 20;
  candidates[1].router_id = 1;
  candidates[2].facts.neighbor_as = 64502;
  candidates[2].router_id = 2;
  const BestPathOptions options{.deterministic_med = false};
  for (std::uint32_t i = 0; i < 3; ++i) {
    candidates[i].changed_at = i;
  }
  decide(candidates, options);  // A, B: A stays; A, C: C wins
  CHECK(candidates[0].path == 2);
  CHECK(of_path(candidates, 1).lost == Reason::Med);
  CHECK(of_path(candidates, 0).lost == Reason::RouterId);
  for (Candidate& one : candidates) {
    one.changed_at = one.path == 2 ? 0 : (one.path == 1 ? 1 : 2);
  }
  decide(candidates, options);  // C, B: B wins; B, A: A wins
  CHECK(candidates[0].path == 0);
}

TEST_CASE("Whatever the order of arrival, best path, equals and reasons are the same") {
  std::mt19937 random(7);
  const auto pick = [&random](unsigned n) { return static_cast<std::uint32_t>(random() % n); };
  for (int round = 0; round < 300; ++round) {
    std::vector<Candidate> base;
    for (std::uint32_t i = 0; i < 2 + pick(7); ++i) {
      Candidate one = candidate(i);
      one.facts.local_preference = 100 + pick(2);
      one.facts.as_path_length = 2 + pick(2);
      one.facts.neighbor_as = 64500 + pick(3);
      one.facts.med = pick(3);
      one.external = pick(3) != 0;
      one.igp_cost = pick(2);
      one.router_id = pick(3);
      one.changed_at = pick(3);
      one.source = static_cast<SourceId>(3 + i);
      base.push_back(one);
    }
    const BestPathOptions options{.always_compare_med = pick(4) == 0,
                                  .compare_router_id = pick(2) == 0,
                                  .ignore_as_path = pick(4) == 0};
    std::vector<Candidate> first = base;
    const std::size_t equal = decide(first, options);
    for (int shuffle = 0; shuffle < 5; ++shuffle) {
      std::shuffle(base.begin(), base.end(), random);
      std::vector<Candidate> again = base;
      REQUIRE(decide(again, options) == equal);
      for (std::size_t i = 0; i < equal; ++i) {
        REQUIRE(again[i].path == first[i].path);
      }
      for (const Candidate& one : again) {
        REQUIRE(one.lost == of_path(first, one.path).lost);
      }
    }
    REQUIRE(first[0].lost == Reason::None);
    REQUIRE(std::count_if(first.begin(), first.end(),
                          [](const Candidate& one) { return one.lost == Reason::None; }) == 1);
  }
}

TEST_CASE("compare-router-id false lets the older of two external paths win") {
  std::vector<Candidate> candidates{candidate(0), candidate(1)};
  candidates[0].router_id = 1;
  candidates[1].changed_at = 50;
  decide(candidates, {.compare_router_id = false});
  CHECK(candidates[0].path == 1);
  CHECK(candidates[1].lost == Reason::Age);
  for (Candidate& one : candidates) {
    one.external = false;
  }
  decide(candidates, {.compare_router_id = false});
  CHECK(candidates[0].path == 0);
}

TEST_CASE("ignore-as-path leaves out the comparison of AS_PATH lengths") {
  std::vector<Candidate> candidates{candidate(0), candidate(1)};
  candidates[0].facts.as_path_length = 9;
  candidates[0].router_id = 1;
  decide(candidates, {.ignore_as_path = true});
  CHECK(candidates[0].path == 0);
}

TEST_CASE("No candidate and one candidate need no steps") {
  std::vector<Candidate> candidates;
  CHECK(decide(candidates, {}) == 0);
  candidates.push_back(candidate(0));
  CHECK(decide(candidates, {}) == 1);
  CHECK(candidates[0].lost == Reason::None);
}
