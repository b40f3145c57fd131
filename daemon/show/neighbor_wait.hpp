// Why a neighbor has no session and none is coming up at the moment: for `show neighbor`.
#pragma once

#include <optional>

#include "control/models.hpp"
#include "daemon/bridge/neighbor.hpp"
#include "net/loop.hpp"

namespace pipit::daemon {

/// What the neighbor waits for, for how long, and what ends it; nullopt when the session is there
/// or an attempt at it is under way.
std::optional<control::WaitModel> waiting_for(const Neighbor& neighbor, net::TimePoint now);

}  // namespace pipit::daemon
