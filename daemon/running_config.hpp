// The configuration in force, with what the daemon fills in of itself: router id, cluster id,
// hostname.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "control/models.hpp"
#include "daemon/policies.hpp"

namespace pipit::daemon {

struct RunningConfig {
  std::string file;  // where it was read from
  control::WallTime loaded_at;
  config::Config config;
  Policies policies;
};

/// Fills in router id, cluster id and hostname, in the RIB's options and in every neighbor's. An
/// error when no router id is given and the host has no address for one. `earlier` id: kept when
/// none is configured, so that a reload does not change it.
std::expected<void, std::string> complete(config::Config& config,
                                          std::optional<std::uint32_t> earlier);

}  // namespace pipit::daemon
