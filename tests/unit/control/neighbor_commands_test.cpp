// `show neighbors` with filters, and what is done to many neighbors.
#include "bgp/wire/notification.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/control/asking.hpp"

using namespace pipit;
using namespace pipit::control;
using control::test::ask;
using control::test::FakeDaemon;
using nlohmann::json;

namespace {

/// The names of the rows, or the code of the error.
std::string names(FakeDaemon& daemon, json arguments) {
  std::string out;
  for (const json& row : ask(daemon, "show neighbors", std::move(arguments))) {
    if (row.contains("error")) {
      return row["code"];
    }
    out += row.contains("name") ? row["name"].get<std::string>() + " " : "";
  }
  return out;
}

}  // namespace

TEST_CASE("show neighbors shows those that fit") {
  FakeDaemon daemon;
  CHECK(names(daemon, json::object()) == "n0 n1 n2 ");
  CHECK(names(daemon, {{"state", "up"}}) == "n0 ");
  CHECK(names(daemon, {{"state", "down"}}) == "n1 n2 ");
  CHECK(names(daemon, {{"state", "shutdown"}}) == "n2 ");
  CHECK(names(daemon, {{"type", "external"}}) == "n1 n2 ");
  CHECK(names(daemon, {{"type", "external"}, {"state", "shutdown"}}) == "n2 ");
  CHECK(names(daemon, {{"group", "clients"}}) == "n0 n1 ");
  CHECK(names(daemon, {{"group", "empty"}}).empty());
  CHECK(names(daemon, {{"group", "nobody"}}) == "not-found");
  CHECK(names(daemon, {{"asn", 64512}}) == "n0 n2 ");
  CHECK(names(daemon, {{"asn", 4'294'967'295}}).empty());
  CHECK(names(daemon, {{"state", "sideways"}}) == "usage");
}

TEST_CASE("A family that is asked for is the only one in the rows") {
  FakeDaemon daemon;
  daemon.two_families = true;
  CHECK(ask(daemon, "show neighbors").at(0)["families"].size() == 2);
  const auto rows = ask(daemon, "show neighbors", {{"family", "ipv6-unicast"}});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["families"].size() == 1);
  CHECK(rows[0]["families"]["ipv6-unicast"]["received"] == 7);
}

TEST_CASE("What is done to all neighbors or a group is done to each of them") {
  FakeDaemon daemon;
  const json all = ask(daemon, "neighbors enable").at(0);
  CHECK(all["ok"] == true);
  CHECK(all["message"] == "3 neighbors are enabled");
  CHECK(all["neighbors"] == json{"n0", "n1", "n2"});
  CHECK(all["failed"] == json::array());
  ask(daemon, "neighbors disable", {{"message", "back at ten"}});
  ask(daemon, "group reset", {{"group", "clients"}});
  ask(daemon, "group refresh", {{"group", "clients"}, {"direction", "in"}});
  CHECK(daemon.done ==
        std::vector<std::string>{"enable n0", "enable n1", "enable n2", "disable n0: back at ten",
                                 "disable n1: back at ten", "disable n2: back at ten", "reset n0",
                                 "reset n1", "refresh n0 in", "refresh n1 in"});
}

TEST_CASE("What could not be done to some is said of each") {
  FakeDaemon daemon;
  daemon.refuses = "n0";
  const json some = ask(daemon, "neighbors refresh").at(0);
  CHECK(some["ok"] == false);
  CHECK(some["message"] == "2 neighbors are refreshed, 1 neighbor could not be");
  CHECK(some["neighbors"] == json{"n1", "n2"});
  CHECK(some["failed"] == json::parse(R"([{"name":"n0","error":"n0 is asleep"}])"));
  daemon.neighbor_count = 1;
  CHECK(ask(daemon, "neighbors reset").at(0)["message"] == "the neighbor could not be");
  daemon.neighbor_count = 0;
  CHECK(ask(daemon, "neighbors reset").at(0)["code"] == "not-found");
  CHECK(ask(daemon, "group reset", {{"group", "nobody"}}).at(0)["code"] == "not-found");
  CHECK(ask(daemon, "group reset", {{"group", "empty"}}).at(0)["code"] == "not-found");
  CHECK(ask(daemon, "group reset").at(0)["code"] == "usage");
  daemon.done.clear();
  daemon.neighbor_count = 3;
  const std::string message(bgp::kMaxShutdownCommunication + 1, 'x');
  CHECK(ask(daemon, "neighbors disable", {{"message", message}}).at(0)["code"] == "refused");
  CHECK(daemon.done.empty());
}

TEST_CASE("Thousands of neighbors are worked through in parts, with one answer") {
  FakeDaemon daemon;
  daemon.neighbor_count = 5000;
  const auto lines = ask(daemon, "neighbors reset");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["message"] == "5000 neighbors are reset");
  CHECK(lines[0]["neighbors"].size() == 5000);
  CHECK(daemon.done.size() == 5000);
}
