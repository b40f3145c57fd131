// From the options of a rule's set to changes.
#pragma once

#include <vector>

#include "policy/action.hpp"
#include "policy/conditions.hpp"
#include "policy/options.hpp"

namespace pipit::policy {

using Actions = std::vector<ActionPtr>;

/// The changes in the order in which they are made.
Actions compile_actions(const ActionOptions& set, const CompiledSets& sets);

}  // namespace pipit::policy
