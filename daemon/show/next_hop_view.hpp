// Next hops as `show next-hops` and `explain` show them.
#pragma once

#include <string>

#include "control/explain_models.hpp"
#include "daemon/bridge/kernel_bridge.hpp"
#include "rib/table/next_hops.hpp"

namespace pipit::daemon {

control::NextHopRow next_hop_row(const rib::NextHopKey& key,
                                 const rib::Resolution& resolution,
                                 const KernelBridge& kernel);

/// The row, and how the next hop resolves in words: "on 192.0.2.0/24 dev eth0, cost 0".
control::NextHopModel next_hop_model(const rib::NextHopKey& key,
                                     rib::NextHops& next_hops,
                                     const KernelBridge& kernel);

}  // namespace pipit::daemon
