// `show neighbors`: makes the rows of a few neighbors in each turn of the loop. It remembers names,
// so that neighbors may come and go between two turns.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control/daemon_view.hpp"
#include "daemon/bridge/speaker.hpp"
#include "daemon/show/neighbor_view.hpp"

namespace pipit::daemon {

/// `sources`: called for each part of the answer; what it refers to, the loop and the speaker
/// outlive the cursor.
std::unique_ptr<control::Cursor<control::NeighborSummary>> open_neighbor_cursor(
    const net::Loop& loop,
    const Speaker& speaker,
    std::function<NeighborSources()> sources,
    control::NeighborQuery query,
    std::vector<std::string> names);

}  // namespace pipit::daemon
