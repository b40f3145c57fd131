#include "tests/sim/host.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "kernel/options.hpp"
#include "tests/unit/kernel/lent_kernel.hpp"

namespace pipit::sim {
namespace {

using kernel::test::SimulatedKernel;

constexpr std::uint32_t kLoopback = 1;
constexpr std::array kFamilies{net::Afi::Ipv4, net::Afi::Ipv6};

/// Ours of a subnet: its first address.
kernel::InterfaceAddress address_in(const net::Prefix& subnet, std::uint32_t interface_index) {
  const net::IpAddress& network = subnet.address();
  return {.interface_index = interface_index,
          .address = subnet.afi() == net::Afi::Ipv4
                         ? net::IpAddress::v4(network.to_v4() | 1)
                         : *net::IpAddress::parse(network.to_string() + "1"),
          .prefix_length = subnet.length(),
          .peer = std::nullopt};
}

}  // namespace

Host::Host(VirtualLoop& loop, Trace& trace, const Topology& topology, std::size_t router)
    : kernel_(loop, static_cast<std::uint32_t>(loop.random_seed())) {
  const RouterSpec& self = topology.routers[router];
  kernel_.on_route = [&trace, router](const kernel::Route& route, bool there) {
    if (trace.kept()) {
      trace.note("r{} kernel {} {}", router, there ? "has" : "has no more", to_string(route));
    }
  };
  kernel_.on_timer = [&trace, router] { trace.note("r{} timer of its kernel", router); };
  core_ = kernel_.add_link("core");
  lan_ = kernel_.add_link("lan");
  elsewhere_ = kernel_.add_link("elsewhere");
  for (const net::Afi afi : kFamilies) {
    const net::IpAddress own = self.address(afi);
    kernel_.add_address({.interface_index = kLoopback,
                         .address = own,
                         .prefix_length = static_cast<std::uint8_t>(own.bits()),
                         .peer = std::nullopt});
  }
  for (std::size_t n = 0; n < topology.routers.size(); ++n) {
    if (n != router && topology.routers[n].asn == self.asn) {
      for (const net::Afi afi : kFamilies) {
        beyond_[core_].push_back(topology.routers[n].address(afi));
      }
    }
  }
  for (const LinkSpec& link : topology.links) {
    if (!topology.internal(link) && (link.a == router || link.b == router)) {
      const std::size_t neighbor = link.a == router ? link.b : link.a;
      external_[neighbor] = kernel_.add_link(fmt::format("to{}", neighbor));
      for (const net::Afi afi : kFamilies) {
        beyond_[external_[neighbor]].push_back(topology.routers[neighbor].address(afi));
      }
    }
  }
  for (const auto& [interface_index, addresses] : beyond_) {
    add_neighbor_routes(interface_index);
  }
  for (const net::Prefix& prefix : self.host.statics) {
    set_static(prefix, true);
  }
  for (const net::Prefix& prefix : self.host.lans) {
    set_lan(prefix, true);
  }
  kernel_.faults.queue = self.host.receive_queue;
  kernel_.faults.swapped = self.host.swapped;
  kernel_.faults.batches_refused = self.host.batches_refused;
}

std::unique_ptr<kernel::KernelAccess> Host::access() {
  return std::make_unique<kernel::test::LentKernel>(kernel_);
}

void Host::add_neighbor_routes(std::uint32_t interface_index) {
  for (const net::IpAddress& address : beyond_[interface_index]) {
    put({address, static_cast<std::uint8_t>(address.bits())}, RTPROT_KERNEL, interface_index);
  }
}

void Host::put(const net::Prefix& prefix, std::uint8_t protocol, std::uint32_t interface_index) {
  kernel_.add({.key = {.prefix = prefix, .table = kernel::kMainTable},
               .body = {.protocol = protocol, .hops = {{.interface_index = interface_index}}}},
              NLM_F_CREATE | NLM_F_REPLACE, SimulatedKernel::kSomebody);
}

void Host::set_static(const net::Prefix& prefix, bool there) {
  if (there) {
    put(prefix, RTPROT_STATIC, elsewhere_);
  } else {
    kernel_.remove({.prefix = prefix, .table = kernel::kMainTable}, RTPROT_STATIC, nullptr,
                   SimulatedKernel::kSomebody);
  }
}

void Host::set_lan(const net::Prefix& prefix, bool there) {
  if (there) {
    kernel_.add_address(address_in(prefix, lan_));
    put(prefix, RTPROT_KERNEL, lan_);
  } else {
    kernel_.remove_address(address_in(prefix, lan_));
    kernel_.remove({.prefix = prefix, .table = kernel::kMainTable}, RTPROT_KERNEL, nullptr,
                   SimulatedKernel::kSomebody);
  }
}

void Host::set_interface(std::optional<std::size_t> neighbor, bool up) {
  const std::uint32_t interface_index = neighbor ? external_.at(*neighbor) : core_;
  if (kernel_.links().at(interface_index).up == up) {
    return;
  }
  kernel_.set_link(interface_index, up);
  if (up) {
    add_neighbor_routes(interface_index);
  }
}

void Host::flush() {
  std::vector<kernel::RouteKey> keys;
  for (const auto& [key, body] : kernel_.routes()) {
    keys.push_back(key);
  }
  for (const kernel::RouteKey& key : keys) {
    kernel_.remove(key, kernel::kProtocolPipit, nullptr, SimulatedKernel::kSomebody);
  }
}

void Host::calm_down() {
  kernel_.faults = {};
}

std::map<net::Prefix, Written> Host::written(const Topology& topology) const {
  std::map<net::Prefix, Written> found;
  for (const auto& [key, body] : kernel_.routes()) {
    if (body.protocol != kernel::kProtocolPipit) {
      continue;
    }
    Written one{.next_hop = topology.routers.size()};
    const bool expected = key.table == kernel::kMainTable && key.metric == kernel::kExportMetric &&
                          body.type == kernel::RouteType::Unicast && body.hops.size() == 1 &&
                          body.hops.front().gateway;
    if (expected) {
      const kernel::Hop& hop = body.hops.front();
      const std::size_t to = topology.router_of(*hop.gateway);
      one.core = hop.interface_index == core_;
      const auto external = external_.find(to);
      const bool leads_there =
          one.core || (external != external_.end() && external->second == hop.interface_index);
      one.next_hop = leads_there ? to : one.next_hop;
    }
    found.emplace(key.prefix, one);
  }
  return found;
}

}  // namespace pipit::sim
