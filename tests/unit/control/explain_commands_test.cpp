// `explain` in its three forms.
#include <set>

#include "tests/unit/catch.hpp"
#include "tests/unit/control/asking.hpp"

using namespace pipit;
using control::test::ask;
using control::test::FakeDaemon;
using control::test::keys;
using nlohmann::json;

TEST_CASE("explain of a prefix says what the deciding step compared and how next hops resolve") {
  FakeDaemon daemon;
  const json explain = ask(daemon, "explain", {{"prefix", "10.0.0.0/24"}}).at(0);
  CHECK(keys(explain) == std::set<std::string>{"done", "prefix", "address", "verdict", "candidates",
                                               "covering", "not_accepted", "kernel_routes"});
  const json& best = explain["candidates"][0];
  CHECK(best["next_hop_resolution"]["text"] == "on 192.0.2.0/24 dev eth0, cost 0");
  CHECK(best["received"].is_null());
  CHECK(best["void"] == false);
  const json& loser = explain["candidates"][1];
  CHECK(loser["step"] == "as path length");
  CHECK(loser["rule"] == "RFC 4271 §9.1.2.2 a");
  CHECK(loser["value"] == "3");
  CHECK(loser["better"] == "2");
  CHECK(loser["better_source"] == "n0");
  CHECK(loser["received"]["local_preference"].is_null());
  CHECK(loser["received"]["med"] == 5);
  CHECK(loser["next_hop_resolution"].is_null());
}

TEST_CASE("explain of a prefix that is not there says what covers it and what the kernel has") {
  FakeDaemon daemon;
  const json explain = ask(daemon, "explain", {{"prefix", "10.99.0.0/16"}}).at(0);
  CHECK(explain["candidates"] == json::array());
  CHECK(explain["covering"]["prefix"] == "10.0.1.0/24");
  CHECK(explain["not_accepted"][0]["prefix"] == "10.0.2.0/24");
  const json& kernel = explain["kernel_routes"][0];
  CHECK(kernel["imported"] == false);
  CHECK(kernel["protocol"] == "static");
  CHECK(kernel["text"] == "no import rule takes it");
  CHECK(kernel["rules"] == json{"rule 1 interface eth0 does not match cali*"});
}

TEST_CASE("explain neighbor is steps, a verdict and what to do") {
  FakeDaemon daemon;
  const json model = ask(daemon, "explain neighbor", {{"name", "n1"}}).at(0);
  CHECK(keys(model) ==
        std::set<std::string>{"done", "neighbor", "state", "verdict", "steps", "advice"});
  CHECK(model["steps"][1]["result"] == "stopped");
  CHECK(model["advice"] == json{"look for a firewall"});
  CHECK(ask(daemon, "explain neighbor", {{"name", "nobody"}}).at(0)["code"] == "not-found");
}

TEST_CASE("explain from and to are steps with results, policies rule by rule") {
  FakeDaemon daemon;
  const json from = ask(daemon, "explain", {{"prefix", "10.0.0.0/24"}, {"from", "n1"}}).at(0);
  CHECK(keys(from) == std::set<std::string>{"done", "prefix", "address", "from", "verdict", "steps",
                                            "paths", "kernel_routes"});
  CHECK(from["steps"][0] == json{{"stage", "session"},
                                 {"result", "passed"},
                                 {"text", "Established"},
                                 {"rule", ""},
                                 {"rules", json::array()}});
  const json& path = from["paths"][0];
  CHECK(path["received"]["as_path"] == "64512 65001 {65002,65003}");
  CHECK(path["accepted"].is_null());
  CHECK(path["steps"][0]["result"] == "stopped");
  CHECK(path["steps"][0]["rules"][0] ==
        json::parse(R"({"policy":"from-tor","number":1,"place":"pipitd.yaml:12","matched":true,
          "conditions":[{"name":"prefix","asked":"pods","had":"10.0.0.0/24","held":true,"depth":0}],
          "changes":[{"attribute":"local-preference","before":"100","after":"200"}],
          "then":"reject"})"));
  const json to = ask(daemon, "explain", {{"prefix", "10.0.0.0/24"}, {"to", "n0"}}).at(0);
  CHECK(keys(to) == std::set<std::string>{"done", "prefix", "address", "to", "verdict",
                                          "advertised", "steps", "best", "sent", "group",
                                          "write_queue_octets", "sent_not_before", "sent_not_after",
                                          "delivery", "installed"});
  CHECK(to["steps"][0]["result"] == "changed");
  CHECK(to["sent"]["originator_id"] == "192.0.2.9");
  CHECK(to["group"]["members"].size() == 5);
  CHECK(to["write_queue_octets"] == 2048);
  CHECK(to["sent_not_before"] == "2026-09-21T14:13:20Z");
  CHECK(to["sent_not_after"] == "2026-09-21T14:13:25Z");
  CHECK(to["delivery"] == "queued");
  CHECK(ask(daemon, "explain", {{"prefix", "10.0.0.0/24"}, {"to", "n0"}, {"from", "n0"}})
            .at(0)["code"] == "usage");
}

TEST_CASE("explain of an address explains its longest match") {
  FakeDaemon daemon;
  const json route = ask(daemon, "explain", {{"prefix", "10.0.0.7"}}).at(0);
  CHECK(route["prefix"] == "10.0.0.0/24");
  CHECK(route["address"] == "10.0.0.7");
  CHECK(route["candidates"].size() == 2);
  CHECK(ask(daemon, "explain", {{"prefix", "10.0.0.7"}, {"to", "n0"}}).at(0)["prefix"] ==
        "10.0.0.0/24");
  const json from = ask(daemon, "explain", {{"prefix", "10.0.0.7"}, {"from", "n1"}}).at(0);
  CHECK(from["prefix"] == "10.0.0.7/32");  // nothing of that neighbor's contains it
  CHECK(from["address"] == "10.0.0.7");
  const json exact = ask(daemon, "explain", {{"prefix", "10.0.0.7/32"}}).at(0);
  CHECK(exact["prefix"] == "10.0.0.7/32");
  CHECK(exact["address"].is_null());
}
