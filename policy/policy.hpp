// A compiled route policy: rules run top down, the first that ends the run decides, the end of the
// list rejects.
//
// Built once per configuration by compile(); shared by every neighbor that names it. Pure: no state
// changes while it runs, and a tracer changes nothing of what it decides.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "bgp/wire/attributes.hpp"
#include "policy/options.hpp"
#include "policy/route_facts.hpp"
#include "policy/trace.hpp"

namespace pipit::policy {

class Policy {
 public:
  virtual ~Policy() = default;

  virtual const std::string& name() const = 0;
  /// Runs the rules; `attributes` are changed in place, also when the route is rejected in the end.
  /// The tracer, if there is one, is told of every step.
  virtual Outcome evaluate(const RouteFacts& facts,
                           bgp::PathAttributes& attributes,
                           Tracer* tracer = nullptr) const = 0;
  /// False: the outcome is the same for every prefix with the same attributes, source and neighbor,
  /// and may be remembered.
  virtual bool depends_on_prefix() const = 0;
  /// True: accepts everything and changes nothing, need not be run.
  virtual bool accepts_unchanged() const = 0;
};

using PolicyRef = std::shared_ptr<const Policy>;

/// The built-in policies, each one object.
PolicyRef accept_all();
PolicyRef reject_all();
/// The eBGP default without a policy (RFC 8212): rejects, under the name "rfc8212".
PolicyRef rfc8212_default();

/// Compiled policies by name, "accept" and "reject" included.
using PolicyMap = std::map<std::string, PolicyRef, std::less<>>;

/// Compiles all policies. References to sets that do not exist have been refused by config/ before.
PolicyMap compile(const PolicyOptions& options);

}  // namespace pipit::policy
