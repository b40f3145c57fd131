// Monitor and FIB writer beside others, on a kernel in memory that loses and delays what it tells:
// in the end the kernel has what is wanted, and at no time is a route said to be there that is not.
// PIPIT_SIM_SEED repeats one run, PIPIT_SIM_RUNS says how many.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/crowded_host.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;

namespace {

constexpr int kSteps = 250;

/// The seeds to run: one, or as many as usual.
std::pair<std::uint32_t, std::uint32_t> seeds(std::uint32_t usual) {
  if (const char* one = std::getenv("PIPIT_SIM_SEED")) {
    const auto seed = static_cast<std::uint32_t>(std::stoul(one));
    return {seed, seed + 1};
  }
  const char* runs = std::getenv("PIPIT_SIM_RUNS");
  return {1, 1 + (runs == nullptr ? usual : static_cast<std::uint32_t>(std::stoul(runs)))};
}

/// What goes wrong in a run differs from seed to seed.
Faults faults_of(std::uint32_t seed) {
  Faults faults{.others = 30};
  if (seed % 2 == 0) {
    faults.queue = 4 + seed % 60;
  }
  if (seed % 3 == 0) {
    faults.swapped = 300;
  }
  if (seed % 5 == 0) {
    faults.batches_refused = 100;
    faults.answers_lost = 100;
  }
  return faults;
}

std::string run(std::uint32_t seed, Faults faults) {
  INFO("PIPIT_SIM_SEED=" << seed);
  CrowdedHost host(seed, faults);
  for (int step = 0; step < kSteps; ++step) {
    INFO("step " << step);
    host.step();
  }
  host.calm_down();
  if (faults.lost_in_silence != 0) {
    host.audit();
    host.run(std::chrono::seconds(100));
  }
  host.check_claims();
  host.check_all();
  const FibCounters& counters = host.writer.counters();
  return fmt::format("{} {} {} {} {} {} {}", fmt::join(host.ours(), ","), counters.written,
                     counters.removed, counters.repaired, counters.errors, counters.retries,
                     host.loop.now().time_since_epoch().count());
}

}  // namespace

TEST_CASE("FibWriter: beside others the kernel ends with what is wanted, and status is true",
          "[kernel][property]") {
  const auto [first, end] = seeds(75);
  for (std::uint32_t seed = first; seed < end; ++seed) {
    run(seed, faults_of(seed));
  }
}

TEST_CASE("FibWriter: an audit finds what was lost without a word", "[kernel][property]") {
  const auto [first, end] = seeds(20);
  for (std::uint32_t seed = first; seed < end; ++seed) {
    Faults faults = faults_of(seed);
    faults.lost_in_silence = 100;
    run(seed, faults);
  }
}

TEST_CASE("FibWriter: one seed on the simulated kernel is one run", "[kernel][property]") {
  for (std::uint32_t seed = 1; seed < 8; ++seed) {
    CHECK(run(seed, faults_of(seed)) == run(seed, faults_of(seed)));
  }
}

TEST_CASE(
    "FibWriter: flush tries again what the kernel had no memory for, and says when it gave up",
    "[kernel][property]") {
  CrowdedHost host(3, {});
  for (int step = 0; step < kSteps; ++step) {
    host.step();
  }
  host.calm_down();
  REQUIRE_FALSE(host.ours().empty());

  SECTION("some batches are refused") {
    host.kernel.faults.batches_refused = 300;
    CHECK(host.writer.flush());
    CHECK(host.ours().empty());
  }

  SECTION("all are refused") {
    const auto before = host.ours();
    host.kernel.faults.batches_refused = 1000;
    CHECK_FALSE(host.writer.flush());
    CHECK(host.ours() == before);
  }
}
