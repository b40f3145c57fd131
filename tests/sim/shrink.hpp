// Makes a failure smaller: leaves out events as long as what is left still fails.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/scenario.hpp"

namespace pipit::sim {

using Numbers = std::vector<std::size_t>;

/// The fewest of 0 .. count - 1 that can be found with at most `tries` calls of `fails`, which must
/// be true of all of them (delta debugging: parts are left out, then smaller parts).
Numbers shrink(std::size_t count,
               std::size_t tries,
               const std::function<bool(const Numbers&)>& fails);

/// What is printed of a run that fails: the events that it takes, what differs then, and the
/// command that shows the trace.
std::string report_failure(const Scenario& scenario);

}  // namespace pipit::sim
