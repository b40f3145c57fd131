#include "daemon/reload/policies.hpp"

#include <algorithm>
#include <set>

#include "policy/references.hpp"

namespace pipit::daemon {
namespace {

/// Calls `visit` with every list of policies that the configuration names.
template <typename Visit>
void for_each_list(const config::Config& config, const Visit& visit) {
  for (const config::NeighborConfig& neighbor : config.neighbors) {
    visit(neighbor.routes.import_policy);
    visit(neighbor.routes.export_policy);
  }
  for (const kernel::ImportRule& rule : config.kernel.imports) {
    visit(rule.policy);
  }
  if (config.kernel.exports) {
    visit(config.kernel.exports->policy);
  }
}

}  // namespace

void Policies::load(const config::Config& config) {
  const policy::PolicyOptions& options = config.policies;
  const std::set<std::string> changed = policy::changed_policies(*options_, options);
  policy::PolicyMap kept;
  for (const auto& [name, rules] : options.policies) {
    if (!changed.contains(name)) {
      kept.emplace(name, compiled_.at(name));
    }
  }
  compiled_ = policy::compile(options, kept);
  options_ = std::make_shared<const policy::PolicyOptions>(options);
  Lists lists;
  for_each_list(config, [&](const std::vector<std::string>& names) {
    if (names.empty() || lists.contains(names)) {
      return;
    }
    const auto before = lists_.find(names);
    const bool same = before != lists_.end() &&
                      std::ranges::none_of(
                          names, [&](const std::string& name) { return changed.contains(name); });
    if (same) {
      lists.insert(*before);
      return;
    }
    std::vector<policy::PolicyRef> policies;
    for (const std::string& name : names) {
      policies.push_back(find(name));
    }
    lists.emplace(names, policy::in_sequence(policies));
  });
  lists_ = std::move(lists);
}

void Policies::relocate() const {
  for (const auto& [name, rules] : options_->policies) {
    compiled_.at(name)->relocate(rules);
  }
}

policy::PolicyRef Policies::find(const std::string& name) const {
  const auto at = compiled_.find(name);
  return at == compiled_.end() ? nullptr : at->second;
}

policy::PolicyRef Policies::list(const std::vector<std::string>& names) const {
  return names.empty() ? policy::accept_all() : lists_.at(names);
}

NeighborPolicies Policies::of(const config::NeighborConfig& neighbor,
                              std::uint32_t asn,
                              config::DefaultPolicy default_policy) const {
  const bgp::ExpectedAsn& expected = neighbor.session.expected_asn;
  const bool internal = expected.kind == bgp::ExpectedAsn::Kind::Internal ||
                        (expected.kind == bgp::ExpectedAsn::Kind::Number && expected.number == asn);
  const policy::PolicyRef by_default = internal || default_policy == config::DefaultPolicy::Open
                                           ? policy::accept_all()
                                           : policy::rfc8212_default();
  const auto named = [&](const std::vector<std::string>& names) {
    return names.empty() ? by_default : list(names);
  };
  return {.imports = named(neighbor.routes.import_policy),
          .exports = named(neighbor.routes.export_policy)};
}

}  // namespace pipit::daemon
