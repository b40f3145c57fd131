// What a run is made of: a network, and a list of the trouble that it gets into, both of them there
// before the run begins. Leaving events out gives another run: so a failure is made smaller.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "tests/sim/topology.hpp"

namespace pipit::sim {

/// One thing that happens. Each says how something is from then on, so that it means the same
/// whatever happened before it.
struct Event {
  enum class Kind : std::uint8_t {
    Cut,
    Restore,
    StopReading,
    Restart,
    Originate,
    Withdraw,
    ReloadSession,
    ReloadKernel,
    RefreshIn,
    RefreshOut,
    Reset,
    Static,
    Lan,
    Interface,
    Flush,
  };

  std::size_t number = 0;  // in the list that the seed gives
  std::chrono::milliseconds at{0};
  Kind kind = Kind::Restore;
  std::size_t target = 0;              // a link of Cut, Restore and StopReading, else a router
  std::size_t neighbor = 0;            // of the router; StopReading: which side of the link
  bool silent = false;                 // Cut: nobody is told
  bool there = false;                  // Static, Lan, Interface: up; or no more
  std::chrono::milliseconds lasts{0};  // Restart, StopReading
  net::Prefix prefix;                  // Originate, Withdraw, Static, Lan
  SessionSpec session;                 // ReloadSession
  KernelSpec kernel;                   // ReloadKernel

  std::string to_string() const;
};

struct Scenario {
  std::uint32_t seed = 0;
  Topology topology;
  std::vector<Event> events;  // in the order in which they happen

  /// The network, then the events with their numbers.
  std::string describe() const;

  /// With these events only, by number.
  Scenario with_only(const std::vector<std::size_t>& numbers) const;
};

/// All that a seed says.
Scenario scenario_of(std::uint32_t seed);

}  // namespace pipit::sim
