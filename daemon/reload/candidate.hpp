// A configuration on its way into force: read, completed and compared with the running one on the
// background thread, looked at and applied on the loop.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "daemon/reload/config_history.hpp"
#include "daemon/reload/dry_run.hpp"
#include "daemon/reload/reload_plan.hpp"

namespace pipit::daemon {

struct Candidate {
  std::optional<ReloadPlan> plan;                 // nullopt: it cannot come into force
  std::string diagnostics;                        // errors, else warnings
  std::size_t octets = 0;                         // of the texts that it was read from
  PlannedRoutes originate;                        // for a dry run
  std::vector<ConfigHistory::ConfigRef> dropped;  // to be freed with it
};

// All of these only read what is running, which must not change before they return.

/// Reads the file that the running configuration came from.
Candidate read_candidate(const RunningConfig& running);

/// What the history keeps.
Candidate kept_candidate(const RunningConfig& running,
                         const ConfigHistory::ConfigRef& config,
                         std::size_t octets);

/// From the running configuration to a text as if it stood in `file`.
control::DaemonView::ConfigDiff difference(const RunningConfig& running,
                                           const std::string& file,
                                           const std::string& text);

/// What is wrong with the text itself is said in full. Of files that it includes only that
/// something is wrong: the daemon may read files that whoever asks may not.
control::ConfigCheck check_text(const std::string& file, const std::string& text);

}  // namespace pipit::daemon
