#include "config/diff.hpp"

#include <algorithm>
#include <map>

#include "policy/references.hpp"

namespace pipit::config {
namespace {

using Neighbors = std::map<std::string_view, const NeighborConfig*>;

Neighbors by_name(const Config& config) {
  Neighbors neighbors;
  for (const NeighborConfig& neighbor : config.neighbors) {
    neighbors.emplace(neighbor.session.name, &neighbor);
  }
  return neighbors;
}

/// Keys of the router that reach into a neighbor.
void add_router_keys(const std::vector<KeyChange>& keys,
                     const NeighborConfig& neighbor,
                     NeighborChange& change) {
  for (const KeyChange& key : keys) {
    const bool reaches = key.path == "router.graceful-shutdown" || key.path == "router.hostname" ||
                         (key.path.starts_with("router.") && key.effects.has(Effect::Reset));
    if (!reaches) {
      continue;
    }
    Effects effects = key.effects;
    if (key.effects.has(Effect::Import)) {
      // router.cluster-id: what a client was sent carries it, others only look for it.
      const bool carries = neighbor.routes.route_reflector_client && !neighbor.routes.cluster_id;
      effects = carries ? Effects{Effect::Reset} : Effects{Effect::Import};
    }
    change.effects |= effects;
    change.keys.push_back(key.path);
  }
}

/// A default that is now given, or the other way round, may be the same as before.
void note_what_stays(const Config& before, const Config& after, std::vector<KeyChange>& keys) {
  for (KeyChange& key : keys) {
    const bool same_id = key.path == "router.id" && before.rib.router_id == after.rib.router_id;
    const bool same_cluster =
        key.path == "router.cluster-id" && before.rib.cluster_id == after.rib.cluster_id;
    if (same_id || same_cluster) {
      key.effects = {Effect::InPlace};
    }
  }
}

NeighborChange change_of_neighbor(const std::vector<KeyChange>& keys,
                                  const NeighborConfig& neighbor) {
  NeighborChange change{.name = neighbor.session.name, .effects = {}, .keys = {}};
  const std::string own = "neighbors." + change.name + '.';
  for (const KeyChange& key : keys) {
    if (key.neighbor == change.name) {
      change.effects |= key.effects;
      change.keys.push_back(key.path.substr(own.size()));
    }
  }
  add_router_keys(keys, neighbor, change);
  return change;
}

}  // namespace

const NeighborChange* Diff::change_of(const std::string& neighbor) const {
  const auto found = std::ranges::find(changed, neighbor, &NeighborChange::name);
  return found == changed.end() ? nullptr : &*found;
}

Diff compare(const Config& before, const Config& after) {
  Diff diff;
  diff.keys = changes(before, after);
  note_what_stays(before, after, diff.keys);
  const Neighbors old = by_name(before);
  const Neighbors now = by_name(after);
  for (const NeighborConfig& neighbor : before.neighbors) {
    if (!now.contains(neighbor.session.name)) {
      diff.removed.push_back(neighbor.session.name);
    }
  }
  const bool router = before.router != after.router || before.rib != after.rib;
  for (const NeighborConfig& neighbor : after.neighbors) {
    const auto was = old.find(neighbor.session.name);
    if (was == old.end()) {
      diff.added.push_back(neighbor.session.name);
    } else if (router || *was->second != neighbor) {
      NeighborChange change = change_of_neighbor(diff.keys, neighbor);
      if (!change.keys.empty()) {
        diff.changed.push_back(std::move(change));
      }
    }
  }
  diff.policies = policy::changed_policies(before.policies, after.policies);
  diff.originate = before.originate != after.originate;
  return diff;
}

}  // namespace pipit::config
