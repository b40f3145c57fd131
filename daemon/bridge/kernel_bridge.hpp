// Kernel <-> RIB: listens to the monitor, feeds next hops and imports into the RIB, and lets best
// routes out through the FIB writer. Owned by the Router.
//
//   Monitor -> KernelEvents -> KernelBridge -> NextHops, KernelImport -> Rib
//   Rib -> journal -> KernelExport -> FibWriter -> kernel
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "daemon/bridge/host_addresses.hpp"
#include "daemon/bridge/kernel_audit.hpp"
#include "daemon/bridge/kernel_export.hpp"
#include "daemon/bridge/kernel_igp.hpp"
#include "daemon/bridge/kernel_import.hpp"
#include "daemon/bridge/kernel_overrules.hpp"
#include "daemon/bridge/kernel_side.hpp"
#include "daemon/bridge/table_record.hpp"
#include "kernel/fib/fib_writer.hpp"
#include "kernel/fib/ownership.hpp"
#include "kernel/monitor/events.hpp"
#include "kernel/monitor/monitor.hpp"
#include "kernel/netlink/access.hpp"
#include "kernel/options.hpp"
#include "net/loop.hpp"
#include "policy/policy.hpp"
#include "policy/references.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

class KernelBridge final : public HostAddresses, public KernelSide, public kernel::KernelEvents {
 public:
  /// Loop and RIB must outlive it.
  KernelBridge(net::Loop& loop, std::unique_ptr<kernel::KernelAccess> kernel, rib::Rib& rib);
  ~KernelBridge() override;
  KernelBridge(const KernelBridge&) = delete;
  KernelBridge& operator=(const KernelBridge&) = delete;

  // KernelSide; a preview must be gone before shut_down() is called.
  void set_options(const kernel::KernelOptions& options,
                   KernelPolicies policies,
                   std::set<net::Prefix> blackholes) override;
  std::unique_ptr<rib::LocalPreview> preview(const kernel::KernelOptions& options,
                                             std::vector<policy::PolicyRef> imports) const override;

  /// Where it is kept in mind where routes of ours stand.
  void keep_record(std::string path) { record_.move_to(std::move(path)); }

  /// Begins to look at the kernel. `on_ready` is called once, when the first look is complete.
  std::expected<void, std::string> start(std::function<void()> on_ready);

  /// `listener` is called when addresses or connected subnets of this host have changed.
  void on_host_changed(std::function<void()> listener) { host_listener_ = std::move(listener); }

  /// Neighbors that are there have said what they have: own routes of an earlier run that should
  /// lead elsewhere are replaced.
  void replace_stale();
  /// All neighbors have: own routes of an earlier run that nobody announced go, too.
  void reconcile();

  /// Flushes our routes when the configuration says so, and stops.
  void shut_down();

  // HostAddresses
  std::optional<net::IpAddress> companion(const net::IpAddress& local,
                                          std::uint32_t interface_index,
                                          net::Afi afi) const override;
  std::optional<net::IpAddress> link_local(const net::IpAddress& local,
                                           std::uint32_t interface_index) const override;

  /// What there is to look at, for whoever shows it; null: not there now. Valid until control goes
  /// back to the event loop.
  struct Parts {
    const kernel::Monitor* monitor = nullptr;
    const KernelImport* import = nullptr;
    const KernelOverrules* overrules = nullptr;
    const kernel::FibWriter* writer = nullptr;
    const KernelExport* exports = nullptr;
  };

  Parts parts() const {
    return {monitor_.get(), import_.get(), overrules_.get(), writer_.get(), export_.get()};
  }

  const rib::Rib& rib() const { return rib_; }

  const net::Loop& loop() const { return loop_; }

  const kernel::KernelOptions& options() const { return options_; }

  /// The routing tables that are read.
  std::vector<std::uint32_t> tables() const;

  /// Why the kernel cannot be followed or written; empty: nothing was wrong.
  const std::string& last_error() const { return last_error_; }

  /// Its number when there is no such interface.
  std::string interface_name(std::uint32_t index) const;

  // kernel::KernelEvents
  void on_link_changed(const kernel::Link* before, const kernel::Link& after) override;
  void on_link_removed(const kernel::Link& link) override;
  void on_address_added(const kernel::InterfaceAddress& address) override;
  void on_address_removed(const kernel::InterfaceAddress& address) override;
  void on_route_changed(const kernel::Route* before,
                        const kernel::Route& after,
                        std::uint32_t origin) override;
  void on_route_removed(const kernel::Route& route, std::uint32_t origin) override;
  void on_overrun() override;
  void on_caught_up() override;
  void on_settled() override;
  void on_synchronized() override;
  void on_failed(const std::string& reason) override;

 private:
  /// Looks at all routes of the kernel again.
  class Refresh final : public net::Task {
   public:
    explicit Refresh(KernelBridge& bridge) : bridge_(bridge) {}

    bool run() override { return bridge_.refresh_slice(); }

   private:
    KernelBridge& bridge_;
  };

  bool is_own(const kernel::Route& route) const;
  /// Which routes are ours with such options; nullopt: none, nothing is written.
  std::optional<kernel::Ownership> ownership(const kernel::KernelOptions& options) const;
  void apply_export();
  void end_writer();
  bool remove_routes();
  bool start_writer();
  void change_ownership();
  void remember_places();
  void note_places();
  void settle_stale();
  bool begin_audit();
  void refresh_everything();
  void load_ahead(std::span<const net::Prefix> prefixes) const;
  bool refresh_slice();
  void refresh_addresses();
  std::uint32_t interface_of(const net::IpAddress& local, std::uint32_t interface_index) const;

  net::Loop& loop_;
  rib::Rib& rib_;
  kernel::KernelOptions options_;
  KernelPolicies policies_;
  std::set<net::Prefix> blackholes_;
  std::unique_ptr<kernel::KernelAccess> kernel_;
  std::unique_ptr<kernel::Monitor> monitor_;
  std::unique_ptr<KernelIgp> igp_;
  std::unique_ptr<KernelImport> import_;
  std::unique_ptr<KernelOverrules> overrules_;
  std::unique_ptr<kernel::FibWriter> writer_;  // with `kernel.export` only
  std::unique_ptr<KernelExport> export_;       // likewise
  std::unique_ptr<KernelAudit> audit_;
  Refresh refresh_{*this};
  std::size_t refreshed_ = 0;                    // of the monitor's view
  rib::Rib::LocalPosition refreshed_announced_;  // of what is announced
  TableRecord record_;
  std::optional<kernel::Ownership> ownership_;   // with `kernel.export` only
  std::vector<kernel::FibPlace> former_places_;  // of `kernel.export` before, with routes of ours
  std::optional<std::uint8_t> former_protocol_;  // of an earlier run, until reconcile()
  std::vector<net::Prefix> changed_;             // since the last on_settled
  bool addresses_changed_ = false;
  bool replacing_ = false;   // replace_stale() was called
  bool reconciled_ = false;  // reconcile() was
  std::string last_error_;
  std::function<void()> on_ready_;
  std::function<void()> host_listener_;
};

}  // namespace pipit::daemon
