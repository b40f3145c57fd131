// Which routes of the kernel are ours, and what the writer does about those that are not.
#include "kernel/fib/ownership.hpp"

#include <fmt/format.h>

#include "net/log.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/fib_fixture.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

namespace {

constexpr std::uint8_t kOurs = 71;
constexpr std::uint8_t kBefore = 186;

RouteKey key(const std::string& to, std::uint32_t number, std::uint32_t metric) {
  return {.prefix = prefix(to), .table = number, .metric = metric};
}

LabOptions writes(std::uint8_t protocol, Ownership ownership = {}) {
  LabOptions options;
  options.monitor.tables = {100, kMainTable};
  ownership.protocol = protocol;
  options.fib = std::move(ownership);
  return options;
}

/// Lets the writer remove what it believes is left over of an earlier run.
void clean_up(Lab& lab) {
  lab.settle();
  lab.writer().reconcile();
  REQUIRE(written(lab));
  lab.settle();
  REQUIRE(written(lab));
}

}  // namespace

TEST_CASE("Ownership: protocol, table and metric together") {
  const Ownership own{.places = {.tables = {100, 254}, .metrics = {32, 50}, .former = {{7, 9}}}};
  CHECK(own.owns(key("10.0.0.0/8", 254, 32), kOurs));
  CHECK(own.owns(key("10.0.0.0/8", 100, 50), kOurs));
  CHECK(own.owns(key("10.0.0.0/8", 7, 9), kOurs));
  CHECK_FALSE(own.owns(key("10.0.0.0/8", 254, 20), kOurs));
  CHECK_FALSE(own.owns(key("10.0.0.0/8", 7, 32), kOurs));
  CHECK_FALSE(own.owns(key("10.0.0.0/8", 8, 32), kOurs));
  CHECK_FALSE(own.owns(key("10.0.0.0/8", 254, 32), kBefore));
  RouteKey with_tos = key("10.0.0.0/8", 254, 32);
  with_tos.tos = 16;
  CHECK_FALSE(own.owns(with_tos, kOurs));
  CHECK(own.may_write(key("10.0.0.0/8", 254, 32)));
  CHECK_FALSE(own.may_write(key("10.0.0.0/8", 254, 20)));
  CHECK(own.places.all_tables() == std::vector<std::uint32_t>{7, 100, 254});
}

TEST_CASE("Ownership: adopt all takes any metric of our tables, and nothing else") {
  const Ownership all{.adopt = Adopt::All, .families = {.ipv6 = false}};
  CHECK(all.owns(key("10.0.0.0/8", 254, 20), kOurs));
  CHECK_FALSE(all.owns(key("10.0.0.0/8", 100, 20), kOurs));
  CHECK_FALSE(all.owns(key("10.0.0.0/8", 254, 20), kBefore));
  CHECK_FALSE(all.owns(key("2001:db8::/32", 254, 20), kOurs));
}

TEST_CASE("Ownership: what an earlier run wrote with another protocol is ours where it did") {
  const Ownership own{.former_protocol = kBefore, .places = {.former = {{254, 32}}}};
  CHECK(own.owns(key("10.0.0.0/8", 254, 32), kBefore));
  CHECK_FALSE(own.owns(key("10.0.0.0/8", 254, 20), kBefore));
  CHECK_FALSE(own.owns(key("10.0.0.0/8", 100, 32), kBefore));
  CHECK(own.owns(key("10.0.0.0/8", 254, 32), kOurs));
}

TEST_CASE("FibWriter: routes with our protocol at other metrics are not ours", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip route add 10.1.0.0/16 via 192.0.2.9 proto 71 metric 20");
  Lab lab(writes(kOurs));
  Routes routes(lab);
  routes.set("10.1.0.0/16", kMainTable, 32);
  clean_up(lab);
  sh("ip route add 10.2.0.0/16 via 192.0.2.9 proto 71 metric 20");
  sh("ip -6 route add 2001:db8:2::/48 via 2001:db8::9 proto 71 metric 20");
  sh("ip route add 10.3.0.0/16 via 192.0.2.9 tos 0x10 proto 71 metric 32");
  clean_up(lab);
  lab.writer().remove(prefix("10.1.0.0/16"));
  clean_up(lab);
  CHECK(lab.writer().counters().removed == 1);
  const std::string left = table(kMainTable, "proto 71");
  CHECK(contains(left, "10.1.0.0/16 via 192.0.2.9 dev va metric 20"));
  CHECK(contains(left, "10.2.0.0/16 via 192.0.2.9 dev va metric 20"));
  CHECK(contains(left, "10.3.0.0/16 tos"));
  CHECK(contains(left, "2001:db8:2::/48 via 2001:db8::9"));
  CHECK(lab.writer().flush());
  CHECK(table(kMainTable, "proto 71") == left);
}

TEST_CASE("FibWriter: adopt all takes over what another daemon left", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip route add 10.1.0.0/16 via 192.0.2.2 proto bird metric 1024");
  sh("ip route add 10.2.0.0/16 via 192.0.2.2 proto bird");
  sh("ip route add 10.3.0.0/16 via 192.0.2.2 proto static");
  Lab lab(writes(12, {.adopt = Adopt::All}));
  Routes routes(lab);
  routes.set("10.1.0.0/16", kMainTable, 32);
  clean_up(lab);
  CHECK(table(kMainTable, "proto bird") == "10.1.0.0/16 via 192.0.2.2 dev va metric 32 \n");
  CHECK(contains(table(kMainTable, "proto static"), "10.3.0.0/16"));
}

TEST_CASE("FibWriter: routes of an earlier run with another protocol are replaced",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  for (const char* words : {"proto bgp metric 32", "proto bgp metric 20", "proto bgp metric 50"}) {
    sh(fmt::format("ip route add 10.1.0.0/16 via 192.0.2.2 {}", words));
    sh(fmt::format("ip route add 10.2.0.0/16 via 192.0.2.2 {}", words));
    sh(fmt::format("ip -6 route add 2001:db8:1::/48 via 2001:db8::2 {}", words));
  }
  Lab lab(writes(kOurs, {.former_protocol = kBefore,
                         .places = {.former = {{kMainTable, 32}, {kMainTable, 50}}}}));
  Routes routes(lab);
  routes.set("10.1.0.0/16", kMainTable, 32);
  routes.set("2001:db8:1::/48", kMainTable, 32);
  lab.settle();
  lab.take_events();
  clean_up(lab);
  CHECK(table(kMainTable, "proto 71") ==
        "10.1.0.0/16 via 192.0.2.2 dev va metric 32 \n"
        "2001:db8:1::/48 via 2001:db8::2 dev va metric 32 pref medium\n");
  const std::string left = table(kMainTable);
  CHECK_FALSE(contains(left, "metric 32"));
  CHECK_FALSE(contains(left, "metric 50"));
  CHECK(contains(left, "10.1.0.0/16 via 192.0.2.2 dev va metric 20"));
  CHECK(contains(left, "10.2.0.0/16 via 192.0.2.2 dev va metric 20"));
  CHECK(contains(left, "2001:db8:1::/48 via 2001:db8::2 dev va metric 20"));
  // Nobody was without a route meanwhile.
  for (const std::string& event : lab.take_events()) {
    CHECK_FALSE(contains(event, "removed 10.1.0.0/16 via 192.0.2.2 dev 2 table 254 metric 32"));
  }
}

TEST_CASE("FibWriter: a family that is not written is left alone", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  sh("ip -6 route add 2001:db8:1::/48 via 2001:db8::2 proto 71 metric 32");
  Lab lab(writes(kOurs, {.families = {.ipv6 = false}}));
  FibWriter& fib = lab.writer();
  Routes routes(lab);
  routes.set("10.1.0.0/16", kMainTable, 32);
  clean_up(lab);
  CHECK(fib.flush());
  CHECK(contains(table(kMainTable, "proto 71"), "2001:db8:1::/48"));

  // With both it is ours; when one goes its routes do, and those of the other stay.
  Ownership both = fib.ownership();
  both.families = {};
  fib.set_ownership(both);
  routes.set("10.1.0.0/16", kMainTable, 32);
  routes.set("2001:db8:2::/48", kMainTable, 32);
  fib.on_synchronized();
  REQUIRE(written(lab));
  both.families = {.ipv6 = false};
  fib.set_ownership(both);
  CHECK(table(kMainTable, "proto 71") ==
        "10.1.0.0/16 via 192.0.2.2 dev va metric 32 \n"
        "2001:db8:1::/48 via 2001:db8::2 dev va metric 32 pref medium\n");
}
