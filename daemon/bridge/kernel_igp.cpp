#include "daemon/bridge/kernel_igp.hpp"

#include <linux/rtnetlink.h>

#include "kernel/options.hpp"

namespace pipit::daemon {
namespace {

/// Blackholes and the like resolve nothing, and neither do dead hops.
rib::IgpRoute igp_route(std::uint32_t metric, const kernel::RouteBody& body) {
  rib::IgpRoute igp;
  igp.metric = metric;
  bool direct = true;
  for (const kernel::Hop& hop : body.hops) {
    if (!hop.dead) {
      igp.hops.push_back({.gateway = hop.gateway, .interface_index = hop.interface_index});
      direct = direct && !hop.gateway;
    }
  }
  igp.connected = direct && body.protocol == RTPROT_KERNEL;
  return igp;
}

}  // namespace

/// Of several the one with the lowest metric.
std::optional<rib::IgpRoute> KernelIgp::find(const net::Prefix& prefix) const {
  const kernel::RouteBody* best = nullptr;
  std::uint32_t metric = 0;
  routes_.for_prefix(kernel::kMainTable, prefix,
                     [&](const kernel::RouteKey& key, const kernel::RouteBody& body) {
                       const bool ours = ownership_ && ownership_->owns(key, body.protocol);
                       if (!ours && (best == nullptr || key.metric < metric)) {
                         best = &body;
                         metric = key.metric;
                       }
                     });
  return best != nullptr ? std::optional(igp_route(metric, *best)) : std::nullopt;
}

}  // namespace pipit::daemon
