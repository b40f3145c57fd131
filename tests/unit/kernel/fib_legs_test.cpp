// Legs of ours and of others in one IPv6 route.
#include <fmt/format.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/lab.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

namespace {

net::Prefix prefix(const std::string& text) {
  return net::Prefix::parse(text).value();
}

void make_net() {
  sh("ip link add va type veth peer name vb && ip link set va up && ip link set vb up");
  sh("ip address add 192.0.2.1/24 dev va");
  sh("ip -6 address add 2001:db8::1/64 dev va nodad");
}

LabOptions three_tables() {
  LabOptions options;
  options.monitor.tables = {100, 200, kMainTable};
  options.fib.places = {.tables = {100, 200, kMainTable}, .metrics = {32, 50, 70}};
  return options;
}

/// Routes of a writer to 192.0.2.N and 2001:db8::N.
class Routes {
 public:
  explicit Routes(Lab& lab) : fib_(lab.writer()), va_(lab.index_of("va")) {}

  void set(const std::string& to,
           std::uint32_t table,
           std::uint32_t metric,
           const std::vector<int>& gateways = {2}) {
    FibRoute route{.prefix = prefix(to), .table = table, .metric = metric};
    for (const int gateway : gateways) {
      const char* net = route.prefix.address().is_v6() ? "2001:db8::{}" : "192.0.2.{}";
      route.hops.push_back(
          {.gateway = net::IpAddress::parse(fmt::format(fmt::runtime(net), gateway)),
           .interface_index = va_});
    }
    if (gateways.empty()) {
      route.type = RouteType::Blackhole;
    }
    fib_.set(route);
  }

 private:
  FibWriter& fib_;
  std::uint32_t va_;
};

std::string table(std::uint32_t number, const std::string& options = "proto bgp") {
  const std::string rest = fmt::format("route show table {} {} 2>/dev/null", number, options);
  return output_of("ip " + rest) + output_of("ip -6 " + rest);
}

bool written(Lab& lab) {
  return lab.until([&] { return lab.writer().idle(); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

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
