// Commands about configurations: dry run, history, difference.
#include <fstream>

#include "tests/unit/catch.hpp"
#include "tests/unit/control/asking.hpp"
#include "tests/unit/control/running_server.hpp"

using namespace pipit;
using control::test::ask;
using control::test::FakeDaemon;
using nlohmann::json;

TEST_CASE("A dry run lists routes and neighbors, and ends with the plan") {
  FakeDaemon daemon;
  const auto lines = ask(daemon, "reload", {{"dry-run", true}, {"routes", true}});
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == json::parse(R"({"prefix":"10.0.0.0/8","family":"ipv4-unicast","neighbor":"n1",
                                    "direction":"export","change":"withdrawn",
                                    "while_down":false})"));
  CHECK(lines[1]["name"] == "n1");
  CHECK(lines[1]["keys"] == json{"export"});
  CHECK(lines[1]["withdrawn"] == 1200);
  CHECK(lines[1]["lost"] == 7);
  CHECK(lines[1]["while_down"]["updated"] == 3);
  CHECK(lines[1]["session"] == json::parse(R"({"becomes":"ends","reason":"shutdown",
                                               "comes_back":"","restart_after":300,
                                               "received":7})"));
  CHECK(lines[2]["done"] == true);
  CHECK(lines[2]["updated"] == json{"n1"});
  CHECK(lines[2]["confirm_until"].is_null());
  CHECK(daemon.done.empty());

  daemon.dry_run_outdated = true;
  CHECK(ask(daemon, "reload", {{"dry-run", true}}).at(1)["code"] == "refused");
  daemon.reload_ok = false;
  CHECK(ask(daemon, "reload", {{"dry-run", true}}).at(0)["ok"] == false);
  CHECK(ask(daemon, "reload", {{"routes", true}}).at(0)["code"] == "usage");
  CHECK(ask(daemon, "reload", {{"dry-run", true}, {"confirm", 5}}).at(0)["code"] == "usage");
  CHECK(ask(daemon, "reload", {{"confirm", 0}}).at(0)["code"] == "usage");
}

TEST_CASE("The history and a difference are lists") {
  FakeDaemon daemon;
  const auto history = ask(daemon, "show config", {{"history", true}});
  CHECK(history.at(0)["number"] == 2);
  CHECK(history.at(0)["requester"] == json::parse(R"({"user":"root","uid":0,"pid":4711})"));
  CHECK(history.at(0)["first_changes"][0]["effects"] == json{"in-place"});
  CHECK(history.at(1)["requester"].is_null());

  const control::test::TemporaryDirectory directory;
  const std::string file = directory.path("new.yaml");
  std::ofstream(file) << "router: {}\n";
  const auto changes = ask(daemon, "show config", {{"diff", file}});
  REQUIRE(changes.size() == 3);
  CHECK(changes[0]["path"] == "neighbors.n1.asn");
  std::ofstream(file) << "bad\n";
  CHECK(ask(daemon, "show config", {{"diff", file}}).at(0)["code"] == "refused");
  CHECK(ask(daemon, "show config", {{"diff", file + "x"}}).at(0)["code"] == "not-found");
  CHECK(ask(daemon, "show config", {{"diff", file}, {"history", true}}).at(0)["code"] == "usage");
}
