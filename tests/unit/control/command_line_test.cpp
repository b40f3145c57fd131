// The pipit command as a process against a server.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/unit/catch.hpp"
#include "tests/unit/control/running_command.hpp"

using namespace pipit;
using namespace pipit::control;
using control::test::document;
using control::test::FakeDaemon;
using control::test::has;
using control::test::Outcome;
using control::test::run;
using control::test::RunningServer;
using nlohmann::json;

TEST_CASE("With --json every command prints one JSON document") {
  RunningServer server;
  const json neighbors = document(server, {"show", "neighbors"});
  REQUIRE(neighbors.is_array());
  CHECK(neighbors.size() == 3);
  CHECK(neighbors[0]["state"] == "Established");
  const json routes = document(server, {"show", "routes"});
  CHECK(routes["total"] == 6);
  CHECK(routes["routes"].size() == 6);
  CHECK(document(server, {"show", "routes", "family", "ipv6"}) ==
        json{{"routes", json::array()}, {"total", 0}});
  CHECK(document(server, {"show", "routes", "count"}) == json{{"total", 6}});
  const json some = document(server, {"show", "routes", "limit", "2"});
  CHECK(some["truncated"] == true);
  CHECK(some["routes"].size() == 2);
  CHECK(document(server, {"show", "route", "10.0.0.1"})["routes"].size() == 2);
  CHECK(document(server, {"show", "route", "192.0.2.1"}, 1)["total"] == 0);
  CHECK(document(server, {"show", "neighbor", "n0"})["name"] == "n0");
  CHECK(document(server, {"show", "kernel"}).size() == 2);
  CHECK(document(server, {"show", "next-hops"}).size() == 2);
  CHECK(document(server, {"show", "groups"}).size() == 1);
  CHECK(document(server, {"show", "policies"})[0]["rules"].size() == 2);
  CHECK(document(server, {"show", "sets"}).size() == 2);
  CHECK(document(server, {"show", "memory"})["parts"].size() == 2);
  CHECK(document(server, {"show", "config"})["config"]["router"]["asn"] == 64512);
  CHECK(document(server, {"status"})["asn"] == 64512);
  CHECK(document(server, {"explain", "10.0.0.0/24"})["candidates"].size() == 2);
  CHECK(document(server, {"explain", "10.99.0.0/24"}, 1)["candidates"].empty());
  CHECK(document(server, {"explain", "10.0.0.0/24", "from", "n1"})["paths"].size() == 1);
  CHECK(document(server, {"explain", "10.0.0.0/24", "to", "n0"})["advertised"] == true);
  CHECK(document(server, {"neighbor", "n0", "reset"}) == json{{"message", "reset n0"}});
  CHECK(document(server, {"reload"})["ok"] == true);
  CHECK(document(server, {"show", "neighbor", "nobody"}, 1)["code"] == "not-found");
  CHECK(document(server, {"show", "nonsense"}, 2)["error"].is_string());
  server.with([](FakeDaemon& daemon, Server&) { daemon.neighbor_count = 0; });
  CHECK(document(server, {"show", "neighbors"}) == json::array());
}

TEST_CASE("Explanations read from top to bottom, the reason first") {
  RunningServer server;
  const std::string route = run(server, {"explain", "10.0.0.0/24"}).out;
  CHECK(has(route, "10.0.0.0/24: 2 paths\n  the path from n0 is best\n"));
  CHECK(has(route, "as path length 3 against 2 of n0 (RFC 4271 §9.1.2.2 a)"));
  CHECK(has(route, "192.0.2.1: on 192.0.2.0/24 dev eth0, cost 0"));
  CHECK(has(route, "n1: local preference - -> 100\n"));
  const Outcome absent = run(server, {"explain", "10.99.0.0/24"});
  CHECK(absent.status == 1);
  CHECK(has(absent.out, "10.0.2.0/24 from n1: longer AS path"));
  CHECK(has(absent.out, "proto static dev eth0: no import rule takes it"));
  CHECK(has(absent.out, "rule 1 interface eth0 does not match cali*"));
  const std::string from = run(server, {"explain", "10.0.0.0/24", "from", "n1"}).out;
  CHECK(has(from, "10.0.0.0/24 from n1\n  not accepted: rejected by import policy\n"));
  CHECK(has(from, "NO   import policy  from-tor rejects by rule 1 (RFC 4271 §9.1)\n"));
  CHECK(has(from, "from-tor rule 1 matches  (pipitd.yaml:12)\n"));
  CHECK(has(from, "yes prefix pods: has 10.0.0.0/24\n"));
  CHECK(has(from, "set local-preference 100 -> 200\n"));
  const std::string to = run(server, {"explain", "10.0.0.0/24", "to", "n0"}).out;
  CHECK(has(to, "10.0.0.0/24 to n0\n  advertised\n"));
  CHECK(has(to, "set  next hop  192.0.2.10 (self)\n"));
  CHECK(has(to, "members: n0 n1 n2 n3 n4\n"));
  CHECK(has(to, "2.0 KiB in the neighbor's write queue"));
  const Outcome session = run(server, {"explain", "neighbor", "n1"});
  CHECK(session.status == 0);
  CHECK(has(session.out, "session with n1\n  Connect, at tcp: 3 SYNs unanswered in 7s\n"));
  CHECK(has(session.out, "NO   tcp    3 SYNs unanswered in 7s\n"));
  CHECK(has(session.out, "What to do\n    look for a firewall\n"));
}

TEST_CASE("Text answers are tables and sentences") {
  RunningServer server;
  const Outcome neighbors = run(server, {"show", "neighbors"});
  CHECK(neighbors.status == 0);
  CHECK(has(neighbors.out, "NAME  ADDRESS"));
  CHECK(has(neighbors.out, "Established"));
  CHECK(has(neighbors.out, "3m12s"));
  CHECK(has(neighbors.out, "1,200"));
  CHECK(has(neighbors.out, "down 7s"));
  CHECK(has(neighbors.out, "Idle (shut down)"));
  CHECK(has(neighbors.out, "never up"));
  CHECK(has(neighbors.out, "Hold Timer Expired; now: connection refused: RST from 192.0.2.1"));
  CHECK(has(neighbors.out, "! n1: no import policy"));
  CHECK(has(neighbors.out, "3 neighbors, 1 established"));
  CHECK_FALSE(has(neighbors.out, "\x1b"));
  const Outcome neighbor = run(server, {"show", "neighbor", "n0"});
  CHECK(has(neighbor.out, "ORIGIN: bad value (RFC 7606 7.1)  10.0.0.0/8, 10.1.0.0/16 and"));
  CHECK(has(neighbor.out, "Established  Idle  Hold Timer Expired"));
  CHECK(has(neighbor.out, "received 2026-09-21T14:13:20Z, sent none"));
  CHECK(has(run(server, {"status"}).out, "n1    Active   7s  Hold Timer Expired"));
  CHECK(has(neighbor.out, "Cease/Administrative Shutdown (6/2) \"maint \\x1b[31m"));
  CHECK(has(neighbor.out, "ORIGIN 7"));
  const Outcome routes = run(server, {"show", "routes"});
  CHECK(has(routes.out, "*>  10.0.0.0/24"));
  CHECK(has(routes.out, "64512 65001 {65002,65003} i"));
  CHECK(has(routes.out, "6 paths"));
  const Outcome route = run(server, {"show", "route", "10.0.1.9"});
  CHECK(has(route.out, "best via 192.0.2.1 from n0 (bgp), age 1d02h"));
  CHECK(has(route.out, "rt:64512:7"));
  CHECK(has(route.out, "flags 0xe0, data abcd"));
  CHECK(has(run(server, {"status"}).out, "node-a  AS 64512  router id 192.0.2.10"));
  CHECK(has(run(server, {"show", "groups"}).out, "SLOWED"));
  CHECK(document(server, {"show", "groups"})[0]["slow_events"] == 3);
  CHECK(has(run(server, {"status"}).out, "longest turn 3.1 ms, latest timer 1012.0 ms"));
  CHECK(has(run(server, {"show", "kernel"}).out, "via fe80::2 dev eth0 onlink"));
  CHECK(has(run(server, {"show", "next-hops"}).out, "unreachable"));
  CHECK(has(run(server, {"show", "groups"}).out, "n0 n1 n2 n3 and 1 more"));
  const Outcome policies = run(server, {"show", "policies"});
  CHECK(has(policies.out, "to-tor  used by tor-a export"));
  CHECK(has(policies.out, "prefix pods; source kernel  med 50  accept  pipitd.yaml:30"));
  CHECK(has(policies.out, "every route"));
  CHECK(has(policies.out, "spare  used by nobody"));
  CHECK(has(run(server, {"show", "sets"}).out, "bogons.txt"));
  CHECK(has(run(server, {"show", "memory"}).out, "2.0 KiB"));
  CHECK(has(run(server, {"show", "config"}).out, "router:\n  asn: 64512\n"));
  CHECK(run(server, {"show", "routes", "count"}).out == "6 paths\n");
  CHECK(run(server, {"neighbor", "n0", "disable", "back", "soon"}).out ==
        "disable n0: back soon\n");
}

TEST_CASE("Short answers are sorted, long ones stream completely") {
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) { daemon.destinations = 5'000; });
  const Outcome all = run(server, {"show", "routes"});
  CHECK(std::ranges::count(all.out, '\n') == 10'002);
  CHECK(has(all.out, "10,000 paths"));
  CHECK(document(server, {"show", "routes"})["routes"].size() == 10'000);
}

TEST_CASE("The exit status says what happened") {
  RunningServer server;
  CHECK(run(server, {"show", "neighbor", "nobody"}).status == 1);
  CHECK(run(server, {"show", "route", "192.0.2.1"}).status == 1);
  CHECK(run(server, {"dance"}).status == 2);
  CHECK(run(server, {}).status == 2);
  CHECK(run(server, {"--frobnicate", "status"}).status == 2);
  CHECK(run(server, {"show", "routes", "longer"}).status == 2);
  CHECK(run({"--socket"}).status == 2);
  const Outcome unreachable = run({"--socket", "/nonexistent/pipit.sock", "status"});
  CHECK(unreachable.status == 3);
  CHECK(has(unreachable.err, "is pipitd running?"));
  CHECK(has(run({"--socket", "/nonexistent/pipit.sock", "check", "x"}).err, "pipitd --check"));
  const Outcome down = run({"--socket", "/nonexistent/pipit.sock", "--json", "status"});
  CHECK(down.status == 3);
  CHECK(json::parse(down.out)["error"].is_string());
  CHECK(run({"--version"}).out == "pipit " PIPIT_VERSION "\n");
  CHECK(has(run({"--help"}).out, "show neighbors"));
  CHECK(has(run({"help", "show", "routes"}).out, "[longer]"));
  server.with([](FakeDaemon& daemon, Server&) { daemon.reload_ok = false; });
  const Outcome reload = run(server, {"reload"});
  CHECK(reload.status == 1);
  CHECK(has(reload.out, "unknown key\n  foo: 1\n  ^\n"));
  CHECK(document(server, {"reload"}, 1)["ok"] == false);
}

TEST_CASE("check sends an absolute path and reports what is wrong") {
  RunningServer server;
  const std::string good = server.directory().path("good.yaml");
  const std::string bad = server.directory().path("bad.yaml");
  std::ofstream(good) << "fine";
  std::ofstream(bad) << "bad";
  CHECK(run(server, {"check", good}).status == 0);
  const Outcome outcome = run(server, {"check", bad});
  CHECK(outcome.status == 1);
  CHECK(has(outcome.out, "the configuration has errors"));
  CHECK(run(server, {"check", "no/such/file"}).status == 1);
}

TEST_CASE("Completion asks the daemon for neighbor names") {
  RunningServer server;
  const Outcome names =
      run({"complete", "--", "--socket", server.socket(), "show", "neighbor", ""});
  CHECK(names.status == 0);
  CHECK(names.out == "n0\tneighbor\nn1\tneighbor\nn2\tneighbor\n");
  CHECK(run({"complete", "--", "--socket", "/nonexistent/x", "show", "neighbor", ""}).out.empty());
  CHECK(has(run({"completion", "bash"}).out, "complete -F _pipit pipit"));
  const Outcome groups =
      run({"complete", "--", "--socket", server.socket(), "neighbor", "group", ""});
  CHECK(groups.out == "clients\tgroup\n");
  const Outcome of_routes =
      run({"complete", "--", "--socket", server.socket(), "show", "neighbors", "group", "c"});
  CHECK(of_routes.out == "clients\tgroup\n");
}

TEST_CASE("PIPIT_SOCKET says where the daemon listens, --socket says it louder") {
  RunningServer server;
  ::setenv("PIPIT_SOCKET", server.socket().c_str(), 1);
  CHECK(run({"show", "neighbors"}).status == 0);
  CHECK(has(run({"complete", "--", "show", "neighbor", ""}).out, "n0\tneighbor"));
  CHECK(run({"--socket", "/nonexistent/pipit.sock", "show", "neighbors"}).status == 3);
  ::setenv("PIPIT_SOCKET", "/nonexistent/other.sock", 1);
  CHECK(has(run({"status"}).err, "/nonexistent/other.sock"));
  CHECK(run(server, {"status"}).status == 0);
  ::unsetenv("PIPIT_SOCKET");
  CHECK(has(run({"--help"}).out, "PIPIT_SOCKET"));
}

TEST_CASE("Rejected paths come with the rule and its place, in words and in JSON") {
  RunningServer server;
  const std::string routes = run(server, {"show", "routes", "rejected"}).out;
  CHECK(has(routes, "REJECTED BY"));
  CHECK(has(routes, "from-tor rejects by rule 2  pipitd.yaml:12\n"));
  const json row = document(server, {"show", "routes", "rejected"})["routes"][0];
  CHECK(row["rejected_by"] ==
        json::parse(R"({"stage":"import-policy","text":"from-tor rejects by rule 2",
          "section":null,"policy":"from-tor","number":2,"place":"pipitd.yaml:12"})"));
  CHECK_FALSE(document(server, {"show", "routes"})["routes"][0].contains("rejected_by"));
  CHECK(has(run(server, {"show", "routes", "neighbor", "n1", "rejected", "detail"}).out,
            "Rejected by          from-tor rejects by rule 2  (pipitd.yaml:12)\n"));
}

TEST_CASE("show routes detail says all that show route says, of every path") {
  RunningServer server;
  const Outcome detail = run(server, {"show", "routes", "detail"});
  CHECK(has(detail.out, "10.0.0.0/24\n  best via 192.0.2.1 from n0 (bgp), age 1d02h\n"));
  CHECK(has(detail.out, "10.0.2.0/24\n"));
  CHECK(has(detail.out, "      Large communities    64512:1:2\n"));
  CHECK(has(detail.out, "6 paths\n"));
  const std::string one = run(server, {"show", "route", "10.0.1.9"}).out;
  CHECK(has(detail.out, one));
  CHECK(run(server, {"show", "routes", "detail", "count"}).out == "6 paths\n");
  CHECK(document(server, {"show", "routes", "detail"})["total"] == 6);
}

TEST_CASE("What is not there is said in words, without a header above nothing") {
  RunningServer server;
  CHECK(run(server, {"show", "routes", "family", "ipv6"}).out == "no routes\n");
  CHECK(run(server, {"show", "neighbors", "asn", "4200000000"}).out == "no neighbor fits\n");
  CHECK(has(run(server, {"show", "policies"}).out, "no rules: it rejects every route"));
  server.with([](FakeDaemon& daemon, Server&) { daemon.neighbor_count = 0; });
  CHECK(run(server, {"show", "neighbors"}).out == "no neighbors configured\n");
}

TEST_CASE("An explanation of an address says which prefix it took") {
  RunningServer server;
  const std::string text = run(server, {"explain", "10.0.0.7"}).out;
  CHECK(has(text, "10.0.0.0/24: 2 paths\n  10.0.0.0/24 is the longest match of 10.0.0.7\n"));
  CHECK(document(server, {"explain", "10.0.0.7"})["address"] == "10.0.0.7");
  CHECK(document(server, {"explain", "10.0.0.0/24"})["address"].is_null());
  CHECK(has(run(server, {"explain", "10.0.0.7", "to", "n0"}).out,
            "10.0.0.0/24 to n0\n  10.0.0.0/24 is the longest match of 10.0.0.7\n"));
  CHECK_FALSE(has(run(server, {"explain", "192.0.2.9"}).out, "longest match"));
}

TEST_CASE("Many neighbors at once: how many, which, and why not the others") {
  RunningServer server;
  CHECK(run(server, {"neighbor", "all", "disable", "back", "soon"}).out ==
        "3 neighbors are shut down\n  n0 n1 n2\n");
  CHECK(run(server, {"neighbor", "group", "clients", "refresh", "out"}).out ==
        "2 neighbors are refreshed\n  n0 n1\n");
  server.with([](FakeDaemon& daemon, Server&) { daemon.refuses = "n1"; });
  const Outcome some = run(server, {"neighbor", "all", "reset"});
  CHECK(some.status == 1);
  CHECK(some.out ==
        "2 neighbors are reset, 1 neighbor could not be\n  n0 n2\n"
        "! n1: n1 is asleep\n");
  const json answer = document(server, {"neighbor", "all", "enable"}, 1);
  CHECK(answer["neighbors"] == json{"n0", "n2"});
  CHECK(answer["failed"] == json::parse(R"([{"name":"n1","error":"n1 is asleep"}])"));
  CHECK(run(server, {"neighbor", "group", "nobody", "reset"}).status == 1);
  CHECK(run(server, {"neighbor", "group", "empty", "reset"}).status == 1);
  CHECK(run(server, {"neighbor", "group", "reset"}).status == 1);  // a neighbor of that name
}
