#include "config/diff.hpp"

#include <algorithm>
#include <map>

namespace pipit::config {
namespace {

using Neighbors = std::map<std::string, const NeighborConfig*>;
using policy::RuleOptions;
using policy::SetOptions;

Neighbors by_name(const Config& config) {
  Neighbors neighbors;
  for (const NeighborConfig& neighbor : config.neighbors) {
    neighbors.emplace(neighbor.session.name, &neighbor);
  }
  return neighbors;
}

NeighborChange change(const NeighborConfig& before,
                      const NeighborConfig& after,
                      const NeedsReset& needs_reset) {
  NeighborChange change{.name = after.session.name};
  change.session = before.session != after.session;
  change.reset = change.session && needs_reset(before.session, after.session);
  change.routes = before.routes != after.routes;
  change.labels = before.group != after.group || before.description != after.description ||
                  before.password_file != after.password_file;
  return change;
}

/// True when a named set is not in both, or not the same in both.
template <typename Sets>
bool differ(const Sets& before, const Sets& after, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    return (old == before.end()) != (now == after.end()) ||
           (old != before.end() && old->second != now->second);
  });
}

bool uses_changed_set(const std::vector<RuleOptions>& rules,
                      const SetOptions& before,
                      const SetOptions& after) {
  return std::any_of(rules.begin(), rules.end(), [&](const RuleOptions& rule) {
    return differ(before.prefixes, after.prefixes, rule.match.prefix_sets) ||
           differ(before.communities, after.communities, rule.match.any_community_sets) ||
           differ(before.communities, after.communities, rule.set.remove_sets);
  });
}

std::set<std::string> changed_policies(const policy::PolicyOptions& before,
                                       const policy::PolicyOptions& after) {
  std::set<std::string> names;
  for (const auto& [name, rules] : before.policies) {
    const auto now = after.policies.find(name);
    if (now == after.policies.end() || now->second != rules ||
        uses_changed_set(rules, before.sets, after.sets)) {
      names.insert(name);
    }
  }
  for (const auto& [name, rules] : after.policies) {
    if (!before.policies.contains(name)) {
      names.insert(name);
    }
  }
  return names;
}

}  // namespace

bool Diff::empty() const {
  return removed.empty() && added.empty() && changed.empty() && policies.empty() && !router &&
         !rib && !listen && !control && !log && !kernel && !originate;
}

Diff compare(const Config& before, const Config& after, const NeedsReset& needs_reset) {
  Diff diff;
  const Neighbors old = by_name(before);
  const Neighbors now = by_name(after);
  for (const NeighborConfig& neighbor : before.neighbors) {
    if (!now.contains(neighbor.session.name)) {
      diff.removed.push_back(neighbor.session.name);
    }
  }
  for (const NeighborConfig& neighbor : after.neighbors) {
    const auto was = old.find(neighbor.session.name);
    if (was == old.end()) {
      diff.added.push_back(neighbor.session.name);
    } else if (*was->second != neighbor) {
      diff.changed.push_back(change(*was->second, neighbor, needs_reset));
    }
  }
  diff.policies = changed_policies(before.policies, after.policies);
  diff.router = before.router != after.router;
  diff.rib = before.rib != after.rib;
  diff.listen = before.listen != after.listen;
  diff.control = before.control != after.control;
  diff.log = before.log != after.log;
  diff.kernel = before.kernel != after.kernel;
  diff.originate = before.originate != after.originate;
  return diff;
}

}  // namespace pipit::config
