// What happens while a batch of the FIB writer is with the kernel.
#include <filesystem>
#include <fstream>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/fib_fixture.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

namespace {

constexpr std::uint32_t kSomebody = 4242;  // netlink port of another program
const std::string kV4 = "10.1.0.0/16";
const std::string kV6 = "2001:db8:1::/48";

/// A route over one gateway, as the monitor would tell of it.
Route told(const Routes& routes,
           const std::string& to,
           const std::string& gateway,
           std::uint8_t protocol = kProtocolBgp,
           std::uint32_t table = kMainTable) {
  return {.key = {.prefix = prefix(to), .table = table, .metric = 32},
          .body = {.protocol = protocol, .hops = {routes.via(gateway)}}};
}

std::string main_table() {
  return table(kMainTable, "");
}

std::string all_tables() {
  return main_table() + table(100) + table(200);
}

/// A writer with one request on its way: `to` over gateway 2 is in the kernel, the answer unread.
struct InFlight {
  explicit InFlight(const std::string& to) {
    routes.set(to, kMainTable, 32);
    untold.send([&] { return contains(main_table(), to); });
  }

  UntoldWriter untold;
  FibWriter& fib = *untold.fib;
  Routes routes{fib};
};

void check_settled(InFlight& now) {
  CHECK(now.untold.settle());
  CHECK(now.fib.failed() == 0);
  CHECK(now.fib.installed() == now.fib.size());
  CHECK(now.fib.counters().repaired == 0);
}

}  // namespace

TEST_CASE("FibWriter: a route that somebody deletes before its answer is read comes back",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  const auto [to, gateway, ip] = GENERATE(as<std::tuple<std::string, std::string, std::string>>{},
                                          std::tuple{kV4, "192.0.2.2", "ip route"},
                                          std::tuple{kV6, "2001:db8::2", "ip -6 route"});
  InFlight now(to);
  sh(fmt::format("{} del {}", ip, to));
  now.fib.on_route_removed(told(now.routes, to, gateway), kSomebody);
  REQUIRE(now.untold.settle());
  CHECK(contains(main_table(), to + " via " + gateway));
  CHECK(now.fib.installed() == 1);
  CHECK(now.fib.counters().repaired == 1);
}

TEST_CASE("FibWriter: a route that somebody changes before its answer is read is put right",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  InFlight now(kV4);
  sh("ip route replace 10.1.0.0/16 via 192.0.2.66 proto bgp metric 32");
  const Route ours = told(now.routes, kV4, "192.0.2.2");
  const Route theirs = told(now.routes, kV4, "192.0.2.66");
  now.fib.on_route_changed(&ours, theirs, kSomebody);
  REQUIRE(now.untold.settle());
  CHECK(contains(main_table(), "10.1.0.0/16 via 192.0.2.2"));
  CHECK_FALSE(contains(main_table(), "192.0.2.66"));
  CHECK(now.fib.counters().repaired == 1);
}

TEST_CASE("FibWriter: a route that goes to another program before its answer is read is theirs",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  InFlight now(kV4);
  sh("ip route replace 10.1.0.0/16 via 192.0.2.7 proto static metric 32");
  const Route ours = told(now.routes, kV4, "192.0.2.2");
  const Route theirs = told(now.routes, kV4, "192.0.2.7", RTPROT_STATIC);
  now.fib.on_route_changed(&ours, theirs, kSomebody);
  REQUIRE(now.untold.settle());
  CHECK(contains(main_table(), "10.1.0.0/16 via 192.0.2.7 dev va proto static"));
  CHECK(now.fib.failed() == 1);
  CHECK(now.fib.installed() == 0);
  sh("ip route del 10.1.0.0/16");
  now.fib.on_route_removed(theirs, kSomebody);
  REQUIRE(now.untold.settle());
  CHECK(contains(main_table(), "10.1.0.0/16 via 192.0.2.2"));
  CHECK(now.fib.failed() == 0);
}

TEST_CASE("FibWriter: a route that the monitor tells of before the refusal is read is replaced",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  UntoldWriter untold;
  FibWriter& fib = *untold.fib;
  Routes routes(fib);
  sh("ip route add 10.1.0.0/16 via 192.0.2.66 proto bgp metric 32");
  routes.set(kV4, kMainTable, 32);
  routes.set("10.2.0.0/16", kMainTable, 32);
  untold.send([] { return contains(main_table(), "10.2.0.0/16"); });
  fib.on_route_changed(nullptr, told(routes, kV4, "192.0.2.66"), kSomebody);
  REQUIRE(untold.settle());
  CHECK(fib.counters().errors == 1);
  CHECK(fib.failed() == 0);
  CHECK(fib.installed() == 2);
  CHECK(contains(main_table(), "10.1.0.0/16 via 192.0.2.2"));
}

TEST_CASE("FibWriter: an IPv6 route that goes with the legs of others comes back",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  InFlight now(kV6);
  const Route ours = told(now.routes, kV6, "2001:db8::2");
  Route whole = ours;
  whole.body.protocol = RTPROT_STATIC;
  whole.body.hops.push_back(now.routes.via("2001:db8::9"));
  sh("ip -6 route append 2001:db8:1::/48 via 2001:db8::9 proto static metric 32");
  now.fib.on_route_changed(&ours, whole, kSomebody);

  SECTION("and stays while they do") {
    REQUIRE(now.untold.settle());
    CHECK(contains(main_table(), "2001:db8::2 "));
    CHECK(contains(main_table(), "2001:db8::9 "));
    CHECK(now.fib.counters().written == 1);
  }

  SECTION("when they go at once") {
    sh("ip -6 route del 2001:db8:1::/48 via 2001:db8::2");
    sh("ip -6 route del 2001:db8:1::/48 via 2001:db8::9");
    now.fib.on_route_removed(whole, kSomebody);
    REQUIRE(now.untold.settle());
    CHECK_FALSE(contains(main_table(), "2001:db8::9 "));
  }

  CHECK(now.fib.installed() == 1);
  CHECK(contains(main_table(), "2001:db8::2 "));
}

TEST_CASE("FibWriter: what is wanted may change while a route is on its way", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  const std::string to = GENERATE(kV4, kV6);
  const std::string net = to == kV4 ? "192.0.2." : "2001:db8::";
  InFlight now(to);

  SECTION("to another way") {
    now.routes.set(to, kMainTable, 32, {3});
    check_settled(now);
    CHECK(contains(all_tables(), to + " via " + net + "3"));
    CHECK(now.fib.counters().written == 2);
  }

  SECTION("to another way and back") {
    now.routes.set(to, kMainTable, 32, {3});
    now.routes.set(to, kMainTable, 32);
    check_settled(now);
    CHECK(contains(all_tables(), to + " via " + net + "2"));
    CHECK(now.fib.counters().written == 1);
  }

  SECTION("to nothing") {
    now.fib.remove(prefix(to));
    check_settled(now);
    CHECK_FALSE(contains(all_tables(), to));
    CHECK(now.fib.size() == 0);
  }

  SECTION("to another place") {
    now.routes.set(to, 100, 50);
    CHECK(uses(now.fib, kMainTable));
    check_settled(now);
    CHECK_FALSE(contains(main_table(), to));
    CHECK(contains(table(100), to));
    CHECK_FALSE(uses(now.fib, kMainTable));
  }
}

TEST_CASE("FibWriter: what is wanted may change while a route moves or goes", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  const std::string to = GENERATE(kV4, kV6);
  const std::string net = to == kV4 ? "192.0.2." : "2001:db8::";
  InFlight now(to);
  check_settled(now);

  SECTION("back to where it comes from") {
    now.routes.set(to, 100, 32);
    now.untold.send([&] { return contains(table(100), to); });
    now.routes.set(to, kMainTable, 32, {3});
    check_settled(now);
    CHECK(contains(main_table(), to + " via " + net + "3"));
    CHECK_FALSE(contains(table(100), to));
  }

  SECTION("to nothing") {
    now.routes.set(to, 100, 32);
    now.untold.send([&] { return contains(table(100), to); });
    now.fib.remove(prefix(to));
    check_settled(now);
    CHECK_FALSE(contains(all_tables(), to));
  }

  SECTION("to the same again") {
    now.fib.remove(prefix(to));
    now.untold.send([&] { return !contains(all_tables(), to); });
    now.routes.set(to, kMainTable, 32);
    CHECK(now.fib.status(prefix(to)));
    check_settled(now);
    CHECK(contains(main_table(), to));
  }
}

TEST_CASE("FibWriter: a stray that is wanted while it is being deleted is made anew",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  InFlight now(kV4);
  REQUIRE(now.untold.settle());
  now.routes.set(kV4, 100, 32);
  REQUIRE(now.untold.until([&] { return now.fib.counters().written == 2; }));
  // The old place is asked to be emptied as soon as the new one is known to be taken.
  now.untold.wait_for([] { return !contains(main_table(), kV4); });
  CHECK(uses(now.fib, kMainTable));
  now.routes.set(kV4, kMainTable, 32);
  REQUIRE(now.untold.settle());
  CHECK(contains(main_table(), kV4));
  CHECK_FALSE(contains(table(100), kV4));
  CHECK(now.fib.failed() == 0);
  CHECK(now.fib.counters().errors == 0);
}

TEST_CASE("FibWriter: flush, other places and the end do not lose a batch on its way",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  InFlight now(kV4);

  SECTION("flush") {
    for (int i = 0; i < 5000; ++i) {
      now.routes.set(fmt::format("10.{}.{}.0/24", 20 + i / 256, i % 256), kMainTable, 32);
    }
    CHECK(now.fib.flush());
    CHECK(now.fib.idle());
    CHECK(table(kMainTable).empty());
  }

  SECTION("other places") {
    now.fib.set_ownership(
        {.protocol = kProtocolBgp, .places = {.tables = {100, kMainTable}, .metrics = {32}}});
    now.routes.set(kV4, 100, 32);
    CHECK(now.untold.until([&] { return now.fib.counters().written == 1; }));
    while (now.untold.loop.run_one_for({})) {
    }
    CHECK(table(100).empty());  // not before all is known of the new table
    now.fib.on_synchronized();
    CHECK(now.untold.settle());
    CHECK(contains(table(100), kV4));
  }

  SECTION("the end") {
    now.untold.fib.reset();
    while (now.untold.loop.run_one_for({})) {  // what the thread has posted is nobody's now
    }
    CHECK(contains(main_table(), kV4));
  }
}

TEST_CASE("FibWriter: the loop does not end before the answers are there, nor go on after them",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  UntoldWriter untold;
  Routes routes(*untold.fib);
  for (int i = 0; i < 10'000; ++i) {
    routes.set(fmt::format("10.{}.{}.0/24", i / 256, i % 256), kMainTable, 32);
  }
  untold.loop.run();
  CHECK(untold.fib->installed() == 10'000);
}

TEST_CASE("FibWriter: its thread takes no signals", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  const auto threads = [] {
    std::map<std::string, std::string> blocked;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream status(task.path() / "status");
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("SigBlk:")) {
          blocked[task.path().filename()] = line.substr(line.size() - 8);
        }
      }
    }
    return blocked;
  };
  const auto before = threads();
  const UntoldWriter untold;
  unsigned added = 0;
  for (const auto& [thread, blocked] : threads()) {
    if (!before.contains(thread)) {
      ++added;
      CHECK((std::stoul(blocked, nullptr, 16) & 0x4003UL) == 0x4003UL);  // HUP, INT, TERM
    } else {
      CHECK(before.at(thread) == blocked);
    }
  }
  CHECK(added == 1);
}
