// A compiled route policy: rules run top down, the first that ends the run decides, the end of the
// list rejects.
//
// Built once per configuration by compile(), on any thread; shared by every neighbor that names it.
// Runs, on one thread at a time, change nothing but hit counters, and a tracer changes nothing of
// what they decide.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "policy/options.hpp"
#include "policy/route_facts.hpp"
#include "policy/trace.hpp"

namespace pipit::policy {

/// A rule for `show policies`.
struct RuleView {
  std::string place;               // "pipitd.yaml:12"
  std::vector<std::string> match;  // "prefix pods"; all must hold; empty: every route
  std::vector<std::string> set;    // "local-preference 200"
  std::string then;                // "accept"
  std::uint64_t hits = 0;          // routes that it matched since the policy was loaded
};

class Policy {
 public:
  virtual ~Policy() = default;

  /// Of a list: the names with ", " between them.
  virtual const std::string& name() const = 0;
  /// Runs the rules; `attributes` are changed in place, also when the route is rejected in the end.
  /// The tracer, if there is one, is told of every step.
  virtual Outcome evaluate(const RouteFacts& facts,
                           bgp::PathAttributes& attributes,
                           Tracer* tracer = nullptr) const = 0;
  /// What the outcome, and which rules match, depend on besides attributes, source, the neighbor
  /// that the route comes from and address family: without needs it may be remembered for these.
  virtual Needs needs() const = 0;
  /// True: accepts everything and changes nothing, need not be run; count_unchanged() counts.
  virtual bool accepts_unchanged() const = 0;

  /// Counts routes that were accepted without a run because of accepts_unchanged().
  virtual void count_unchanged(std::uint32_t /*routes*/) const {}

  /// Its rules; of built-in policies and lists: none.
  virtual std::vector<RuleView> rules() const { return {}; }

  /// Its rules moved in the file. Like a run, not while another thread looks.
  virtual void relocate(const std::vector<RuleOptions>& /*rules*/) const {}

  /// Prefixes of one class come out the same of it, where all else is the same. Null: each for
  /// itself. Only of what in_sequence() returned.
  virtual const PrefixClasses* prefix_classes() const { return nullptr; }

  bool depends_on_prefix() const { return needs().prefix; }

  bool depends_on_next_hop() const { return needs().next_hop; }
};

using PolicyRef = std::shared_ptr<const Policy>;

/// The built-in policies, each one object.
PolicyRef accept_all();
PolicyRef reject_all();
/// Accepts the default route of each family and has no say about others.
PolicyRef gateway_of_last_resort();
/// The eBGP default without a policy (RFC 8212): rejects, under the name "rfc8212".
PolicyRef rfc8212_default();

/// The names of built-in policies that a configuration may use.
const std::vector<std::string>& built_in_policies();

/// Compiled policies by name, built-in ones included.
using PolicyMap = std::map<std::string, PolicyRef, std::less<>>;

/// Compiles all policies. References to what does not exist, and calls in a circle, have been
/// refused by config/ before. What is in `kept` is taken from there instead.
PolicyMap compile(const PolicyOptions& options, const PolicyMap& kept = {});

/// One after another: the first that accepts or rejects decides, the end of the last one rejects.
/// `policies` come from compile() or are built in. One of them alone is the list. What comes back
/// has prefix_classes(): not while another thread makes the same list.
PolicyRef in_sequence(const std::vector<PolicyRef>& policies);

}  // namespace pipit::policy
