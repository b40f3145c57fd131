// One simulated router: the product's configuration, RIB, update groups, kernel bridge, speaker and
// peers over the virtual loop, the in-memory links and a kernel in memory. Put together and
// reloaded as daemon/router.cpp does it. Destroying it is a crash; making another one is its
// restart.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/originator.hpp"
#include "daemon/bridge/speaker.hpp"
#include "daemon/reload/reloader.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"
#include "tests/sim/host.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/reference.hpp"
#include "tests/sim/topology.hpp"
#include "tests/sim/trace.hpp"
#include "tests/sim/virtual_loop.hpp"

namespace pipit::sim {

class SimRouter final : private daemon::NeighborDoors {
 public:
  /// What it works with; all of it outlives the router.
  struct Surroundings {
    VirtualLoop& loop;
    Trace& trace;
    const Topology& topology;
    Host& host;
    std::map<std::size_t, SimTransport*> transports;  // by neighbor
  };

  SimRouter(Surroundings around, std::size_t number);
  ~SimRouter() override;

  /// The topology says something else of this router now.
  void reload();

  /// What an operator asks of it: routes sent again, and asked for again.
  void refresh(std::size_t neighbor, bool in);
  void reset(std::size_t neighbor);

  /// The Loc-RIB in the reference model's form.
  std::map<net::Prefix, Route> loc_rib();

  /// Nothing is left to be done, as far as the router knows.
  bool settled() const { return rib_.settled() && groups_.settled(); }

 private:
  /// Follows the Loc-RIB of a family, whether the trace is kept or not: a run must not depend on
  /// who looks at it.
  class Watcher final : public net::Task {
   public:
    Watcher(SimRouter& router, net::Family family);
    ~Watcher() override;

    bool run() override;

   private:
    SimRouter& router_;
    rib::LocRib& routes_;
    rib::CursorId cursor_;
  };

  // daemon::NeighborDoors
  void add_neighbor(const config::NeighborConfig& config,
                    const daemon::NeighborPolicies& policies) override;
  void remove_neighbor(daemon::Neighbor& neighbor) override;

  void neighbor_changed(daemon::Neighbor& /*neighbor*/) override {}

  void start_neighbors();
  Route route_of(const rib::BestPath& best);

  Surroundings around_;
  std::size_t number_;
  daemon::RunningConfig running_;
  rib::Rib rib_;
  rib::UpdateGroups groups_;
  daemon::KernelBridge kernel_;
  daemon::Speaker speaker_;
  daemon::Originator originator_;
  daemon::Reloader reloader_;
  std::unique_ptr<kernel::Timer> convergence_;
  bool neighbors_started_ = false;
  Watcher watch_v4_{*this, net::kIpv4Unicast};
  Watcher watch_v6_{*this, net::kIpv6Unicast};
};

}  // namespace pipit::sim
