// The compiled policies of a configuration, and which of them a neighbor has.
//
// load() may run on the background thread; what it made is only read from then on, but for
// relocate().
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/bridge/neighbor.hpp"
#include "policy/policy.hpp"

namespace pipit::daemon {

class Policies {
 public:
  /// Compiles. What comes out the same keeps its compiled form: who uses it sees no change.
  void load(const config::Config& config);

  /// Tells rules that kept their compiled form where they stand in the files now. On the loop, once
  /// the configuration is in force.
  void relocate() const;

  /// By name; null when there is none.
  policy::PolicyRef find(const std::string& name) const;

  /// What the configuration names one after another; everything is accepted when it names none.
  /// The same names are the same object, so that neighbors share update groups.
  policy::PolicyRef list(const std::vector<std::string>& names) const;

  /// All of them, built-in ones included.
  const policy::PolicyMap& all() const { return compiled_; }

  /// What the neighbor names, else the default: everything for internal neighbors and with
  /// `default-policy: open`, nothing for external ones (RFC 8212).
  NeighborPolicies of(const config::NeighborConfig& neighbor,
                      std::uint32_t asn,
                      config::DefaultPolicy default_policy) const;

 private:
  using Lists = std::map<std::vector<std::string>, policy::PolicyRef>;

  std::shared_ptr<const policy::PolicyOptions> options_ =
      std::make_shared<const policy::PolicyOptions>();
  policy::PolicyMap compiled_;
  Lists lists_;  // that the configuration names
};

}  // namespace pipit::daemon
