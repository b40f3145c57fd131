#include <fmt/format.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/lab.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

namespace {

void make_veth(const std::string& name, const std::string& subnets) {
  sh(fmt::format("ip link add {0} type veth peer name {0}p && ip link set {0}p up", name));
  sh(fmt::format("ip link set {} up", name));
  if (!subnets.empty()) {
    sh(fmt::format("ip address add {} dev {}", subnets, name));
  }
}

}  // namespace

TEST_CASE("Monitor: dumps what is there and then follows what happens", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_veth("va", "192.0.2.1/24");
  sh("ip -6 address add 2001:db8::1/64 dev va nodad");
  sh("ip route add 10.1.0.0/16 via 192.0.2.2 proto static metric 7");
  Lab lab({.with_writer = false});
  const std::uint32_t va = lab.index_of("va");
  CHECK(lab.has(fmt::format("10.1.0.0/16 via 192.0.2.2 dev {} table 254 metric 7 protocol 4", va)));
  CHECK(
      lab.has(fmt::format("192.0.2.0/24 dev {} table 254 metric 0 protocol 2 src 192.0.2.1", va)));
  CHECK(lab.has(fmt::format("2001:db8::/64 dev {}", va)));

  sh("ip route add blackhole 10.2.0.0/16 proto 80");
  sh("ip -6 route add 2001:db8:1::/48 via 2001:db8::2");
  lab.settle();
  CHECK(lab.has("blackhole 10.2.0.0/16 table 254 metric 0 protocol 80"));
  CHECK(lab.has(fmt::format("2001:db8:1::/48 via 2001:db8::2 dev {} table 254 metric 1024", va)));

  lab.take_events();
  sh("ip route replace unreachable 10.2.0.0/16 proto 80");
  sh("ip route del 10.1.0.0/16");
  lab.settle();
  CHECK(lab.has("unreachable 10.2.0.0/16"));
  CHECK_FALSE(lab.has("blackhole 10.2.0.0/16"));
  CHECK_FALSE(lab.has("10.1.0.0/16"));
  const auto events = lab.take_events();
  REQUIRE(events.size() == 4);
  CHECK(events[0].starts_with("route > unreachable 10.2.0.0/16"));
  CHECK(events[1].starts_with("route - 10.1.0.0/16"));
}

TEST_CASE("Monitor: keeps ECMP routes of both families whole, leg by leg", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_veth("va", "192.0.2.1/24");
  sh("ip -6 address add 2001:db8::1/64 dev va nodad");
  Lab lab({.with_writer = false});
  const std::uint32_t va = lab.index_of("va");
  sh("ip route add 10.1.0.0/16 nexthop via 192.0.2.2 weight 3 nexthop via 192.0.2.3");
  sh("ip -6 route add 2001:db8:1::/48 via 2001:db8::2");
  sh("ip -6 route append 2001:db8:1::/48 via 2001:db8::3");
  sh("ip -6 route append 2001:db8:1::/48 via 2001:db8::4");
  lab.settle();
  CHECK(
      lab.has(fmt::format("10.1.0.0/16 via 192.0.2.2 dev {0} weight 3 via 192.0.2.3 dev {0}", va)));
  const auto six = [&] {
    std::string found;
    for (const auto& line : lab.view()) {
      if (line.starts_with("2001:db8:1::/48")) {
        found += line;
      }
    }
    return found;
  };
  for (const char* leg : {"2001:db8::2", "2001:db8::3", "2001:db8::4"}) {
    CHECK(six().find(leg) != std::string::npos);
  }
  sh("ip -6 route del 2001:db8:1::/48 via 2001:db8::3");
  lab.settle();
  CHECK(six().find("2001:db8::2") != std::string::npos);
  CHECK(six().find("2001:db8::3") == std::string::npos);
  CHECK(six().find("2001:db8::4") != std::string::npos);
  sh("ip -6 route replace 2001:db8:1::/48 via 2001:db8::9");
  lab.settle();
  CHECK(six() ==
        fmt::format("2001:db8:1::/48 via 2001:db8::9 dev {} table 254 metric 1024 protocol 3", va));
  sh("ip -6 route del 2001:db8:1::/48");
  lab.settle();
  CHECK(six().empty());
}

TEST_CASE("Monitor: reads an IPv4 route via an IPv6 gateway", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_veth("va", "");
  sh("ip -6 address add 2001:db8::1/64 dev va nodad");
  Lab lab({.with_writer = false});
  sh("ip route add 10.9.0.0/16 via inet6 2001:db8::2 dev va");
  lab.settle();
  CHECK(lab.has(fmt::format("10.9.0.0/16 via 2001:db8::2 dev {}", lab.index_of("va"))));
}

TEST_CASE("Monitor: sees routes go that the kernel drops without a word", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_veth("va", "192.0.2.1/24");
  make_veth("vb", "198.51.100.1/24");
  sh("ip -6 address add 2001:db8::1/64 dev va nodad");
  sh("ip address add 192.0.2.77/32 dev lo");
  Lab lab({.with_writer = false});
  const std::uint32_t va = lab.index_of("va");
  const std::uint32_t vb = lab.index_of("vb");
  sh("ip route add 10.1.0.0/16 via 192.0.2.2");
  sh("ip route add 10.2.0.0/16 nexthop via 192.0.2.2 nexthop via 198.51.100.2");
  sh("ip -6 route add 2001:db8:1::/48 via 2001:db8::2");
  sh("ip route add 10.3.0.0/16 via 198.51.100.2 src 192.0.2.77");
  lab.settle();
  CHECK(lab.has("10.3.0.0/16"));

  SECTION("a link goes down and comes back") {
    sh("ip link set va down");
    REQUIRE(lab.until([&] { return !lab.has("10.1.0.0/16") && lab.monitor().synchronized(); }));
    CHECK_FALSE(lab.has("192.0.2.0/24"));
    CHECK_FALSE(lab.has("2001:db8:1::/48"));
    CHECK(lab.has(fmt::format("10.2.0.0/16 via 192.0.2.2 dev {} dead", va)));
    sh("ip link set va up");
    REQUIRE(lab.until([&] {
      return lab.has(
          fmt::format("10.2.0.0/16 via 192.0.2.2 dev {} via 198.51.100.2 dev {} table", va, vb));
    }));
    lab.settle();
    CHECK_FALSE(lab.has("10.1.0.0/16"));
  }
  SECTION("an interface is removed") {
    sh("ip link del va");
    REQUIRE(lab.until([&] { return !lab.has("10.1.0.0/16") && lab.monitor().synchronized(); }));
    lab.settle();
    CHECK(lab.monitor().find_link("va") == nullptr);
    CHECK(lab.has("10.3.0.0/16"));
    CHECK(lab.monitor().routes().using_interface(vb) >= 2);
  }
  SECTION("the preferred source is removed") {
    sh("ip address del 192.0.2.77/32 dev lo");
    REQUIRE(lab.until([&] { return !lab.has("10.3.0.0/16"); }));
    CHECK(lab.has("10.1.0.0/16"));
  }
  SECTION("an interface is renamed") {
    lab.take_events();
    sh("ip link set va name renamed");
    REQUIRE(lab.until([&] { return lab.monitor().find_link("renamed") != nullptr; }));
    lab.settle();
    CHECK(lab.index_of("renamed") == va);
    CHECK(lab.has("10.1.0.0/16"));
  }
}

TEST_CASE("Monitor: follows only the tables it was told, and others when told so",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  sh("ip route add blackhole 10.1.0.0/16 table 100");
  sh("ip route add blackhole 10.2.0.0/16 table 200");
  Lab lab({.monitor = {.tables = {254, 100, 777}}, .with_writer = false});
  CHECK(lab.view(100).size() == 1);
  CHECK(lab.view(200).empty());
  sh("ip route add blackhole 10.3.0.0/16 table 200");
  sh("ip route add blackhole 10.4.0.0/16 table 100");
  lab.settle();
  CHECK(lab.view(100).size() == 2);
  CHECK(lab.view(200).empty());
  lab.monitor().set_tables({254, 200});
  REQUIRE(lab.until([&] { return lab.monitor().synchronized(); }));
  CHECK(lab.view(100).empty());
  CHECK(lab.view(200).size() == 2);
}

TEST_CASE("Monitor: loses notifications in a small buffer and still ends with the kernel's routes",
          "[kernel][netns][stress]") {
  if (!enter_namespace()) {
    return;
  }
  Lab lab({.monitor = {.receive_buffer = 4096}, .with_writer = false});
  const auto prefix = [](int i) { return fmt::format("10.{}.{}.0/24", i / 256, i % 256); };
  ip_batch(20'000, [&](int i) { return "route add blackhole " + prefix(i) + " proto static"; });
  ip_batch(10'000, [&](int i) { return "route del " + prefix(2 * i); });
  ip_batch(5'000, [&](int i) {
    return "route replace unreachable " + prefix(4 * i + 1) + " proto static";
  });
  REQUIRE(lab.until([&] { return lab.monitor().counters().losses > 0; }));
  lab.settle();
  const auto lines = lab.view();
  CHECK(lines.size() == 10'000);
  CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
          return line.starts_with("unreachable");
        }) == 5'000);
  CHECK(lab.monitor().counters().losses > 0);
}
