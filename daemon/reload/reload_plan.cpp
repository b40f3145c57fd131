#include "daemon/reload/reload_plan.hpp"

#include <map>
#include <string_view>

namespace pipit::daemon {
namespace {

using config::Effect;

NeighborPolicies policies_of(const Policies& policies,
                             const config::Config& config,
                             const config::NeighborConfig& neighbor) {
  return policies.of(neighbor, config.rib.asn, config.router.default_policy);
}

/// The policy itself is another one, under whatever name.
void add_policy(const policy::PolicyRef& before,
                const policy::PolicyRef& after,
                Effect effect,
                PlannedChange& change) {
  if (before != after && !change.effects.has(effect)) {
    change.effects |= {effect};
    change.keys.push_back("policy " + after->name());
  }
}

std::vector<PlannedChange> planned_changes(const ReloadPlan& plan, const RunningConfig& running) {
  std::map<std::string_view, const config::NeighborConfig*> before;
  for (const config::NeighborConfig& neighbor : running.config.neighbors) {
    before.emplace(neighbor.session.name, &neighbor);
  }
  std::map<std::string_view, const config::NeighborChange*> keys;
  for (const config::NeighborChange& change : plan.diff.changed) {
    keys.emplace(change.name, &change);
  }
  std::vector<PlannedChange> changes;
  for (const config::NeighborConfig& neighbor : plan.next.neighbors) {
    PlannedChange& change = changes.emplace_back();
    change.policies = policies_of(plan.policies, plan.next, neighbor);
    const auto was = before.find(neighbor.session.name);
    change.added = was == before.end();
    if (change.added) {
      continue;
    }
    if (const auto found = keys.find(neighbor.session.name); found != keys.end()) {
      change.effects = found->second->effects;
      change.keys = found->second->keys;
    }
    const NeighborPolicies old = policies_of(running.policies, running.config, *was->second);
    add_policy(old.imports, change.policies.imports, Effect::Import, change);
    add_policy(old.exports, change.policies.exports, Effect::Export, change);
  }
  return changes;
}

}  // namespace

ReloadPlan plan_reload(const RunningConfig& running, config::Config next) {
  ReloadPlan plan{.next = std::move(next), .policies = running.policies};
  plan.diff = config::compare(running.config, plan.next);
  plan.policies.load(plan.next);
  plan.changes = planned_changes(plan, running);
  if (plan.diff.originate) {
    plan.originate = changed_routes(running.config.originate, plan.next.originate);
  }
  plan.blackholes = blackholes_of(plan.next);
  plan.blackholes_before = blackholes_of(running.config);
  return plan;
}

config::NeighborConfig config_for(const Neighbor& neighbor,
                                  config::NeighborConfig config,
                                  const PlannedChange& change) {
  if (!change.effects.has(Effect::Shutdown)) {
    config.session.shutdown = neighbor.config.session.shutdown;
  }
  return config;
}

std::set<net::Prefix> blackholes_of(const config::Config& config) {
  std::set<net::Prefix> blackholes;
  for (const rib::OriginateOptions& route : config.originate) {
    if (route.kernel_blackhole) {
      blackholes.insert(route.prefix);
    }
  }
  return blackholes;
}

control::ReloadResult summarize(const ReloadPlan& plan) {
  control::ReloadResult result{.ok = true,
                               .diagnostics = {},
                               .added = plan.diff.added,
                               .removed = plan.diff.removed,
                               .reset = {},
                               .updated = {},
                               .keys = plan.diff.keys.size()};
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    const PlannedChange& change = plan.changes[i];
    if (!change.effects.empty()) {
      (change.resets() ? result.reset : result.updated)
          .push_back(plan.next.neighbors[i].session.name);
    }
  }
  return result;
}

control::ConfigChangeRow change_row(const config::KeyChange& change) {
  return {.path = change.path,
          .before = change.before,
          .after = change.after,
          .effects = config::names_of(change.effects)};
}

}  // namespace pipit::daemon
