// One run of a scenario: its network, its trouble, then quiet. Everything follows from the
// scenario.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/sim/router.hpp"
#include "tests/sim/scenario.hpp"
#include "tests/sim/trace.hpp"

namespace pipit::sim {

class Simulation {
 public:
  explicit Simulation(const Scenario& scenario);

  /// To be asked for before run(), for what happens to be kept in it.
  Trace& trace() { return trace_; }

  /// The events of the scenario, then time enough to settle.
  void run();

  /// Empty when every Loc-RIB and every kernel is what the reference model says; else what differs.
  std::string differences();

 private:
  void start(std::size_t router);
  void carry_out(const Event& event);
  void restart(const Event& event);
  void on_link(const Event& event);
  void on_host(const Event& event);
  void reload(const Event& event);
  void ask(const Event& event);

  std::vector<Event> events_;
  std::mt19937 random_;
  VirtualLoop loop_;
  Trace trace_{loop_};
  Topology topology_;  // as it is now
  std::vector<std::unique_ptr<SimLink>> links_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<SimRouter>> routers_;  // null: it is restarting
};

/// What differs after a run of the scenario; empty: nothing.
std::string failure_of(const Scenario& scenario);

/// The whole trace of a run.
std::string trace_of(const Scenario& scenario);

}  // namespace pipit::sim
