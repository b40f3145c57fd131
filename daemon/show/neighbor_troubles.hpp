// Why a neighbor is down, and what happened to it before: of its Peer's record, for the views.
#pragma once

#include <optional>
#include <string>

#include "control/models.hpp"
#include "daemon/bridge/neighbor.hpp"
#include "net/loop.hpp"

namespace pipit::daemon {

/// last_error, connect_error and when they were.
void add_troubles(const Neighbor& neighbor,
                  const net::Present& present,
                  control::NeighborSummary& summary);

/// History, times, and the last errors in UPDATEs.
void add_history(const bgp::PeerRecord& record,
                 const net::Present& present,
                 control::NeighborDetail& detail);

/// Of a neighbor that should be up and is not.
std::optional<control::DownRow> down_row(const Neighbor& neighbor, const net::Present& present);

/// An error in an UPDATE in a sentence: "12s ago treated as withdraw: ORIGIN: ...".
std::string update_error_text(const bgp::LoggedUpdateError& logged, net::TimePoint now);

}  // namespace pipit::daemon
