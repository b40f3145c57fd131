// The configuration in force, with what the daemon fills in of itself: router id, cluster id,
// hostname.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "control/models.hpp"
#include "daemon/reload/policies.hpp"

namespace pipit::daemon {

struct RunningConfig {
  std::string file;  // where it was read from
  control::WallTime loaded_at;
  config::Config config;
  Policies policies{};
  std::size_t octets = 0;        // of the texts that it was read from
  std::uint64_t generation = 0;  // counts up whenever something is applied

  /// A reload that has not been confirmed yet.
  struct Confirmation {
    std::uint32_t back_to = 0;  // the number of the configuration that comes back without one
    control::WallTime until;
  };

  std::optional<Confirmation> confirmation;
  /// What an operator should know: that the file says something else than what is in force.
  std::string notice;
};

/// Fills in router id, cluster id and hostname, in the RIB's options and in every neighbor's. An
/// error when no router id is given and the host has no address for one. `earlier`: the running
/// configuration, null at the start; what the host was asked for then is not asked for again, so
/// that a reload of the same file changes nothing. Logs nothing: any thread may call it.
std::expected<void, std::string> complete(config::Config& config, const config::Config* earlier);

}  // namespace pipit::daemon
