// The changes of a rule's set.
#pragma once

#include <vector>

#include "policy/action.hpp"
#include "policy/conditions.hpp"
#include "policy/options.hpp"

namespace pipit::policy {

/// The changes in the order in which they are made.
std::vector<ActionPtr> compile_actions(const ActionOptions& set, const CompiledSets& sets);

}  // namespace pipit::policy
