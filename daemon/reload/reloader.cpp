#include "daemon/reload/reloader.hpp"

#include <map>
#include <string_view>
#include <utility>

namespace pipit::daemon {

std::shared_ptr<const config::Config> Reloader::apply(ReloadPlan& plan, bool neighbors) {
  plan.policies.relocate();
  if (plan.diff.empty()) {
    return nullptr;
  }
  RunningConfig& running = parts_.running;
  auto before = std::make_shared<const config::Config>(std::move(running.config));
  running.config = std::move(plan.next);
  std::swap(running.policies, plan.policies);
  ++running.generation;
  if (before->rib != running.config.rib) {
    parts_.rib.configure(running.config.rib);
  }
  apply_kernel(std::move(plan.blackholes));
  parts_.originator.apply(std::move(plan.originate));
  if (neighbors) {
    apply_neighbors(plan);
  }
  return before;
}

void Reloader::apply_kernel(std::set<net::Prefix> blackholes) {
  const config::Config& config = parts_.running.config;
  parts_.kernel.set_options(config.kernel, kernel_policies(config, parts_.running.policies),
                            std::move(blackholes));
}

NeighborPolicies Reloader::policies_of(const config::NeighborConfig& neighbor) const {
  const config::Config& config = parts_.running.config;
  return parts_.running.policies.of(neighbor, config.rib.asn, config.router.default_policy);
}

void Reloader::apply_neighbors(const ReloadPlan& plan) {
  for (const std::string& name : plan.diff.removed) {
    if (Neighbor* neighbor = parts_.speaker.find(name)) {
      parts_.doors.remove_neighbor(*neighbor);
    }
  }
  std::map<std::string, Neighbor*, std::less<>> running;  // a change moves the names
  for (const auto& neighbor : parts_.speaker.neighbors()) {
    running.emplace(neighbor->name(), neighbor.get());
  }
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    const PlannedChange& change = plan.changes[i];
    const config::NeighborConfig& config = parts_.running.config.neighbors[i];
    const auto known = running.find(config.session.name);
    if (known == running.end()) {
      parts_.doors.add_neighbor(config, change.policies);
    } else if (!change.effects.empty()) {
      Neighbor& neighbor = *known->second;
      parts_.speaker.change(neighbor, config_for(neighbor, config, change), change.policies,
                            change.effects);
      parts_.doors.neighbor_changed(neighbor);
    }
  }
}

KernelPolicies kernel_policies(const config::Config& config, const Policies& policies) {
  KernelPolicies made;
  for (const kernel::ImportRule& rule : config.kernel.imports) {
    made.imports.push_back(policies.list(rule.policy));
  }
  if (config.kernel.exports) {
    made.exports = policies.list(config.kernel.exports->policy);
    made.places = policy::kernel_places(config.policies, config.kernel.exports->policy);
  }
  return made;
}

}  // namespace pipit::daemon
