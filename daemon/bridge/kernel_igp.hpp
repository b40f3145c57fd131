// The kernel's routes as next hops resolve over them: a look into the monitor's view.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "kernel/fib/ownership.hpp"
#include "kernel/monitor/route_view.hpp"
#include "rib/table/next_hops.hpp"

namespace pipit::daemon {

class KernelIgp final : public rib::IgpRoutes {
 public:
  /// Must outlive it.
  explicit KernelIgp(const kernel::RouteView& routes) : routes_(routes) {}

  /// Of the routes that this daemon writes: next hops do not resolve over them.
  void set_ownership(std::optional<kernel::Ownership> ownership) {
    ownership_ = std::move(ownership);
  }

  std::optional<rib::IgpRoute> find(const net::Prefix& prefix) const override;

  bool has_length(net::Afi afi, std::uint8_t length) const override {
    return routes_.has_length(afi, length);
  }

 private:
  const kernel::RouteView& routes_;
  std::optional<kernel::Ownership> ownership_;
};

}  // namespace pipit::daemon
