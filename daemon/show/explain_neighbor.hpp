// `explain neighbor NAME`: the way from the configured address to an Established session, with
// where it stands and what to do. Made for one question.
#pragma once

#include "control/explain_models.hpp"
#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/neighbor.hpp"
#include "net/loop.hpp"

namespace pipit::daemon {

control::ExplainNeighborModel explain_neighbor(const Neighbor& neighbor,
                                               const KernelBridge& kernel,
                                               net::TimePoint now);

}  // namespace pipit::daemon
