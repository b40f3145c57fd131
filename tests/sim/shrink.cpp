#include "tests/sim/shrink.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/sim/simulation.hpp"

namespace pipit::sim {
namespace {

constexpr std::size_t kTries = 150;  // runs of the simulation

Numbers without(const Numbers& all, std::size_t from, std::size_t count) {
  Numbers rest(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(from));
  const std::size_t end = std::min(all.size(), from + count);
  rest.insert(rest.end(), all.begin() + static_cast<std::ptrdiff_t>(end), all.end());
  return rest;
}

}  // namespace

Numbers shrink(std::size_t count,
               std::size_t tries,
               const std::function<bool(const Numbers&)>& fails) {
  Numbers kept(count);
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  std::size_t part = count;
  while (part != 0 && tries != 0) {
    bool smaller = false;
    for (std::size_t from = 0; from < kept.size() && tries != 0; --tries) {
      Numbers rest = without(kept, from, part);
      if (fails(rest)) {
        kept = std::move(rest);
        smaller = true;
      } else {
        from += part;
      }
    }
    part = smaller && part == 1 ? 1 : part / 2;
  }
  return kept;
}

std::string report_failure(const Scenario& scenario) {
  const Numbers kept = shrink(scenario.events.size(), kTries, [&](const Numbers& numbers) {
    return !failure_of(scenario.with_only(numbers)).empty();
  });
  const Scenario fewer = scenario.with_only(kept);
  return fmt::format(
      "seed {}, {} of {} events: replay it with\n  tests/sim/replay {} --events={}\n{}{}",
      scenario.seed, kept.size(), scenario.events.size(), scenario.seed,
      kept.empty() ? "none" : fmt::format("{}", fmt::join(kept, ",")), failure_of(fewer),
      fewer.describe());
}

}  // namespace pipit::sim
