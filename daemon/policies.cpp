#include "daemon/policies.hpp"

#include <algorithm>
#include <set>

#include "policy/references.hpp"

namespace pipit::daemon {

void Policies::load(const policy::PolicyOptions& options) {
  const std::set<std::string> changed = policy::changed_policies(options_, options);
  policy::PolicyMap kept;
  for (const auto& [name, rules] : options.policies) {
    if (!changed.contains(name)) {
      const policy::PolicyRef& policy = compiled_.at(name);
      policy->relocate(rules);
      kept.emplace(name, policy);
    }
  }
  std::erase_if(lists_, [&](const auto& list) {
    return std::any_of(list.first.begin(), list.first.end(),
                       [&](const std::string& name) { return changed.contains(name); });
  });
  compiled_ = policy::compile(options, kept);
  options_ = options;
}

policy::PolicyRef Policies::find(const std::string& name) const {
  const auto at = compiled_.find(name);
  return at == compiled_.end() ? nullptr : at->second;
}

policy::PolicyRef Policies::in_sequence(const std::vector<std::string>& names) const {
  policy::PolicyRef& list = lists_[names];
  if (list == nullptr) {
    std::vector<policy::PolicyRef> policies;
    for (const std::string& name : names) {
      policies.push_back(find(name));
    }
    list = policy::in_sequence(policies);
  }
  return list;
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
    return names.empty() ? by_default : in_sequence(names);
  };
  return {.imports = named(neighbor.routes.import_policy),
          .exports = named(neighbor.routes.export_policy)};
}

}  // namespace pipit::daemon
