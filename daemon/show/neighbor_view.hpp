// What `show neighbors` and `show neighbor` tell: made of a Neighbor, its Peer's status and its
// counters in the RIB.
#pragma once

#include "control/models.hpp"
#include "daemon/bridge/neighbor.hpp"
#include "daemon/bridge/speaker.hpp"
#include "net/loop.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

/// Where the models of a neighbor come from.
struct NeighborSources {
  const rib::Rib& rib;
  const rib::UpdateGroups& groups;
  const Identifiers& identifiers;
  net::Present present;
};

/// What an operator should know: families that were not negotiated, policies that are not there.
std::vector<std::string> neighbor_warnings(const Neighbor& neighbor);

control::NeighborSummary summarize(const Neighbor& neighbor, const NeighborSources& sources);
control::NeighborDetail describe(const Neighbor& neighbor, const NeighborSources& sources);

/// The update groups with their members' names.
std::vector<control::GroupRow> group_rows(const rib::UpdateGroups& groups, const Speaker& speaker);

}  // namespace pipit::daemon
