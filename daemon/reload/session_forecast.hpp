// What a reload would do to a neighbor's session: whether it stays, is reset or ends, why, and
// whether it comes back. For a dry run; the same questions that Speaker::change() and Peer ask, in
// the same order, and nothing is changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "bgp/wire/negotiated.hpp"
#include "config/config.hpp"
#include "daemon/bridge/neighbor.hpp"
#include "daemon/reload/reload_plan.hpp"
#include "rib/table/source.hpp"

namespace pipit::daemon {

enum class SessionFate : std::uint8_t {
  None,    // there is none, and the reload does not begin one
  Stays,   // it goes on
  Starts,  // there is none, and the neighbor is tried from now on
  Reset,   // it goes down, and comes back
  Ends,    // it goes down and stays so, or comes back only when something else happens
};

struct SessionForecast {
  SessionFate fate = SessionFate::None;
  std::string reason;  // in words, of Reset and Ends
  /// Of Ends: what brings it back; empty: the next reload, or nothing.
  std::string comes_back;
  /// Of Ends by max-prefixes: it is tried again after that time, and ends again.
  std::optional<std::chrono::seconds> restart_after;
  /// What the session would have agreed on, of Stays and Reset.
  bgp::Negotiated session;
};

/// Of a neighbor that goes.
SessionForecast forecast_removal(const Neighbor& neighbor);

/// Of one that stays, with the configuration that it gets (config_for()). `source`: as the RIB
/// knows it.
SessionForecast forecast_session(const Neighbor& neighbor,
                                 const rib::Source& source,
                                 const config::NeighborConfig& config,
                                 const PlannedChange& change);

}  // namespace pipit::daemon
