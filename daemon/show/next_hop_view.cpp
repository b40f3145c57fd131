#include "daemon/show/next_hop_view.hpp"

#include <fmt/format.h>

namespace pipit::daemon {
namespace {

std::string hops_text(const control::NextHopRow& row) {
  std::string text;
  for (const control::HopModel& hop : row.hops) {
    const bool direct = !hop.gateway || *hop.gateway == row.address.address;
    text += text.empty() ? "" : " and";
    text += direct ? fmt::format(" dev {}", hop.interface)
                   : fmt::format(" via {} dev {}", hop.gateway->to_string(), hop.interface);
  }
  return text;
}

}  // namespace

control::NextHopRow next_hop_row(const rib::NextHopKey& key,
                                 const rib::Resolution& resolution,
                                 const KernelBridge& kernel) {
  control::NextHopRow row;
  row.address = {.address = key.address,
                 .interface = key.interface_index == 0
                                  ? std::string()
                                  : kernel.interface_name(key.interface_index)};
  row.reachable = resolution.reachable;
  row.connected = resolution.connected;
  row.cost = resolution.cost;
  if (resolution.reachable) {
    row.via = resolution.via;
  }
  for (const rib::IgpHop& hop : resolution.hops) {
    row.hops.push_back(
        {.gateway = hop.gateway, .interface = kernel.interface_name(hop.interface_index)});
  }
  return row;
}

control::NextHopModel next_hop_model(const rib::NextHopKey& key,
                                     rib::NextHops& next_hops,
                                     const KernelBridge& kernel) {
  const rib::Resolution& resolution = next_hops.resolve(key);
  control::NextHopModel model{.row = next_hop_row(key, resolution, kernel), .text = {}};
  if (next_hops.is_local(key.address)) {
    model.text = "an address of this host";
  } else if (resolution.reachable) {
    model.text = fmt::format("{} {}{}, cost {}", resolution.connected ? "on" : "by",
                             resolution.via.to_string(), hops_text(model.row), resolution.cost);
  } else if (resolution.via == net::Prefix()) {
    model.text = "no kernel route leads to it";
  } else {
    model.text = fmt::format("kernel route {} leads nowhere", resolution.via.to_string());
  }
  return model;
}

}  // namespace pipit::daemon
