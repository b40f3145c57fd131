// Which sets and policies the rules of a policy name: what a change of one of them concerns, and
// what nobody uses.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "policy/options.hpp"

namespace pipit::policy {

enum class NameOf : std::uint8_t {
  PrefixSet,
  PrefixOriginSet,
  CommunitySet,
  AsNumberSet,
  AsPathSet,
  NeighborSet,
  Group,
  Policy
};

/// Calls `visit` for every name in the rules.
void for_each_reference(const std::vector<RuleOptions>& rules,
                        const std::function<void(NameOf, const std::string&)>& visit);

/// The tables and metrics that policies, and those that they call, may give kernel routes.
struct KernelPlaces {
  std::set<std::uint32_t> tables;
  std::set<std::uint32_t> metrics;
};

KernelPlaces kernel_places(const PolicyOptions& options, std::vector<std::string> policies);

/// The policies that are not in both, or that come out different: by their own rules, by a set that
/// they name, or by a policy that they call.
std::set<std::string> changed_policies(const PolicyOptions& before, const PolicyOptions& after);

}  // namespace pipit::policy
