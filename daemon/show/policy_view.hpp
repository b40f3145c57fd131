// What `show policies` and `show sets` say, out of the running configuration.
#pragma once

#include <vector>

#include "control/policy_models.hpp"
#include "daemon/reload/running_config.hpp"

namespace pipit::daemon {

/// The policies of the configuration by name.
std::vector<control::PolicyRow> policy_rows(const RunningConfig& running);

/// The sets of the configuration by kind and name.
std::vector<control::SetRow> set_rows(const RunningConfig& running);

}  // namespace pipit::daemon
