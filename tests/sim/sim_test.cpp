// After trouble and quiet, every Loc-RIB of a random network is what a plain reference model says.
//
// PIPIT_SIM_SEED: this seed alone. PIPIT_SIM_RUNS: that many seeds, from PIPIT_SIM_FIRST on (1).
// Arguments of an executable that runs a part of them: see meson.build.
#include <cstdlib>
#include <string>

#include "net/log.hpp"
#include "tests/sim/shrink.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/unit/catch.hpp"

namespace {

/// A number from the environment.
std::uint32_t number(const char* variable, std::uint32_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::stoul(text));
}

}  // namespace

TEST_CASE("Simulation: no route is lost or invented in random networks", "[sim]") {
  pipit::net::configure_log({.level = pipit::net::LogLevel::Off});
  const bool one = std::getenv("PIPIT_SIM_SEED") != nullptr;
  const std::uint32_t first = number("PIPIT_SIM_SEED", number("PIPIT_SIM_FIRST", 1));
  const std::uint32_t runs = one ? 1 : number("PIPIT_SIM_RUNS", 80);
  for (std::uint32_t seed = first; seed < first + runs; ++seed) {
    const pipit::sim::Scenario scenario = pipit::sim::scenario_of(seed);
    if (!pipit::sim::failure_of(scenario).empty()) {
      FAIL_CHECK(pipit::sim::report_failure(scenario));
    }
    SUCCEED();
  }
}
