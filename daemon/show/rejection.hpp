// What refused a path at import: import is run again and traced, for `show routes rejected` and
// `explain`.
#pragma once

#include <optional>

#include "control/models.hpp"
#include "daemon/bridge/kernel_bridge.hpp"
#include "rib/rib.hpp"
#include "rib/view.hpp"

namespace pipit::daemon {

/// Runs import again over what was received, as whoever announced the path has it run.
rib::Rib::Traced trace_import(rib::Rib& rib,
                              const KernelBridge& kernel,
                              const rib::PathView& path,
                              rib::Trace& trace);

/// nullopt: import would accept the path now, and has yet to look at it again.
std::optional<control::RejectionModel> rejection_of(rib::Rib& rib,
                                                    const KernelBridge& kernel,
                                                    const rib::PathView& path);

}  // namespace pipit::daemon
