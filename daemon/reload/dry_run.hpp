// `reload --dry-run`: what a plan would do to neighbors and to their routes, told in slices.
#pragma once

#include <memory>

#include "control/daemon_view.hpp"
#include "daemon/bridge/kernel_side.hpp"
#include "daemon/bridge/speaker.hpp"
#include "daemon/reload/reload_plan.hpp"
#include "net/loop.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/preview.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

/// What a dry run looks at; outlives it.
struct DryRunParts {
  const net::Loop& loop;
  const RunningConfig& running;
  rib::Rib& rib;
  const rib::UpdateGroups& groups;
  const Speaker& speaker;
  const KernelSide& kernel;
};

/// Routes of our own as they would be; nullopt: gone.
using PlannedRoutes = decltype(rib::PreviewInput::originate);

/// On any thread.
PlannedRoutes planned_routes(const ReloadPlan& plan);

/// Each route that would change, when `routes`, then each neighbor that something happens to, the
/// kernel last. Takes out of the plan what it needs. Fails when another configuration is applied
/// meanwhile.
std::unique_ptr<control::Cursor<control::PlannedRow>> open_dry_run(const DryRunParts& parts,
                                                                   ReloadPlan& plan,
                                                                   PlannedRoutes originate,
                                                                   bool routes);

}  // namespace pipit::daemon
