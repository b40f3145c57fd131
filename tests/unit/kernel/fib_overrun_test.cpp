// What others do to our routes while notifications are lost.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/fib_fixture.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

namespace {

constexpr int kRoutes = 1500;  // of each family
constexpr int kSmallBuffer = 64 * 1024;

std::size_t kernel_routes() {
  const std::string all = table(kMainTable);
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
}

/// A writer with many routes in the kernel, whose monitor has a small socket buffer.
struct Many {
  Many() {
    for (int i = 0; i < kRoutes; ++i) {
      routes.set(fmt::format("10.{}.{}.0/24", i / 256, i % 256), kMainTable, 32);
      routes.set(fmt::format("2001:db8:{:x}::/48", 0x1000 + i), kMainTable, 32);
    }
    REQUIRE(whole());
  }

  static LabOptions options() {
    LabOptions options;
    options.monitor.receive_buffer = kSmallBuffer;
    return options;
  }

  /// Waits until the writer says that all routes are there. False: it does not.
  bool whole() {
    return lab.until([this] {
      return lab.writer().installed() == 2 * kRoutes && lab.writer().idle() &&
             lab.monitor().synchronized();
    });
  }

  Lab lab{options()};
  Routes routes{lab};
};

}  // namespace

TEST_CASE("FibWriter: routes that others delete while notifications are lost come back",
          "[kernel][netns][overrun]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Many many;
  const FibWriter& writer = many.lab.writer();
  for (int round = 0; round < 3; ++round) {
    INFO("round " << round);
    const std::uint64_t losses = many.lab.monitor().counters().losses;
    sh("ip route flush proto bgp");
    sh("ip -6 route flush proto bgp");
    REQUIRE(many.lab.until([&] { return many.lab.monitor().counters().losses != losses; }));
    CHECK_FALSE(writer.confirmed());
    CHECK(writer.installed() == 0);
    CHECK(writer.status(prefix("10.0.0.0/24"))->state == FibState::Pending);
    REQUIRE(many.whole());
    CHECK(kernel_routes() == 2 * kRoutes);
  }
  CHECK(writer.counters().missing > 0);
  CHECK(writer.failed() == 0);
}

TEST_CASE("FibWriter: routes that others delete several times in a row come back",
          "[kernel][netns][overrun]") {
  if (!enter_namespace()) {
    return;
  }
  make_net();
  Many many;
  for (int round = 0; round < 3; ++round) {
    sh("ip route flush proto bgp");
    sh("ip -6 route flush proto bgp");
    for (int step = 0; step < 20 * round; ++step) {
      many.lab.step();
    }
  }
  many.lab.settle();
  REQUIRE(many.whole());
  CHECK(kernel_routes() == 2 * kRoutes);
}
