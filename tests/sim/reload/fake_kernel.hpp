// A kernel in memory: its routes and addresses never change, and what is written to it is only
// remembered. Rules of import, next hops and the choice of what is written are the daemon's own.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "daemon/bridge/host_addresses.hpp"
#include "daemon/bridge/kernel_export.hpp"
#include "daemon/bridge/kernel_igp.hpp"
#include "daemon/bridge/kernel_import.hpp"
#include "daemon/bridge/kernel_side.hpp"
#include "kernel/fib/fib_sink.hpp"
#include "kernel/monitor/host_view.hpp"
#include "net/loop.hpp"
#include "rib/rib.hpp"

namespace pipit::sim {

class FakeKernel final : public daemon::KernelSide,
                         public daemon::HostAddresses,
                         public kernel::HostView,
                         public kernel::FibSink {
 public:
  FakeKernel(net::Loop& loop, rib::Rib& rib);
  ~FakeKernel() override;

  struct Written {
    kernel::FibRoute route;
    std::uint8_t protocol = 0;

    friend bool operator==(const Written&, const Written&) = default;
  };

  const std::map<net::Prefix, Written>& written() const { return written_; }

  // daemon::KernelSide
  void set_options(const kernel::KernelOptions& options,
                   daemon::KernelPolicies policies,
                   std::set<net::Prefix> blackholes) override;
  std::unique_ptr<rib::LocalPreview> preview(const kernel::KernelOptions& options,
                                             std::vector<policy::PolicyRef> imports) const override;

  // daemon::HostAddresses
  std::optional<net::IpAddress> companion(const net::IpAddress& local,
                                          std::uint32_t interface_index,
                                          net::Afi afi) const override;
  std::optional<net::IpAddress> link_local(const net::IpAddress& local,
                                           std::uint32_t interface_index) const override;

  // kernel::FibSink
  void set(const kernel::FibRoute& route) override;
  void remove(const net::Prefix& prefix) override;

  // kernel::HostView
  const std::map<std::uint32_t, kernel::Link>& links() const override { return links_; }

  const std::set<kernel::InterfaceAddress>& addresses() const override { return addresses_; }

  const kernel::RouteView& routes() const override { return routes_; }

 private:
  void add_route(const char* prefix,
                 std::uint8_t protocol,
                 std::uint32_t interface_index,
                 const char* gateway = nullptr);

  net::Loop& loop_;
  rib::Rib& rib_;
  std::map<std::uint32_t, kernel::Link> links_;
  std::set<kernel::InterfaceAddress> addresses_;
  kernel::RouteView routes_;
  std::vector<net::Prefix> prefixes_;  // of the routes
  daemon::KernelIgp igp_{routes_};
  daemon::KernelImport import_;
  kernel::KernelOptions options_;
  std::vector<policy::PolicyRef> imports_;
  std::unique_ptr<daemon::KernelExport> export_;
  std::map<net::Prefix, Written> written_;
};

}  // namespace pipit::sim
