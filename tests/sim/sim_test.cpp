// After trouble and quiet, every Loc-RIB of a random network is what a plain reference model says.
#include <cstdlib>
#include <string>

#include "net/log.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/unit/catch.hpp"

namespace {

/// A number from the environment: PIPIT_SIM_SEED for the one run to repeat, PIPIT_SIM_RUNS for more
/// of them.
std::uint32_t number(const char* variable, std::uint32_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::stoul(text));
}

std::string differences_of(std::uint32_t seed) {
  pipit::sim::Simulation simulation(seed);
  simulation.run();
  return simulation.differences();
}

}  // namespace

TEST_CASE("Simulation: no route is lost or invented in 240 random networks") {
  pipit::net::configure_log({.level = pipit::net::LogLevel::Off});
  const std::uint32_t first = number("PIPIT_SIM_SEED", 1);
  const std::uint32_t runs =
      std::getenv("PIPIT_SIM_SEED") != nullptr ? 1 : number("PIPIT_SIM_RUNS", 240);
  for (std::uint32_t seed = first; seed < first + runs; ++seed) {
    const std::string differences = differences_of(seed);
    INFO("seed " << seed << "\n" << differences);
    CHECK(differences.empty());
  }
}

TEST_CASE("Simulation: a seed repeats exactly") {
  pipit::net::configure_log({.level = pipit::net::LogLevel::Off});
  CHECK(differences_of(7) == differences_of(7));
}
