// What is different between two configurations: the plan of a reload.
//
// Made by compare() out of two loaded configurations, carried out by daemon/.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/changes.hpp"
#include "config/config.hpp"

namespace pipit::config {

struct NeighborChange {
  std::string name;
  Effects effects;                // of everything that changed for it
  std::vector<std::string> keys;  // what changed: "timers.hold", "router.asn"
};

struct Diff {
  /// Every key that changed.
  std::vector<KeyChange> keys;

  // Names of neighbors, each in the order of its file. One whose name changed is removed and added:
  // remove first, the address may be the same.
  std::vector<std::string> removed;
  std::vector<std::string> added;
  std::vector<NeighborChange> changed;

  /// Policies that are new, gone, or mean something else: their rules are different, or a set that
  /// they name is. Neighbors that only use them are not in `changed`.
  std::set<std::string> policies;

  bool originate = false;

  /// True when nothing at all has to be done.
  bool empty() const { return keys.empty() && policies.empty(); }

  const NeighborChange* change_of(const std::string& neighbor) const;
};

/// Compares key by key; neighbors are the same when their names are. Fill in what the daemon fills
/// in (local_asn, router_id, hostname) before the call.
Diff compare(const Config& before, const Config& after);

}  // namespace pipit::config
