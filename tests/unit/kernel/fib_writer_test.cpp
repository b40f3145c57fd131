#include <fmt/format.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/fib_fixture.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

namespace {

Hop via(const std::string& gateway, std::uint32_t interface) {
  return {.gateway = net::IpAddress::parse(gateway), .interface_index = interface};
}

std::string kernel_routes(const std::string& options = "proto bgp") {
  return output_of("ip route show " + options) + output_of("ip -6 route show " + options);
}

}  // namespace

TEST_CASE("FibWriter: adds, replaces and removes routes of both families", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab;
  FibWriter& fib = lab.writer();
  const std::uint32_t va = lab.index_of("va");
  fib.set({prefix("10.1.0.0/16"), RouteType::Unicast, {via("192.0.2.2", va)}, {}});
  fib.set({prefix("10.2.0.0/16"),
           RouteType::Unicast,
           {via("192.0.2.2", va), via("192.0.2.3", va)},
           net::IpAddress::parse("192.0.2.1")});
  fib.set({prefix("10.3.0.0/16"), RouteType::Blackhole, {}, {}});
  fib.set({prefix("10.4.0.0/16"), RouteType::Unicast, {via("2001:db8::2", va)}, {}});
  fib.set({prefix("2001:db8:1::/48"), RouteType::Unicast, {via("2001:db8::2", va)}, {}});
  fib.set({prefix("2001:db8:2::/48"),
           RouteType::Unicast,
           {via("2001:db8::2", va), via("2001:db8::3", va)},
           {}});
  fib.set({prefix("2001:db8:3::/48"), RouteType::Blackhole, {}, {}});
  Hop onlink = via("203.0.113.1", va);
  onlink.onlink = true;
  fib.set({prefix("10.5.0.0/16"), RouteType::Unicast, {onlink}, {}});
  REQUIRE(written(lab));
  const std::string all = kernel_routes();
  CHECK(contains(all, "10.1.0.0/16 via 192.0.2.2 dev va metric 32"));
  CHECK(contains(all, "10.2.0.0/16 src 192.0.2.1 metric 32"));
  CHECK(contains(all, "blackhole 10.3.0.0/16 metric 32"));
  CHECK(contains(all, "10.4.0.0/16 via inet6 2001:db8::2 dev va metric 32"));
  CHECK(contains(all, "10.5.0.0/16 via 203.0.113.1 dev va metric 32 onlink"));
  CHECK(contains(all, "2001:db8:1::/48 via 2001:db8::2 dev va metric 32"));
  CHECK(contains(all, "blackhole 2001:db8:3::/48"));
  CHECK(fib.installed() == 8);

  // All kinds of changes of kind, also those that IPv6 treats specially.
  fib.set({prefix("10.1.0.0/16"), RouteType::Blackhole, {}, {}});
  fib.set({prefix("10.2.0.0/16"), RouteType::Unicast, {via("192.0.2.9", va)}, {}});
  fib.set({prefix("2001:db8:1::/48"),
           RouteType::Unicast,
           {via("2001:db8::8", va), via("2001:db8::9", va)},
           {}});
  fib.set({prefix("2001:db8:2::/48"), RouteType::Blackhole, {}, {}});
  fib.set({prefix("2001:db8:3::/48"), RouteType::Unicast, {via("2001:db8::7", va)}, {}});
  fib.remove(prefix("10.3.0.0/16"));
  REQUIRE(written(lab));
  lab.settle();
  REQUIRE(written(lab));
  const std::string after = kernel_routes();
  CHECK(contains(after, "blackhole 10.1.0.0/16"));
  CHECK(contains(after, "10.2.0.0/16 via 192.0.2.9"));
  CHECK_FALSE(contains(after, "10.3.0.0/16"));
  CHECK(contains(after, "nexthop via 2001:db8::8"));
  CHECK(contains(after, "nexthop via 2001:db8::9"));
  CHECK_FALSE(contains(after, "2001:db8::2 dev va weight"));
  CHECK(contains(after, "blackhole 2001:db8:2::/48"));
  CHECK(contains(after, "2001:db8:3::/48 via 2001:db8::7"));
  CHECK(fib.installed() == 7);
  CHECK(fib.failed() == 0);
  CHECK(fib.counters().repaired == 0);
  CHECK(fib.counters().written == 13);
}

TEST_CASE("FibWriter: brings back routes that somebody else deletes or changes",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab;
  FibWriter& fib = lab.writer();
  const std::uint32_t va = lab.index_of("va");
  fib.set({prefix("10.1.0.0/16"), RouteType::Unicast, {via("192.0.2.2", va)}, {}});
  fib.set({prefix("2001:db8:1::/48"), RouteType::Unicast, {via("2001:db8::2", va)}, {}});
  REQUIRE(written(lab));
  sh("ip route del 10.1.0.0/16 proto bgp && ip -6 route del 2001:db8:1::/48 proto bgp");
  REQUIRE(lab.until([&] { return fib.counters().repaired == 2; }));
  REQUIRE(written(lab));
  CHECK(contains(kernel_routes(), "10.1.0.0/16 via 192.0.2.2"));
  CHECK(contains(kernel_routes(), "2001:db8:1::/48 via 2001:db8::2"));
  sh("ip route replace 10.1.0.0/16 via 192.0.2.66 proto bgp metric 32");
  REQUIRE(lab.until([&] { return fib.counters().repaired == 3; }));
  REQUIRE(written(lab));
  CHECK(contains(kernel_routes(), "10.1.0.0/16 via 192.0.2.2"));
}

TEST_CASE("FibWriter: does not fight without a pause with another program", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab;
  FibWriter& fib = lab.writer();
  fib.set({prefix("10.1.0.0/16"), RouteType::Blackhole, {}, {}});
  REQUIRE(written(lab));
  for (int i = 0; i < 6; ++i) {
    sh("ip route del 10.1.0.0/16");
    const auto repaired = static_cast<std::uint64_t>(i) + 1;
    REQUIRE(lab.until([&] { return fib.counters().repaired == repaired; }));
    REQUIRE(written(lab));
  }
  CHECK(fib.failed() == 1);
  REQUIRE(lab.until([&] { return fib.installed() == 1 && fib.failed() == 0; }));
  CHECK(contains(kernel_routes(), "blackhole 10.1.0.0/16"));
}

TEST_CASE("FibWriter: requests of any size fill their batches and are written once",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab;
  FibWriter& fib = lab.writer();
  const std::uint32_t va = lab.index_of("va");
  const auto source = GENERATE(as<std::optional<net::IpAddress>>{}, std::nullopt,
                               net::IpAddress::parse("192.0.2.1"));
  const auto legs = GENERATE(1U, 2U, 3U, 7U);
  std::vector<Hop> hops;
  for (unsigned leg = 0; leg < legs; ++leg) {
    hops.push_back(via(fmt::format("192.0.2.{}", leg + 2), va));
  }
  CAPTURE(source.has_value(), legs);
  for (int i = 0; i < 2000; ++i) {
    fib.set(
        {prefix(fmt::format("10.{}.{}.0/24", i / 256, i % 256)), RouteType::Unicast, hops, source});
  }
  REQUIRE(written(lab));
  CHECK(fib.installed() == 2000);
  CHECK(fib.counters().written == 2000);
  REQUIRE(fib.flush());
  CHECK(fib.counters().removed == 2000);
}

TEST_CASE("FibWriter: adopts what is right of an earlier run and removes the rest",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip route add 10.1.0.0/16 via 192.0.2.2 proto bgp metric 32");
  sh("ip route add 10.2.0.0/16 via 192.0.2.2 proto bgp metric 32");
  sh("ip route add 10.3.0.0/16 via 192.0.2.2 proto bgp metric 32");
  sh("ip route add 10.1.0.0/16 via 192.0.2.2 proto bgp metric 99");
  sh("ip route add 10.1.0.0/16 via 192.0.2.2 proto static metric 98");
  sh("ip -6 route add 2001:db8:1::/48 proto bgp metric 32 nexthop via 2001:db8::2 nexthop via "
     "2001:db8::3");
  Lab lab;
  FibWriter& fib = lab.writer();
  const std::uint32_t va = lab.index_of("va");
  fib.set({prefix("10.1.0.0/16"), RouteType::Unicast, {via("192.0.2.2", va)}, {}});
  fib.set({prefix("10.2.0.0/16"), RouteType::Unicast, {via("192.0.2.9", va)}, {}});
  fib.set({prefix("2001:db8:1::/48"),
           RouteType::Unicast,
           {via("2001:db8::3", va), via("2001:db8::2", va)},
           {}});
  REQUIRE(written(lab));
  CHECK(fib.counters().adopted == 2);
  CHECK(fib.counters().written == 0);
  // Who knows whether the neighbor that this one was learned from does not come back.
  CHECK(contains(kernel_routes(), "10.2.0.0/16 via 192.0.2.2"));
  fib.replace_stale();
  REQUIRE(written(lab));
  CHECK(fib.counters().written == 1);
  CHECK(contains(kernel_routes(), "10.2.0.0/16 via 192.0.2.9"));
  CHECK(contains(kernel_routes(), "10.3.0.0/16"));
  fib.reconcile();
  REQUIRE(written(lab));
  CHECK(fib.counters().removed == 1);
  CHECK_FALSE(contains(kernel_routes(), "10.3.0.0/16"));
  CHECK(contains(kernel_routes(), "metric 99"));  // not where this writer writes
  CHECK(contains(kernel_routes("proto static"), "10.1.0.0/16"));
  lab.settle();
  CHECK(fib.counters().repaired == 0);
}

TEST_CASE("FibWriter: what is wanted may change until a route of an earlier run is decided",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip route add 10.1.0.0/16 proto bgp metric 32 nexthop via 192.0.2.2 nexthop via 192.0.2.3");
  sh("ip route add 10.2.0.0/16 via 192.0.2.2 proto bgp metric 32");
  sh("ip route add 10.3.0.0/16 via 192.0.2.2 proto bgp metric 32");
  Lab lab;
  FibWriter& fib = lab.writer();
  const std::uint32_t va = lab.index_of("va");
  const auto unicast = [&](const char* to, std::vector<Hop> hops) {
    fib.set({prefix(to), RouteType::Unicast, std::move(hops), {}});
  };
  lab.take_events();
  // One neighbor after the other says the same as before the restart.
  unicast("10.1.0.0/16", {via("192.0.2.2", va)});
  REQUIRE(written(lab));
  unicast("10.1.0.0/16", {via("192.0.2.2", va), via("192.0.2.3", va)});
  // A path comes and goes again before all is known; the kernel's own route goes.
  unicast("10.2.0.0/16", {via("192.0.2.9", va)});
  fib.remove(prefix("10.2.0.0/16"));
  unicast("10.3.0.0/16", {via("192.0.2.9", va)});
  sh("ip route del 10.3.0.0/16");
  lab.settle();
  REQUIRE(lab.until([&] { return contains(kernel_routes(), "10.3.0.0/16 via 192.0.2.9"); }));
  CHECK(contains(kernel_routes(), "10.2.0.0/16 via 192.0.2.2"));
  fib.reconcile();
  REQUIRE(written(lab));
  CHECK(fib.counters().adopted == 1);
  CHECK(fib.counters().written == 1);
  CHECK(fib.counters().removed == 1);
  CHECK_FALSE(contains(kernel_routes(), "10.2.0.0/16"));
}

TEST_CASE("FibWriter: leaves a foreign route alone that has our prefix and metric",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip route add 10.1.0.0/16 via 192.0.2.7 proto static metric 32");
  sh("ip -6 route add 2001:db8:1::/48 via 2001:db8::7 proto static metric 32");
  Lab lab;
  FibWriter& fib = lab.writer();
  const std::uint32_t va = lab.index_of("va");
  fib.set({prefix("10.1.0.0/16"), RouteType::Unicast, {via("192.0.2.2", va)}, {}});
  fib.set({prefix("2001:db8:1::/48"), RouteType::Unicast, {via("2001:db8::2", va)}, {}});
  REQUIRE(written(lab));
  CHECK(fib.failed() == 2);
  CHECK(fib.status(prefix("10.1.0.0/16"))->state == FibState::Failed);
  CHECK(contains(kernel_routes("proto static"), "10.1.0.0/16 via 192.0.2.7"));
  CHECK(contains(kernel_routes("proto static"), "2001:db8:1::/48 via 2001:db8::7"));
  CHECK_FALSE(contains(kernel_routes(), "192.0.2.2"));
  sh("ip route del 10.1.0.0/16 && ip -6 route del 2001:db8:1::/48");
  REQUIRE(lab.until([&] { return fib.installed() == 2; }));
  CHECK(fib.failed() == 0);
  // And the other way round: a foreign route that takes ours away keeps the place.
  sh("ip route replace 10.1.0.0/16 via 192.0.2.7 proto static metric 32");
  REQUIRE(lab.until([&] { return fib.failed() == 1; }));
  CHECK(contains(kernel_routes("proto static"), "10.1.0.0/16 via 192.0.2.7"));
  CHECK_FALSE(contains(kernel_routes(), "10.1.0.0/16"));
}

TEST_CASE("FibWriter: reports the kernel's error and tries again once it may be cured",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab;
  FibWriter& fib = lab.writer();
  const std::uint32_t va = lab.index_of("va");
  fib.set({prefix("10.1.0.0/16"), RouteType::Unicast, {via("203.0.113.1", va)}, {}});
  fib.set({prefix("10.2.0.0/16"), RouteType::Unicast, {via("192.0.2.2", va)}, {}});
  REQUIRE(written(lab));
  CHECK(fib.installed() == 1);
  CHECK(fib.failed() == 1);
  const auto status = fib.status(prefix("10.1.0.0/16"));
  REQUIRE(status);
  CHECK(status->state == FibState::Failed);
  CHECK(status->error == "Nexthop has invalid gateway");
  sh("ip address add 203.0.113.9/24 dev va");
  REQUIRE(lab.until([&] { return fib.installed() == 2; }));
  CHECK(fib.failed() == 0);
  CHECK(fib.counters().errors >= 1);
}

TEST_CASE("FibWriter: brings routes back after their link went down and up", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Lab lab;
  FibWriter& fib = lab.writer();
  const std::uint32_t va = lab.index_of("va");
  fib.set({prefix("10.1.0.0/16"), RouteType::Unicast, {via("192.0.2.2", va)}, {}});
  fib.set({prefix("2001:db8:1::/48"), RouteType::Unicast, {via("2001:db8::2", va)}, {}});
  REQUIRE(written(lab));
  CHECK(fib.installed() == 2);
  sh("ip link set va down");
  REQUIRE(lab.until([&] { return fib.failed() == 2; }));
  CHECK(fib.installed() == 0);
  sh("ip link set va up && ip -6 address add 2001:db8::1/64 dev va nodad");
  REQUIRE(lab.until([&] { return fib.installed() == 2; }));
  CHECK(contains(kernel_routes(), "10.1.0.0/16 via 192.0.2.2"));
}

TEST_CASE("FibWriter: flush takes away our routes and nobody else's", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip route add blackhole 10.7.0.0/16 proto static metric 32");
  sh("ip route add blackhole 10.8.0.0/16 proto bgp metric 32 table 100");
  sh("ip route add blackhole 10.9.0.0/16 proto bgp metric 32");
  Lab lab;
  FibWriter& fib = lab.writer();
  for (int i = 0; i < 3000; ++i) {
    fib.set({prefix(fmt::format("10.{}.{}.0/24", 20 + i / 256, i % 256)),
             RouteType::Blackhole,
             {},
             {}});
  }
  REQUIRE(written(lab));
  CHECK(fib.installed() == 3000);
  CHECK(fib.flush());
  CHECK(kernel_routes().empty());
  CHECK(contains(kernel_routes("proto static"), "10.7.0.0/16"));
  CHECK(contains(kernel_routes("table 100"), "10.8.0.0/16"));
}
