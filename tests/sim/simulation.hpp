// One run: a random network, random trouble for a while, then quiet. Everything follows from the
// seed.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/sim/router.hpp"

namespace pipit::sim {

class Simulation {
 public:
  explicit Simulation(std::uint32_t seed);

  /// Cuts, restarts and changes of what is originated, then time enough to settle.
  void run();

  /// Empty when every Loc-RIB is what the reference model says; else what differs, with the
  /// network.
  std::string differences();

 private:
  void start(std::size_t router);
  void trouble();
  void toggle_link(std::size_t link);
  void restart(std::size_t router);
  void toggle_prefix(std::size_t router);

  std::mt19937 random_;
  VirtualLoop loop_;
  Topology topology_;
  std::vector<std::unique_ptr<SimLink>> links_;
  std::vector<std::unique_ptr<SimRouter>> routers_;
  std::string history_;
};

}  // namespace pipit::sim
