// Carries out the plan of a reload: the RIB, routes of our own, the kernel, neighbors. Knows no
// socket, so that a test can have it do what a dry run has foretold. Owned by the Router.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/bridge/kernel_side.hpp"
#include "daemon/bridge/originator.hpp"
#include "daemon/bridge/speaker.hpp"
#include "daemon/reload/reload_plan.hpp"
#include "daemon/reload/running_config.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

/// Neighbors with all that connects them to the outside.
class NeighborDoors {
 public:
  virtual ~NeighborDoors() = default;

  /// Makes a neighbor and starts it, unless it is shut down.
  virtual void add_neighbor(const config::NeighborConfig& config,
                            const NeighborPolicies& policies) = 0;
  /// Ends it with Cease/Peer De-configured and forgets it.
  virtual void remove_neighbor(Neighbor& neighbor) = 0;
  /// Its options are others now.
  virtual void neighbor_changed(Neighbor& neighbor) = 0;
};

class Reloader {
 public:
  /// What it works on; all of it outlives this object.
  struct Parts {
    RunningConfig& running;
    rib::Rib& rib;
    Speaker& speaker;
    Originator& originator;
    KernelSide& kernel;
    NeighborDoors& doors;
  };

  explicit Reloader(const Parts& parts) : parts_(parts) {}

  /// Makes the plan's configuration the running one. `neighbors`: they are there already. Returns
  /// the configuration before; null when nothing is different. The plan then holds what is left to
  /// be freed.
  std::shared_ptr<const config::Config> apply(ReloadPlan& plan, bool neighbors);

  /// Tells the kernel's side what the running configuration says of it.
  void apply_kernel(std::set<net::Prefix> blackholes);

  /// The compiled policies of a neighbor of the running configuration.
  NeighborPolicies policies_of(const config::NeighborConfig& neighbor) const;

 private:
  void apply_neighbors(const ReloadPlan& plan);

  Parts parts_;
};

/// The compiled policies of `kernel:` of a configuration.
KernelPolicies kernel_policies(const config::Config& config, const Policies& policies);

}  // namespace pipit::daemon
