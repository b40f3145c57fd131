// The compiled policies of the running configuration, and which of them a neighbor has.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/neighbor.hpp"
#include "policy/policy.hpp"

namespace pipit::daemon {

class Policies {
 public:
  /// Compiles. What comes out the same keeps its compiled form: who uses it sees no change.
  void load(const policy::PolicyOptions& options);

  /// By name; null when there is none.
  policy::PolicyRef find(const std::string& name) const;

  /// All of them, built-in ones included.
  const policy::PolicyMap& all() const { return compiled_; }

  /// What the neighbor names, else the default: everything for internal neighbors and with
  /// `default-policy: open`, nothing for external ones (RFC 8212).
  NeighborPolicies of(const config::NeighborConfig& neighbor,
                      std::uint32_t asn,
                      config::DefaultPolicy default_policy) const;

 private:
  policy::PolicyRef in_sequence(const std::vector<std::string>& names) const;

  policy::PolicyOptions options_;
  policy::PolicyMap compiled_;
  /// Lists that neighbors name: the same list is the same object, so that they share update groups.
  mutable std::map<std::vector<std::string>, policy::PolicyRef> lists_;
};

}  // namespace pipit::daemon
