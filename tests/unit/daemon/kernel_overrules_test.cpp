#include "daemon/bridge/kernel_overrules.hpp"

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::daemon;

namespace {

constexpr std::uint8_t kOurs = 71;
constexpr std::uint8_t kAgent = 80;

/// A view of the kernel's routes whose changes are told.
class Kernel {
 public:
  void add(const char* to, std::uint32_t metric, std::uint8_t protocol, std::uint32_t table = 254) {
    const kernel::Route route = route_of(to, metric, protocol, table);
    routes_.add(route, kernel::Arrival::Create, 1);
    overrules.on_changed(route);
    overrules.settle({});
  }

  void remove(const char* to, std::uint32_t metric, std::uint8_t protocol) {
    const kernel::Route route = route_of(to, metric, protocol, 254);
    routes_.remove(route, 1);
    overrules.on_removed(route);
    overrules.settle({});
  }

 private:
  static kernel::Route route_of(const char* to,
                                std::uint32_t metric,
                                std::uint8_t protocol,
                                std::uint32_t table) {
    return {.key = {.prefix = net::Prefix::parse(to).value(), .table = table, .metric = metric},
            .body = {.protocol = protocol, .hops = {{.interface_index = 7}}}};
  }

  kernel::RouteView routes_;

 public:
  KernelOverrules overrules{routes_, [](std::uint32_t) { return std::string("cali1"); }};
};

}  // namespace

TEST_CASE("overrules: a route of ours that goes before another program's is counted") {
  Kernel kernel;
  kernel.overrules.set_ownership(kernel::Ownership{});
  const auto count = [&] { return kernel.overrules.size(); };
  for (const char* to : {"10.1.0.1/32", "2001:db8::1/128"}) {
    CAPTURE(to);
    kernel.add(to, 32, kOurs);
    CHECK(count() == 0);
    kernel.add(to, 1024, kAgent);
    CHECK(count() == 1);
    CHECK(kernel.overrules.example() == net::Prefix::parse(to));
    CHECK(kernel.overrules.overruled_by(254, net::Prefix::parse(to).value(), 32) ==
          "one of protocol 80 with metric 1024, dev cali1");
    CHECK(kernel.overrules.overruled_by(254, net::Prefix::parse(to).value(), 1024).empty());
    kernel.remove(to, 32, kOurs);
    CHECK(count() == 0);
    kernel.add(to, 32, kOurs);
    CHECK(count() == 1);
    kernel.remove(to, 1024, kAgent);
    CHECK(count() == 0);
    kernel.remove(to, 32, kOurs);
  }
  // The other way round, in another table, or with a protocol of ours where we do not write.
  kernel.add("10.2.0.0/16", 32, kOurs);
  kernel.add("10.2.0.0/16", 20, kAgent);
  kernel.add("10.2.0.0/16", 1024, kAgent, 100);
  CHECK(count() == 0);
  kernel.add("10.3.0.0/16", 32, kOurs);
  kernel.add("10.3.0.0/16", 50, kOurs);
  CHECK(count() == 1);
}

TEST_CASE("overrules: whose routes are whose may change") {
  Kernel kernel;
  kernel.add("10.1.0.0/16", 32, kOurs);
  kernel.add("10.1.0.0/16", 1024, kAgent);
  CHECK(kernel.overrules.size() == 0);
  kernel.overrules.set_ownership(kernel::Ownership{});
  kernel.overrules.settle({});
  CHECK(kernel.overrules.size() == 1);
  kernel.overrules.set_ownership(kernel::Ownership{.places = {.metrics = {64}}});
  kernel.overrules.settle({});
  CHECK(kernel.overrules.size() == 0);
  kernel.overrules.set_ownership(std::nullopt);
  CHECK(kernel.overrules.size() == 0);
}
