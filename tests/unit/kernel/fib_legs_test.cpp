// Legs of ours and of others in one IPv6 route.
#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/fib_fixture.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

TEST_CASE("FibWriter: takes its legs out of an IPv6 route and leaves those of others in it",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab(three_tables());
  FibWriter& fib = lab.writer();
  fib.reconcile();
  Routes routes(lab);
  const auto gateways = GENERATE(std::vector{2}, std::vector{2, 3, 4});
  const auto all = [&] { return output_of("ip -6 route show 2001:db8:1::/48"); };
  CAPTURE(gateways.size());
  routes.set("2001:db8:1::/48", kMainTable, 32, gateways);
  REQUIRE(written(lab));
  sh("ip -6 route append 2001:db8:1::/48 via 2001:db8::9 proto static metric 32");
  lab.settle();
  REQUIRE(written(lab));
  CHECK(contains(all(), "2001:db8::2 "));
  CHECK(contains(all(), "2001:db8::9 "));

  SECTION("withdrawn") {
    fib.remove(prefix("2001:db8:1::/48"));
  }

  SECTION("at the end") {
    CHECK(fib.flush());
  }

  SECTION("moved") {
    routes.set("2001:db8:1::/48", 100, 32, gateways);
  }

  REQUIRE(written(lab));
  lab.settle();
  REQUIRE(written(lab));
  for (const int gateway : gateways) {
    CHECK_FALSE(contains(all(), fmt::format("2001:db8::{} ", gateway)));
  }
  CHECK(contains(all(), "2001:db8::9 "));
}

TEST_CASE("FibWriter: an IPv6 route of ours outlives legs of others and comes back after them",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab(three_tables());
  FibWriter& fib = lab.writer();
  fib.reconcile();
  Routes routes(lab);
  routes.set("2001:db8:1::/48", kMainTable, 32);
  REQUIRE(written(lab));
  const auto only_ours = [&] {
    const std::string text = output_of("ip -6 route show 2001:db8:1::/48");
    return fib.idle() && fib.installed() == 1 &&
           contains(text, "2001:db8:1::/48 via 2001:db8::2 dev va proto bgp metric 32");
  };
  // Put beside it, and taken away again.
  sh("ip -6 route append 2001:db8:1::/48 via 2001:db8::9 proto static metric 32");
  lab.settle();
  sh("ip -6 route del 2001:db8:1::/48 via 2001:db8::9 proto static metric 32");
  lab.settle();
  REQUIRE(lab.until(only_ours));
  // Put in its place, with the same gateway.
  sh("ip -6 route replace 2001:db8:1::/48 via 2001:db8::2 proto static metric 32");
  lab.settle();
  REQUIRE(written(lab));
  CHECK(table(kMainTable).empty());
  sh("ip -6 route del 2001:db8:1::/48");
  lab.settle();
  REQUIRE(lab.until(only_ours));
}

TEST_CASE("FibWriter: legs of others that come back at once leave a doubtful route waiting",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  UntoldWriter untold;
  FibWriter& fib = *untold.fib;
  Routes routes(fib);
  routes.set("2001:db8:1::/48", kMainTable, 32);
  REQUIRE(untold.until([&] { return fib.idle() && fib.installed() == 1; }));
  const Route ours{.key = {.prefix = prefix("2001:db8:1::/48"), .table = kMainTable, .metric = 32},
                   .body = {.protocol = kProtocolBgp, .hops = {routes.via("2001:db8::2")}}};
  Route whole = ours;
  whole.body.protocol = RTPROT_STATIC;
  whole.body.hops.push_back(routes.via("2001:db8::9"));
  fib.on_route_changed(&ours, whole, 4242);
  fib.on_route_removed(whole, 4242);  // with ours, or without
  fib.on_route_changed(nullptr, whole, 4242);
  REQUIRE(untold.until([&] { return fib.idle(); }));
  CHECK(fib.failed() == 1);
  CHECK(fib.installed() == 0);
  fib.on_route_removed(whole, 4242);
  REQUIRE(untold.until([&] { return fib.idle() && fib.installed() == 1; }));
  CHECK(fib.failed() == 0);
}
