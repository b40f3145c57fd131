// What a dry run says of a reload is what the reload then does: to each neighbor, to its session,
// and to the kernel, route by route.
#include <cstdlib>
#include <iostream>

#include "net/log.hpp"
#include "tests/sim/reload/world.hpp"
#include "tests/unit/catch.hpp"

namespace {

/// PIPIT_SIM_SEED: the one world to repeat; PIPIT_SIM_RUNS: more of them.
std::uint32_t number(const char* variable, std::uint32_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::stoul(text));
}

constexpr std::uint32_t kWorlds = 210;
constexpr std::size_t kSteps = 10;

}  // namespace

TEST_CASE("Reload: 2,100 times what a dry run says is what then happens") {
  pipit::net::configure_log({.level = pipit::net::LogLevel::Off});
  const std::uint32_t first = number("PIPIT_SIM_SEED", 1);
  const std::uint32_t runs =
      std::getenv("PIPIT_SIM_SEED") != nullptr ? 1 : number("PIPIT_SIM_RUNS", kWorlds);
  std::size_t changes = 0;
  std::size_t sessions = 0;
  for (std::uint32_t seed = first; seed < first + runs; ++seed) {
    pipit::sim::ReloadWorld world(seed);
    for (std::size_t step = 0; step < kSteps; ++step) {
      const std::string complaints = world.step();
      INFO("PIPIT_SIM_SEED=" << seed << ", step " << step << "\n" << complaints);
      REQUIRE(complaints.empty());
    }
    changes += world.changes_seen;
    sessions += world.sessions_seen;
  }
  std::cout << runs << " worlds from seed " << first << ": " << changes << " changes of routes, "
            << sessions << " sessions ended or reset\n";
  CHECK(changes > runs * kSteps);
  CHECK(sessions >= runs / 2);
}
