// A kernel that has default routes and nothing else, for next hops to resolve over.
#pragma once

#include <cstdint>
#include <optional>

#include "rib/table/next_hops.hpp"

namespace pipit::bench {

class DefaultRoute final : public rib::IgpRoutes {
 public:
  /// Must outlive it.
  explicit DefaultRoute(rib::NextHops& next_hops) : next_hops_(next_hops) {
    next_hops.look_in(this);
    next_hops.settle();
  }

  /// Of both families.
  void set_metric(std::uint32_t metric) {
    metric_ = metric;
    for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
      next_hops_.route_changed({net::IpAddress::any(afi), 0});
    }
    next_hops_.settle();
  }

  std::optional<rib::IgpRoute> find(const net::Prefix& prefix) const override {
    return prefix.length() != 0
               ? std::nullopt
               : std::optional(rib::IgpRoute{.hops = {{std::nullopt, 1}}, .metric = metric_});
  }

  bool has_length(net::Afi /*afi*/, std::uint8_t length) const override { return length == 0; }

 private:
  rib::NextHops& next_hops_;
  std::uint32_t metric_ = 1;
};

}  // namespace pipit::bench
