// What the monitor tells of a route that the FIB writer has replaced, moved or taken back since:
// interfaces that flap make it tell late.
#include <random>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/fib_fixture.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

namespace {

const std::string kV4 = "10.1.0.0/16";
const std::string kV6 = "2001:db8:1::/48";

/// Every route of ours, one line each.
std::string all_of_ours() {
  return table(100) + table(200) + table(kMainTable);
}

/// A writer that has put a route of each family into the kernel over these gateways.
struct Written {
  explicit Written(const std::vector<int>& gateways, std::uint32_t in = kMainTable) {
    set(gateways, in);
  }

  void set(const std::vector<int>& gateways, std::uint32_t in = kMainTable) {
    routes.set(kV4, in, 32, gateways);
    routes.set(kV6, in, 32, gateways);
    REQUIRE(untold.settle());
  }

  /// Tells that the routes over these gateways went, as it was once.
  void tell_gone(const std::vector<int>& gateways, std::uint32_t from = kMainTable) {
    for (const auto& [to, net] : {std::pair{kV4, "192.0.2.{}"}, std::pair{kV6, "2001:db8::{}"}}) {
      Route route{.key = {.prefix = prefix(to), .table = from, .metric = 32},
                  .body = {.protocol = kProtocolBgp}};
      for (const int gateway : gateways) {
        route.body.hops.push_back(routes.via(fmt::format(fmt::runtime(net), gateway)));
      }
      untold.fib->on_route_removed(route, 0);
    }
  }

  UntoldWriter untold;
  Routes routes{*untold.fib};
};

}  // namespace

TEST_CASE("FibWriter: a route that is told to be gone late does not hide the newer one",
          "[kernel][netns][flap]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  const auto [first, second] = GENERATE(as<std::pair<std::vector<int>, std::vector<int>>>{},
                                        std::pair{std::vector{2}, std::vector{3}},
                                        std::pair{std::vector{2, 3}, std::vector{3, 4}},
                                        std::pair{std::vector{2, 3}, std::vector{3}});
  Written now(first);
  now.set(second);
  now.tell_gone(first);

  SECTION("which stays") {
    REQUIRE(now.untold.settle());
    CHECK(now.untold.fib->installed() == 2);
    CHECK(contains(all_of_ours(), "via 192.0.2.3"));
    CHECK(contains(all_of_ours(), "via 2001:db8::3"));
    CHECK(now.untold.fib->counters().repaired == 0);
  }

  SECTION("which goes when it is withdrawn") {
    now.untold.fib->remove(prefix(kV4));
    now.untold.fib->remove(prefix(kV6));
    REQUIRE(now.untold.settle());
    CHECK(all_of_ours().empty());
  }

  SECTION("which moves to another table when that is wanted") {
    now.set({5}, 100);
    CHECK(contains(table(100), "via 192.0.2.5"));
    CHECK(contains(table(100), "via 2001:db8::5"));
    CHECK(table(kMainTable).empty());
  }
}

TEST_CASE("FibWriter: a route that is told to be gone late, and is the same again, is withdrawn",
          "[kernel][netns][flap]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  const std::vector<int> gateways = GENERATE(std::vector{2}, std::vector{2, 3});
  Written now(gateways);
  now.set({9});
  now.set(gateways);
  now.tell_gone(gateways);
  CHECK(now.untold.fib->installed() == 0);
  now.untold.fib->remove(prefix(kV4));
  now.untold.fib->remove(prefix(kV6));
  REQUIRE(now.untold.settle());
  CHECK(all_of_ours().empty());
}

TEST_CASE("FibWriter: a route that is told to be gone from where it came back to is withdrawn",
          "[kernel][netns][flap]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Written now({2});
  now.set({3}, 100);
  now.set({4});
  now.tell_gone({2});
  now.tell_gone({3}, 100);
  now.untold.fib->remove(prefix(kV4));
  now.untold.fib->remove(prefix(kV6));
  REQUIRE(now.untold.settle());
  CHECK(all_of_ours().empty());
}

namespace {

/// Two interfaces with a subnet each, one of which comes and goes; routes change all the time.
class Flapping {
 public:
  static constexpr int kPrefixes = 150;  // of each family

  Flapping() {
    make_net();
    make_second();
    options_.fib.places = {.tables = {100, kMainTable}, .metrics = {32}};
    options_.monitor.tables = {100, kMainTable};
    lab_ = std::make_unique<Lab>(options_);
    lab_->writer().reconcile();
  }

  Lab& lab() { return *lab_; }

  void make_second() {
    sh("ip link add vc type veth peer name vd && ip link set vc up && ip link set vd up"
       " && ip address add 198.51.100.1/24 dev vc"
       " && ip -6 address add 2001:db8:f::1/64 dev vc nodad");
  }

  void change_some(int count) {
    for (int i = 0; i < count; ++i) {
      change(static_cast<int>(random_() % (2 * kPrefixes)));
      for (unsigned step = random_() % 4; step != 0; --step) {
        lab_->step();
      }
    }
  }

  /// Everything withdrawn: nothing of ours may be left.
  void withdraw_all() {
    for (int i = 0; i < 2 * kPrefixes; ++i) {
      lab_->writer().remove(prefix(name(i)));
    }
  }

 private:
  static std::string name(int i) {
    return i < kPrefixes ? fmt::format("10.1.{}.0/24", i)
                         : fmt::format("2001:db8:1:{:x}::/64", i - kPrefixes);
  }

  void change(int i) {
    const unsigned kind = random_() % 8;
    if (kind == 0) {
      lab_->writer().remove(prefix(name(i)));
      return;
    }
    FibRoute route{.prefix = prefix(name(i)), .table = kind == 1 ? 100U : kMainTable};
    const bool v6 = i >= kPrefixes;
    if (kind != 2) {
      route.hops.push_back(hop("va", v6 ? "2001:db8::{}" : "192.0.2.{}"));
    }
    if (kind <= 4) {
      route.hops.push_back(hop("vc", v6 ? "2001:db8:f::{}" : "198.51.100.{}"));
    }
    lab_->writer().set(route);
  }

  Hop hop(const char* interface, const char* net) {
    return {.gateway = net::IpAddress::parse(fmt::format(fmt::runtime(net), 2 + random_() % 4)),
            .interface_index = if_nametoindex(interface)};
  }

  LabOptions options_;
  std::unique_ptr<Lab> lab_;
  std::mt19937 random_{20};
};

}  // namespace

TEST_CASE("FibWriter: interfaces that flap while routes change leave nothing behind",
          "[kernel][netns][flap]") {
  if (!enter_namespace()) {
    return;
  }
  Flapping flapping;
  const bool deleted = GENERATE(false, true);
  Lab& lab = flapping.lab();
  const int rounds = 12;
  for (int round = 0; round < rounds; ++round) {
    flapping.change_some(300);
    sh(deleted ? "ip link del vc" : "ip link set vc down");
    flapping.change_some(300);
    if (deleted) {
      flapping.make_second();
    } else {
      sh("ip link set vc up && ip -6 address add 2001:db8:f::1/64 dev vc nodad");
    }
    flapping.change_some(300);
  }
  flapping.withdraw_all();
  REQUIRE(lab.until([&] { return lab.writer().idle() && lab.monitor().synchronized(); }));
  lab.settle();
  REQUIRE(written(lab));
  CHECK(all_of_ours().empty());
  CHECK(lab.writer().size() == 0);
}
