#include "control/commands.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "bgp/wire/as_path.hpp"
#include "control/checked_file.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/control/asking.hpp"
#include "tests/unit/control/running_server.hpp"

using namespace pipit;
using namespace pipit::control;
using control::test::ask;
using control::test::FakeDaemon;
using control::test::keys;
using nlohmann::json;

TEST_CASE("Every command of the table that isn't local has a handler") {
  for (const auto& command : control::command_specs()) {
    INFO(command.name);
    CHECK(has_handler(command.name) != command.local);
  }
}

TEST_CASE("show neighbors answers with the promised fields, one object a neighbor") {
  FakeDaemon daemon;
  const auto lines = ask(daemon, "show neighbors");
  REQUIRE(lines.size() == 4);
  CHECK(lines[3] == json{{"done", true}, {"total", 3}});
  const json& up = lines[0];
  CHECK(up["name"] == "n0");
  CHECK(up["address"] == "192.0.2.1");
  CHECK(up["asn"] == 64512);
  CHECK(up["type"] == "internal");
  CHECK(up["state"] == "Established");
  CHECK(up["uptime_seconds"] == 192);
  CHECK(up["established_count"] == 3);
  CHECK(up["group"] == "clients");
  CHECK(up["families"]["ipv4-unicast"]["received"] == 1200);
  CHECK(up["families"]["ipv4-unicast"]["accepted"] == 1100);
  CHECK(up["families"]["ipv4-unicast"]["rejected"] == 100);
  CHECK(up["families"]["ipv4-unicast"]["advertised"] == 42);
  CHECK(up["last_error"].is_null());
  CHECK(lines[1]["last_error"] == "Hold Timer Expired");
  CHECK(lines[1]["last_error_at"] == "2026-09-21T14:13:20Z");
  CHECK(lines[1]["last_error_past"] == false);
  CHECK(lines[1]["connect_error"] == "connection refused: RST from 192.0.2.1 port 179");
  CHECK(up["connect_error"].is_null());
  CHECK(lines[1]["asn"].is_null());
  CHECK(lines[1]["uptime_seconds"].is_null());
  CHECK(lines[1]["warnings"].size() == 1);
  CHECK(lines[2]["address"] == "fe80::1%eth0");
}

TEST_CASE("show routes answers with the promised fields, one object a path") {
  FakeDaemon daemon;
  const auto lines = ask(daemon, "show routes");
  REQUIRE(lines.size() == 7);
  CHECK(lines[6] == json{{"done", true}, {"total", 6}});
  const json& best = lines[0];
  CHECK(best["prefix"] == "10.0.0.0/24");
  CHECK(best["family"] == "ipv4-unicast");
  CHECK(best["best"] == true);
  CHECK(best["source"] == "n0");
  CHECK(best["source_kind"] == "bgp");
  CHECK(best["next_hop"] == "192.0.2.1");
  CHECK(best["as_path"] == "64512 65001 {65002,65003}");
  CHECK(best["as_path_list"] == json{64512, 65001, 65002, 65003});
  CHECK(best["origin"] == "igp");
  CHECK(best["med"] == 5);
  CHECK(best["local_preference"] == 100);
  CHECK(best["communities"] == json{"64512:100", "no-export"});
  CHECK(best["large_communities"] == json{"64512:1:2"});
  CHECK(best["extended_communities"] == json{"rt:64512:7"});
  CHECK(best["originator_id"] == "192.0.2.9");
  CHECK(best["cluster_list"] == json{"192.0.2.1", "192.0.2.2"});
  CHECK(best["aggregator"] == json{{"asn", 64512}, {"address", "192.0.2.3"}});
  CHECK(best["unknown_attributes"] == json::parse(R"([{"code":99,"flags":224,"data":"abcd"}])"));
  CHECK(best["path_id"] == 0);
  CHECK(best["age_seconds"] == 93'784);
  CHECK(best["valid"] == true);
  CHECK(best["reason"] == "");
  CHECK(lines[1]["best"] == false);
  CHECK(lines[1]["reason"] == "longer AS path");
  CHECK(keys(lines[0]) == keys(lines[1]));
}

TEST_CASE("show routes filters reach the daemon, limit and count are applied") {
  FakeDaemon daemon;
  daemon.destinations = 1000;
  auto lines = ask(daemon, "show routes", {{"prefix", "10.0.0.0/23"}, {"longer", true}});
  CHECK(lines.back()["total"] == 4);
  lines = ask(daemon, "show routes", {{"prefix", "10.0.1.0/24"}, {"best", true}});
  CHECK(lines.back()["total"] == 1);
  lines = ask(daemon, "show routes", {{"family", "ipv6-unicast"}});
  CHECK(lines.back()["total"] == 0);
  lines = ask(daemon, "show routes", {{"count", true}});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["total"] == 2000);
  lines = ask(daemon, "show routes", {{"limit", 5}});
  REQUIRE(lines.size() == 6);
  CHECK(lines[5] == json{{"done", true}, {"total", 5}, {"truncated", true}});
  lines = ask(daemon, "show routes", {{"limit", 2000}});
  CHECK(lines.back() == json{{"done", true}, {"total", 2000}});

  const std::pair<const char*, NeighborRoutes> views[]{
      {"received", NeighborRoutes::Received},
      {"accepted", NeighborRoutes::Accepted},
      {"rejected", NeighborRoutes::Rejected},
      {"advertised", NeighborRoutes::Advertised},
  };
  for (const auto& [text, view] : views) {
    ask(daemon, "show routes", {{"neighbor", "n0"}, {"view", text}});
    CHECK(daemon.last_query.neighbor == "n0");
    CHECK(daemon.last_query.routes == view);
  }
}

TEST_CASE("show routes filters by source and by communities of all three kinds") {
  FakeDaemon daemon;
  const auto query = [&](json arguments) {
    ask(daemon, "show routes", std::move(arguments));
    return std::exchange(daemon.last_query, {});
  };
  CHECK(query({{"prefix", "10.0.1.0/24"}, {"shorter", true}}).match == PrefixMatch::Shorter);
  CHECK(query({{"source", "connected"}}).source_kind == policy::SourceKind::Connected);
  CHECK(query({{"source", "bgp"}}).source.empty());
  CHECK(query({{"source", "n1"}}).source == "n1");
  for (const char* text : {"64512:100", "64512:1:2", "rt:64512:7", "64512:*", "*:*:7"}) {
    CHECK(query({{"community", text}}).community == CommunityFilter::parse(text));
  }
  const auto lines = ask(daemon, "show routes", {{"source", "n1"}, {"count", true}});
  CHECK(lines.at(0)["total"] == 3);
}

TEST_CASE("show routes filters by next hop, MED, prefix length and validity") {
  FakeDaemon daemon;
  const auto query = [&](json arguments) {
    ask(daemon, "show routes", std::move(arguments));
    return std::exchange(daemon.last_query, {});
  };
  CHECK(query({{"next-hop", "2001:db8::1"}}).next_hop == net::IpAddress::parse("2001:db8::1"));
  CHECK(query({{"med", "0"}}).med == net::NumberRange{0, 0});
  CHECK(query({{"med", "50-4294967295"}}).med == net::NumberRange{50, 4'294'967'295});
  CHECK(query({{"length", "24"}}).length == net::NumberRange{24, 24});
  CHECK(query({{"length", "24-28"}}).length == net::NumberRange{24, 28});
  CHECK(query({{"validity", "valid"}}).valid == true);
  CHECK(query({{"validity", "invalid"}}).valid == false);
  const RouteQuery none = query(json::object());
  CHECK((!none.next_hop && !none.med && !none.length && !none.valid && !none.community));
}

TEST_CASE("Rejected paths are shown where they are asked for, with what rejected them") {
  FakeDaemon daemon;
  ask(daemon, "show routes");
  CHECK(daemon.last_query.routes == NeighborRoutes::Accepted);
  CHECK_FALSE(daemon.last_query.with_rejections);
  const json row = ask(daemon, "show routes", {{"view", "rejected"}}).at(0);
  CHECK(daemon.last_query.neighbor.empty());
  CHECK(row["rejected_by"]["policy"] == "from-tor");
  CHECK(row["rejected_by"]["number"] == 2);
  CHECK(row["rejected_by"]["place"] == "pipitd.yaml:12");
  CHECK(row["valid"] == false);
  ask(daemon, "show routes", {{"view", "received"}, {"neighbor", "n0"}});
  CHECK(daemon.last_query.with_rejections);
  ask(daemon, "show routes", {{"view", "rejected"}, {"count", true}});
  CHECK_FALSE(daemon.last_query.with_rejections);  // nobody would see them
}

TEST_CASE("show routes filters by AS path, and says where an expression makes no sense") {
  FakeDaemon daemon;
  ask(daemon, "show routes", {{"as-path", "^65001 .* 7$"}});
  REQUIRE(daemon.last_query.as_path);
  CHECK(daemon.last_query.as_path->matches(*bgp::parse_as_path("65001 9 9 7")));
  CHECK_FALSE(daemon.last_query.as_path->matches(*bgp::parse_as_path("65002 65001 7")));
  const std::string error = ask(daemon, "show routes", {{"as-path", "[65001"}}).at(0)["error"];
  CHECK(error.starts_with("show routes: as-path, at character "));
}

TEST_CASE("Filters of show routes that make no sense are refused") {
  FakeDaemon daemon;
  for (const json& arguments :
       {json{{"shorter", true}}, json{{"longer", true}}, json{{"community", "nonsense"}},
        json{{"community", ""}}, json{{"community", "65001:"}}, json{{"next-hop", "10.0.0.0/8"}},
        json{{"med", "7-5"}}, json{{"med", 5}}, json{{"length", "129"}}, json{{"length", "8-200"}},
        json{{"length", ""}}, json{{"validity", "maybe"}}, json{{"detail", true}},
        json{{"view", "rejected"}, {"best", true}}, json{{"view", "advertised"}},
        json{{"source", ""}}, json{{"as-path", "^(65001"}},
        json{{"prefix", "10.0.0.0/8"}, {"longer", true}, {"shorter", true}}}) {
    INFO(arguments.dump());
    CHECK(ask(daemon, "show routes", arguments).at(0)["code"] == "usage");
  }
}

TEST_CASE("show route asks for the longest match") {
  FakeDaemon daemon;
  const auto lines = ask(daemon, "show route", {{"prefix", "10.0.1.77"}});
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["prefix"] == "10.0.1.0/24");
  CHECK(daemon.last_query.match == PrefixMatch::Longest);
}

TEST_CASE("One-object commands answer with their members and done") {
  FakeDaemon daemon;
  const json status = ask(daemon, "status").at(0);
  CHECK(status["done"] == true);
  CHECK(status["router_id"] == "192.0.2.10");
  CHECK(status["loop"] == json{{"longest_turn_seconds", 0.0031}, {"latest_timer_seconds", 1.012}});
  CHECK(status["listen"] == json{"0.0.0.0:179", "[::]:179"});
  CHECK(status["tables"]["ipv4-unicast"]["paths"] == 6);
  CHECK(status["kernel"]["imported"] == 12);
  CHECK(status["neighbors"]["configured"] == 3);
  CHECK(status["warnings"].size() == 1);
  CHECK(status["down"] == json::parse(R"([{"name":"n1","state":"Active","downtime_seconds":7,
                                           "reason":"Hold Timer Expired"}])"));
  const json neighbor = ask(daemon, "show neighbor", {{"name", "n0"}}).at(0);
  CHECK(neighbor["state"] == "Established");
  CHECK(
      neighbor["capabilities"][1] ==
      json::parse(R"({"code":200,"name":"unknown","detail":"0102","sent":false,"received":true})"));
  CHECK(neighbor["timers"][0]["remaining_seconds"] == 21);
  CHECK(neighbor["notification_received"]["message"] == "maint \x1b[31m\xef\xbf\xbd");
  CHECK(neighbor["notification_sent"].is_null());
  CHECK(
      neighbor["update_errors"]["recent"] ==
      json::parse(R"json([{"at":"2026-09-21T14:13:20Z","action":"treated as withdraw","attribute":1,
          "reason":"ORIGIN: bad value (RFC 7606 7.1)","rule":"RFC 7606 7.1","octets":"40010107",
          "prefixes":["10.0.0.0/8","10.1.0.0/16"],"prefix_count":9
}])json"));
  CHECK(neighbor["history"] ==
        json::parse(R"([{"at":"2026-09-21T14:13:20Z","since":"2026-09-21T14:12:20Z","times":3,
          "from":"Established","to":"Idle","reason":"Hold Timer Expired"}])"));
  CHECK(neighbor["last_update_received_at"] == "2026-09-21T14:13:20Z");
  CHECK(neighbor["last_update_sent_at"].is_null());
  CHECK(neighbor["last_state_change_at"] == "2026-09-21T14:13:20Z");
  CHECK(neighbor["messages"]["update"] == json{{"sent", 10}, {"received", 20}});
  const json memory = ask(daemon, "show memory").at(0);
  CHECK(memory["parts"][0]["octets"] == 2'097'152);
  const json config = ask(daemon, "show config").at(0);
  CHECK(config["config"]["router"]["asn"] == 64512);
  const json explain = ask(daemon, "explain", {{"prefix", "10.0.0.0/24"}}).at(0);
  CHECK(explain["candidates"].size() == 2);
  CHECK(ask(daemon, "reload", {{"confirm", 300}}).at(0)["ok"] == true);
  CHECK(daemon.done.back() == "reload by 0 for 300s");
  CHECK(ask(daemon, "confirm").at(0)["message"] == "configuration 2 stays");
  CHECK(ask(daemon, "rollback", {{"number", 1}}).at(0)["number"] == 3);
  CHECK(daemon.done.back() == "rollback to 1 by 0");
  const json reload = ask(daemon, "reload").at(0);
  CHECK(reload["ok"] == true);
  CHECK(reload["added"] == json{"n7"});
}

TEST_CASE("Kernel routes, next hops and groups are lists of objects") {
  FakeDaemon daemon;
  const auto kernel = ask(daemon, "show kernel");
  REQUIRE(kernel.size() == 3);
  CHECK(kernel[0]["hops"][0]["interface"] == "cali7");
  CHECK(kernel[1]["state"] == "failed");
  CHECK(kernel[1]["error"] == "No route to host");
  const auto hops = ask(daemon, "show next-hops");
  REQUIRE(hops.size() == 3);
  CHECK(hops[0]["via"] == "192.0.2.0/24");
  CHECK(hops[1]["via"].is_null());
  const auto groups = ask(daemon, "show groups");
  REQUIRE(groups.size() == 2);
  CHECK(groups[0]["members"].size() == 5);
}

TEST_CASE("Policies come with their rules and hits, sets with who uses them") {
  FakeDaemon daemon;
  const auto policies = ask(daemon, "show policies");
  REQUIRE(policies.size() == 3);
  CHECK(policies[0]["name"] == "to-tor");
  CHECK(policies[0]["used_by"] == json{"tor-a export"});
  REQUIRE(policies[0]["rules"].size() == 2);
  CHECK(policies[0]["rules"][0]["match"] == json{"prefix pods", "source kernel"});
  CHECK(policies[0]["rules"][0]["hits"] == 12);
  CHECK(policies[0]["rules"][1]["then"] == "reject");
  const auto sets = ask(daemon, "show sets");
  REQUIRE(sets.size() == 3);
  CHECK(sets[0]["kind"] == "prefixes");
  CHECK(sets[1]["file"] == "bogons.txt");
  CHECK(sets[1]["entries"] == 1000);
}

TEST_CASE("Neighbor commands are done once and say what was done") {
  FakeDaemon daemon;
  ask(daemon, "neighbor enable", {{"name", "n0"}});
  ask(daemon, "neighbor disable", {{"name", "n0"}, {"message", "back at ten"}});
  ask(daemon, "neighbor reset", {{"name", "n1"}});
  ask(daemon, "neighbor refresh", {{"name", "n1"}});
  ask(daemon, "neighbor refresh", {{"name", "n1"}, {"direction", "in"}});
  const json last = ask(daemon, "neighbor refresh", {{"name", "n1"}, {"direction", "out"}}).at(0);
  CHECK(last == json{{"done", true}, {"message", "refresh n1 out"}});
  CHECK(daemon.done == std::vector<std::string>{"enable n0", "disable n0: back at ten", "reset n1",
                                                "refresh n1 both", "refresh n1 in",
                                                "refresh n1 out"});
}

TEST_CASE("What isn't there is an error with the code not-found") {
  FakeDaemon daemon;
  const std::pair<const char*, json> requests[]{
      {"show neighbor", {{"name", "nobody"}}},
      {"show routes", {{"neighbor", "nobody"}}},
      {"explain", {{"prefix", "10.0.0.0/24"}, {"from", "nobody"}}},
      {"explain", {{"prefix", "10.0.0.0/24"}, {"to", "nobody"}}},
      {"neighbor reset", {{"name", "nobody"}}},
      {"check", {{"file", "/does/not/exist"}}},
  };
  for (const auto& [command, arguments] : requests) {
    INFO(command);
    const auto lines = ask(daemon, command, arguments);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["code"] == "not-found");
    CHECK(lines[0]["error"].is_string());
  }
}

TEST_CASE("Requests that the command table doesn't allow are usage errors") {
  FakeDaemon daemon;
  const std::pair<const char*, json> requests[]{
      {"dance", json::object()},
      {"completion", {{"shell", "bash"}}},
      {"status", {{"loud", true}}},
      {"show neighbor", json::object()},
      {"show neighbor", {{"name", ""}}},
      {"show neighbor", {{"name", 7}}},
      {"show routes", {{"prefix", "10.0.0.0/33"}}},
      {"show routes", {{"longer", true}}},
      {"show routes", {{"prefix", "10.0.0.0/8"}, {"longer", false}}},
      {"show routes", {{"family", "ipv4"}}},
      {"show routes", {{"view", "received"}}},
      {"show routes", {{"neighbor", "n0"}, {"view", "dropped"}}},
      {"show routes", {{"limit", 0}}},
      {"show routes", {{"limit", -1}}},
      {"show routes", {{"limit", "5"}}},
      {"show routes", {{"limit", 4'294'967'296}}},
      {"neighbor refresh", {{"name", "n0"}, {"direction", "up"}}},
  };
  for (const auto& [command, arguments] : requests) {
    INFO(command << " " << arguments.dump());
    const auto lines = ask(daemon, command, arguments);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["code"] == "usage");
  }
}

TEST_CASE("A checked file must be a regular one that the caller may read") {
  control::test::TemporaryDirectory directory;
  const std::string file = directory.path("pipitd.yaml");
  std::ofstream(file) << "router: bad";
  FakeDaemon daemon;
  const json result = ask(daemon, "check", {{"file", file}}).at(0);
  CHECK(result["ok"] == false);
  CHECK(result["diagnostics"] == file + ": router: bad");

  constexpr uid_t kSomebody = 54321;
  ::chmod(file.c_str(), 0600);
  CHECK_FALSE(read_checked_file(file, kSomebody));
  CHECK(read_checked_file(file, ::geteuid()) == "router: bad");
  ::chmod(file.c_str(), 0644);
  CHECK(read_checked_file(file, kSomebody) == "router: bad");

  const std::string pipe = directory.path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0666) == 0);
  CHECK(read_checked_file(pipe, 0).error().text.ends_with("not a regular file"));
  CHECK_FALSE(read_checked_file("/dev/zero", 0));
  CHECK_FALSE(read_checked_file(directory.path(""), 0));
  const std::string large = directory.path("large");
  std::ofstream(large) << "x";
  std::filesystem::resize_file(large, kMaxCheckedFile + 1);
  CHECK(read_checked_file(large, 0).error().text.ends_with("larger than 16 MiB"));
}
