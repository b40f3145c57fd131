// What it takes to make another configuration true: made from the running one and the new one,
// shown by a dry run, carried out by Router::Impl::apply().
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/diff.hpp"
#include "control/reload_models.hpp"
#include "daemon/bridge/originator.hpp"
#include "daemon/reload/policies.hpp"
#include "daemon/reload/running_config.hpp"

namespace pipit::daemon {

/// How a neighbor of the new configuration is changed.
struct PlannedChange {
  bool added = false;
  config::Effects effects;        // of one that stays; empty: nothing happens to it
  std::vector<std::string> keys;  // what changed; names of policies among them
  NeighborPolicies policies;      // what it would have

  bool resets() const { return effects.has(config::Effect::Reset); }
};

struct ReloadPlan {
  config::Config next;  // completed
  config::Diff diff;
  Policies policies;                   // compiled for `next`
  std::vector<PlannedChange> changes;  // one for each neighbor of `next`
  std::vector<OriginateChange> originate;
  std::set<net::Prefix> blackholes;  // of `originate`, that the kernel is to drop packets for
  std::set<net::Prefix> blackholes_before;  // as they are
};

/// `next` must be completed (complete()). Only reads what is running: may be called from another
/// thread while the loop does no more than that.
ReloadPlan plan_reload(const RunningConfig& running, config::Config next);

/// The configuration that a neighbor which stays gets: what `pipit neighbor NAME enable|disable`
/// said holds until the file says something else.
config::NeighborConfig config_for(const Neighbor& neighbor,
                                  config::NeighborConfig config,
                                  const PlannedChange& change);

/// The prefixes of `originate` that the kernel is to drop packets for.
std::set<net::Prefix> blackholes_of(const config::Config& config);

/// The names of neighbors by what happens to them, and the number of keys.
control::ReloadResult summarize(const ReloadPlan& plan);

/// "router.asn: 64512 -> 64513", and so on for the others.
control::ConfigChangeRow change_row(const config::KeyChange& change);

}  // namespace pipit::daemon
