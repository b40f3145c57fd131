// What is different between two configurations: the plan of a reload.
//
// Made by compare() out of two loaded configurations, carried out by daemon/.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace pipit::config {

struct NeighborChange {
  std::string name;
  bool reset = false;    // the session must go down: its OPEN or its transport is different
  bool session = false;  // something of NeighborConfig::session is different
  bool routes = false;   // something of NeighborConfig::routes is different
  bool labels = false;   // group, description or where the password stands
};

struct Diff {
  // Names of neighbors, each in the order of its file. One whose name changed is removed and added:
  // remove first, the address may be the same.
  std::vector<std::string> removed;
  std::vector<std::string> added;
  std::vector<NeighborChange> changed;

  // Policies that are new, gone, or mean something else: their rules are different, or a set that
  // they name is. Neighbors that only use them are not in `changed`.
  std::set<std::string> policies;

  bool router = false;  // RouterOptions: ids, hostname, default-policy
  bool rib = false;     // AS number, best-path, multipath, next-hops
  bool listen = false;
  bool control = false;
  bool log = false;
  bool kernel = false;
  bool originate = false;

  /// True when nothing at all has to be done.
  bool empty() const;
};

/// Says whether new options of a session need it to be reset (bgp::needs_reset).
using NeedsReset = std::function<bool(const bgp::SessionOptions&, const bgp::SessionOptions&)>;

/// Compares section by section and neighbor by neighbor; neighbors are the same when their names
/// are. Fill in what the daemon fills in (local_asn, router_id, hostname) before the call: then a
/// new AS number or router id shows up as a reset of every neighbor.
Diff compare(const Config& before, const Config& after, const NeedsReset& needs_reset);

}  // namespace pipit::config
