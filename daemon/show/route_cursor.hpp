// `show routes`: walks the tables in slices and makes rows of paths. It remembers destination ids
// only, which stay the same while a destination lives, so the tables may change between two slices.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "control/daemon_view.hpp"
#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/speaker.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"
#include "rib/view.hpp"

namespace pipit::daemon {

/// What rows are made from; outlives the cursor.
struct RouteViewParts {
  rib::Rib& rib;
  rib::UpdateGroups& groups;
  const Speaker& speaker;
  const KernelBridge& kernel;
};

/// A row for a path as the RIB's view shows it: attributes after policy, or as received when policy
/// or checks refused it.
control::RouteRow route_row(rib::Rib& rib, const rib::PathView& path);

control::CursorResult<control::RouteRow> open_route_cursor(const RouteViewParts& parts,
                                                           const control::RouteQuery& query);

}  // namespace pipit::daemon
