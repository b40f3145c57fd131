// The conditions of a match.
#pragma once

#include <bitset>
#include <string>
#include <vector>

#include "policy/community_set.hpp"
#include "policy/condition.hpp"
#include "policy/options.hpp"
#include "policy/prefix_matcher.hpp"

namespace pipit::policy {

using PrefixMatcherRef = std::shared_ptr<const PrefixMatcher>;

/// Prefix sets compiled once and shared by all rules that name them.
using PrefixSets = std::map<std::string, PrefixMatcherRef, std::less<>>;

/// What conditions and changes are compiled against.
struct CompiledSets {
  const SetOptions& options;
  PrefixSets prefixes;
};

CompiledSets compile_sets(const SetOptions& options);

/// The conditions of a match; what always holds is left out.
std::vector<ConditionPtr> compile_conditions(const MatchOptions& match, const CompiledSets& sets);

}  // namespace pipit::policy
