// Routes of several tables and metrics.
#include <map>
#include <random>

#include <fmt/format.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/fib_fixture.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

TEST_CASE("FibWriter: routes of several tables and metrics stand side by side", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab(three_tables());
  Routes routes(lab);
  routes.set("10.1.0.0/16", kMainTable, 32);
  routes.set("10.2.0.0/16", 100, 50, {2, 3});
  routes.set("10.3.0.0/16", 200, 70, {});
  routes.set("2001:db8:1::/48", kMainTable, 50, {2, 3});
  routes.set("2001:db8:2::/48", 100, 32);
  routes.set("2001:db8:3::/48", 200, 70, {});
  REQUIRE(written(lab));
  CHECK(lab.writer().installed() == 6);
  CHECK(contains(table(kMainTable), "10.1.0.0/16 via 192.0.2.2 dev va metric 32"));
  CHECK(contains(table(kMainTable), "2001:db8:1::/48 metric 50"));
  CHECK(contains(table(100), "10.2.0.0/16 metric 50"));
  CHECK(contains(table(100), "2001:db8:2::/48 via 2001:db8::2 dev va metric 32"));
  CHECK(contains(table(200), "blackhole 10.3.0.0/16 metric 70"));
  CHECK(contains(table(200), "blackhole 2001:db8:3::/48"));
  CHECK(uses(lab.writer(), 100));
  lab.writer().remove(prefix("10.2.0.0/16"));
  lab.writer().remove(prefix("2001:db8:2::/48"));
  REQUIRE(written(lab));
  CHECK(table(100).empty());
  CHECK_FALSE(uses(lab.writer(), 100));
  // Every table is emptied, and nobody else's route goes.
  sh("ip route add blackhole 10.9.0.0/16 proto static metric 32 table 200");
  CHECK(lab.writer().flush());
  CHECK(table(kMainTable).empty());
  CHECK(table(200).empty());
  CHECK(contains(table(200, "proto static"), "10.9.0.0/16"));
}

TEST_CASE("FibWriter: a route is in its new place before it goes from the old one",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab(three_tables());
  Routes routes(lab);
  const auto set_all = [&](std::uint32_t number, std::uint32_t metric) {
    for (int i = 0; i < 1500; ++i) {
      routes.set(fmt::format("10.{}.{}.0/24", i / 256, i % 256), number, metric);
    }
    routes.set("2001:db8:1::/48", number, metric, {2, 3});
    routes.set("2001:db8:2::/48", number, metric);
  };
  set_all(kMainTable, 50);
  REQUIRE(written(lab));
  const auto [number, metric] =
      GENERATE(as<std::pair<std::uint32_t, std::uint32_t>>{}, std::pair{254U, 32U},
               std::pair{254U, 70U}, std::pair{100U, 50U}, std::pair{200U, 32U});
  CAPTURE(number, metric);
  lab.settle();
  lab.take_events();
  set_all(number, metric);
  REQUIRE(written(lab));
  lab.settle();
  const std::vector<std::string> events = lab.take_events();
  for (const char* text : {"10.0.0.0/24", "10.5.200.0/24", "2001:db8:1::/48", "2001:db8:2::/48"}) {
    const std::string to = text;
    const bool v6 = to.starts_with("2001");
    const auto place = [&](std::uint32_t of_table, std::uint32_t of_metric) {
      return fmt::format(" table {} metric {} ", of_table, of_metric);
    };
    std::optional<std::size_t> added;
    std::optional<std::size_t> removed;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (!contains(events[i], to)) {
        continue;
      }
      if (!added && contains(events[i], place(number, metric))) {
        added = i;
      }
      if (contains(events[i], place(kMainTable, 50))) {
        removed = i;
      }
    }
    CAPTURE(to, v6);
    REQUIRE(added);
    REQUIRE(removed);
    CHECK(*added < *removed);
  }
  CHECK(lab.writer().installed() == 1502);
  CHECK(lab.writer().counters().written == 2 * 1502);
  CHECK(lab.writer().counters().removed == 1502);
  CHECK(lab.writer().counters().repaired == 0);
  CHECK(
      contains(table(number), fmt::format("10.5.200.0/24 via 192.0.2.2 dev va metric {}", metric)));
  CHECK_FALSE(contains(table(kMainTable), "metric 50"));
}

TEST_CASE("FibWriter: adopts routes of an earlier run in every table and takes the rest out",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  // Right; to be moved; of nobody; twice, once where it is wanted; of others.
  sh("ip route add 10.1.0.0/16 via 192.0.2.2 proto bgp metric 50 table 100");
  sh("ip route add 10.2.0.0/16 via 192.0.2.2 proto bgp metric 32");
  sh("ip -6 route add 2001:db8:2::/48 via 2001:db8::2 proto bgp metric 32");
  sh("ip route add 10.3.0.0/16 via 192.0.2.2 proto bgp metric 32 table 200");
  sh("ip route add 10.3.0.0/16 via 192.0.2.2 proto bgp metric 999 table 200");
  sh("ip route add 10.4.0.0/16 via 192.0.2.2 proto bgp metric 32 table 100");
  sh("ip route add 10.4.0.0/16 via 192.0.2.2 proto bgp metric 70 table 200");
  sh("ip route add 10.3.0.0/16 via 192.0.2.2 proto static metric 70 table 200");
  sh("ip route add 10.5.0.0/16 via 192.0.2.2 proto bgp metric 32 table 300");
  Lab lab(three_tables());
  FibWriter& fib = lab.writer();
  Routes routes(lab);
  routes.set("10.1.0.0/16", 100, 50);
  routes.set("10.2.0.0/16", 100, 70);
  routes.set("2001:db8:2::/48", 200, 32);
  routes.set("10.4.0.0/16", 200, 70);
  REQUIRE(written(lab));
  CHECK(fib.counters().adopted == 2);
  CHECK(fib.counters().written == 0);
  CHECK(contains(table(kMainTable), "10.2.0.0/16"));
  CHECK(contains(table(200), "10.3.0.0/16"));
  CHECK_FALSE(contains(table(100), "10.4.0.0/16"));
  fib.replace_stale();
  REQUIRE(written(lab));
  CHECK(fib.counters().written == 2);
  CHECK(contains(table(100), "10.2.0.0/16 via 192.0.2.2 dev va metric 70"));
  CHECK(contains(table(200), "2001:db8:2::/48 via 2001:db8::2"));
  CHECK(table(kMainTable).empty());
  CHECK(contains(table(200), "10.3.0.0/16"));
  fib.reconcile();
  REQUIRE(written(lab));
  CHECK_FALSE(contains(table(200), "10.3.0.0/16 via 192.0.2.2 dev va metric 32"));
  CHECK(contains(table(200), "10.3.0.0/16 via 192.0.2.2 dev va metric 999"));
  CHECK(contains(table(200, "proto static"), "10.3.0.0/16"));
  CHECK(contains(table(300), "10.5.0.0/16"));
  CHECK(fib.installed() == 4);
  lab.settle();
  CHECK(fib.counters().repaired == 0);
}

TEST_CASE("FibWriter: a route stays where it is while another program has its new place",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip route add 10.1.0.0/16 via 192.0.2.9 proto static metric 50 table 100");
  sh("ip -6 route add 2001:db8:1::/48 via 2001:db8::9 proto static metric 50 table 100");
  Lab lab(three_tables());
  FibWriter& fib = lab.writer();
  fib.reconcile();
  Routes routes(lab);
  for (const char* to : {"10.1.0.0/16", "2001:db8:1::/48"}) {
    routes.set(to, kMainTable, 32);
  }
  REQUIRE(written(lab));
  for (const char* to : {"10.1.0.0/16", "2001:db8:1::/48"}) {
    routes.set(to, 100, 50);
  }
  REQUIRE(written(lab));
  CHECK(fib.failed() == 2);
  CHECK(contains(table(kMainTable), "10.1.0.0/16"));
  CHECK(contains(table(kMainTable), "2001:db8:1::/48"));
  CHECK(contains(table(100, "proto static"), "10.1.0.0/16 via 192.0.2.9"));
  sh("ip route del 10.1.0.0/16 table 100 && ip -6 route del 2001:db8:1::/48 table 100");
  REQUIRE(lab.until([&] { return fib.installed() == 2 && fib.idle(); }));
  CHECK(contains(table(100), "10.1.0.0/16 via 192.0.2.2"));
  CHECK(contains(table(100), "2001:db8:1::/48 via 2001:db8::2"));
  CHECK(table(kMainTable).empty());
}

TEST_CASE("FibWriter: what others have in a new place is known before anything is written",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip route add 10.1.0.0/16 via 192.0.2.9 proto static metric 50 table 100");
  sh("ip route add 10.2.0.0/16 via 192.0.2.2 proto bgp metric 50 table 100");
  sh("ip route add 10.3.0.0/16 via 192.0.2.2 proto bgp metric 50 table 100");
  LabOptions options;
  options.monitor.tables = {kMainTable};
  Lab lab(options);
  FibWriter& fib = lab.writer();
  Routes routes(lab);
  fib.reconcile();
  routes.set("10.1.0.0/16", kMainTable, 32);
  routes.set("10.2.0.0/16", kMainTable, 32);
  REQUIRE(written(lab));
  lab.monitor().set_tables({100, kMainTable});
  fib.set_ownership(
      {.protocol = kProtocolBgp, .places = {.tables = {100, kMainTable}, .metrics = {32, 50}}});
  routes.set("10.1.0.0/16", 100, 50);
  routes.set("10.2.0.0/16", 100, 50);
  CHECK_FALSE(fib.idle());
  REQUIRE(lab.until([&] { return lab.synchronized == 2; }));
  REQUIRE(written(lab));
  CHECK(fib.failed() == 1);
  CHECK(contains(table(100, "proto static"), "10.1.0.0/16 via 192.0.2.9"));
  CHECK(contains(table(kMainTable), "10.1.0.0/16"));
  CHECK_FALSE(contains(table(kMainTable), "10.2.0.0/16"));
  CHECK(contains(table(100), "10.2.0.0/16"));
  CHECK(fib.counters().written == 2);
  CHECK(contains(table(100), "10.3.0.0/16"));
  fib.reconcile();
  REQUIRE(written(lab));
  CHECK_FALSE(contains(table(100), "10.3.0.0/16"));
}

TEST_CASE("FibWriter: after any changes of place each prefix is where it was wanted last",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab(three_tables());
  FibWriter& fib = lab.writer();
  fib.reconcile();
  Routes routes(lab);
  std::mt19937 random(GENERATE(1U, 2U, 3U, 4U));
  const auto below = [&](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  constexpr std::array<std::uint32_t, 3> kTables{100, 200, kMainTable};
  constexpr std::array<std::uint32_t, 3> kMetrics{32, 50, 70};
  std::map<std::string, std::string> wanted;  // by prefix: where
  const auto name = [&](std::uint32_t i) {
    return i % 2 == 0 ? fmt::format("10.{}.0.0/16", i) : fmt::format("2001:db8:{}::/48", i);
  };
  for (int step = 0; step < 400; ++step) {
    const std::string to = name(below(16));
    const std::uint32_t in = kTables.at(below(3));
    const std::uint32_t at = kMetrics.at(below(3));
    const char* ip = to.starts_with("10") ? "ip" : "ip -6";
    switch (below(10)) {
      case 0:
        fib.remove(prefix(to));
        wanted.erase(to);
        break;
      case 1:  // somebody deletes routes of ours, wherever they are
        (void)output_of(fmt::format("{} route del {} table {} proto bgp 2>&1", ip, to, in));
        break;
      case 2:  // or makes some
        (void)output_of(fmt::format("{} route add blackhole {} table {} metric {} proto bgp 2>&1",
                                    ip, to, in, at));
        break;
      case 3:
        REQUIRE(written(lab));
        break;
      case 4:  // a batch may go out, or its answers or the monitor's news come in
      case 5:
        lab.step();
        break;
      default:
        routes.set(to, in, at, below(3) == 0 ? std::vector{2, 3} : std::vector{2});
        wanted[to] = fmt::format("{} {}", in, at);
        break;
    }
  }
  lab.settle();
  REQUIRE(lab.until([&] { return fib.idle() && fib.failed() == 0; }));
  lab.settle();
  REQUIRE(lab.until([&] { return fib.idle() && fib.failed() == 0; }));
  std::map<std::string, std::string> found;
  for (const std::uint32_t in : kTables) {
    for (const std::uint32_t at : kMetrics) {
      const std::string text = table(in, fmt::format("proto bgp metric {}", at));
      for (std::uint32_t i = 0; i < 16; ++i) {
        if (contains(text, name(i) + " ")) {
          CHECK(found.emplace(name(i), fmt::format("{} {}", in, at)).second);
        }
      }
    }
  }
  CHECK(found == wanted);
}
