// The compiled policies of the running configuration, and which of them a neighbor has.
#pragma once

#include <set>
#include <string>

#include "config/config.hpp"
#include "daemon/neighbor.hpp"
#include "policy/policy.hpp"

namespace pipit::daemon {

class Policies {
 public:
  /// Compiles. What `changed` (config::Diff::policies) does not name keeps its compiled form, and
  /// so do the built-in ones: who uses it sees no change.
  void load(const policy::PolicyOptions& options, const std::set<std::string>& changed = {});

  /// By name; null when there is none.
  policy::PolicyRef find(const std::string& name) const;

  /// What the neighbor names, else the default: everything for internal neighbors and with
  /// `default-policy: open`, nothing for external ones (RFC 8212).
  NeighborPolicies of(const config::NeighborConfig& neighbor,
                      std::uint32_t asn,
                      config::DefaultPolicy default_policy) const;

 private:
  policy::PolicyOptions options_;
  policy::PolicyMap compiled_;
};

}  // namespace pipit::daemon
