// The kernel's side as `show kernel`, `status` and `explain` show it, out of what the KernelBridge
// holds. Made for one question; nothing of it is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/daemon_view.hpp"
#include "daemon/bridge/kernel_bridge.hpp"

namespace pipit::daemon {

class KernelView {
 public:
  /// The bridge must outlive it, and the cursor of open_routes().
  explicit KernelView(const KernelBridge& bridge) : bridge_(bridge) {}

  control::KernelModel status() const;

  struct Memory {
    std::size_t view = 0;    // octets: the kernel's routes, and what is imported of them
    std::size_t writer = 0;  // octets: what is wanted in the kernel, and what is there
  };

  Memory memory() const;
  std::unique_ptr<control::Cursor<control::KernelRouteRow>> open_routes() const;

  /// The kernel's routes to a prefix in the tables that are read, and addresses on it, each with
  /// what the import rules make of it.
  std::vector<control::KernelImportRow> explain_import(const net::Prefix& prefix) const;
  /// Why a destination is written to the kernel or not; the row is what is or should be there.
  std::optional<control::KernelRouteRow> explain_export(net::Family family,
                                                        rib::DestinationId destination,
                                                        std::vector<policy::Step>& steps) const;

 private:
  class RouteRows;

  control::KernelRouteRow imported_row(const kernel::Route& route) const;
  control::KernelRouteRow exported_row(const kernel::FibRoute& route) const;
  std::vector<control::HopModel> hop_models(const std::vector<kernel::Hop>& hops) const;

  const KernelBridge& bridge_;
};

}  // namespace pipit::daemon
