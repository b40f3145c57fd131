#include "daemon/policies.hpp"

namespace pipit::daemon {

void Policies::load(const policy::PolicyOptions& options, const std::set<std::string>& changed) {
  if (!compiled_.empty() && options == options_) {
    return;
  }
  policy::PolicyMap compiled = policy::compile(options);
  for (auto& [name, policy] : compiled) {
    const auto before = compiled_.find(name);
    if (before != compiled_.end() && !changed.contains(name)) {
      policy = before->second;
    }
  }
  options_ = options;
  compiled_ = std::move(compiled);
}

policy::PolicyRef Policies::find(const std::string& name) const {
  const auto at = compiled_.find(name);
  return at == compiled_.end() ? nullptr : at->second;
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
  const auto named = [&](const std::string& name) {
    return name.empty() ? by_default : find(name);
  };
  return {.imports = named(neighbor.routes.import_policy),
          .exports = named(neighbor.routes.export_policy)};
}

}  // namespace pipit::daemon
