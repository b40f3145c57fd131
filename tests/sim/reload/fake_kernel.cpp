#include "tests/sim/reload/fake_kernel.hpp"

#include <string>
#include <utility>

#include <linux/rtnetlink.h>

#include "daemon/bridge/kernel_preview.hpp"
#include "tests/sim/reload/config_maker.hpp"

namespace pipit::sim {
namespace {

net::IpAddress address(const char* text) {
  return *net::IpAddress::parse(text);
}

std::optional<std::uint8_t> protocol_of(const kernel::KernelOptions& options) {
  return options.exports ? std::optional(options.exports->protocol) : std::nullopt;
}

std::optional<kernel::Ownership> ownership_of(const kernel::KernelOptions& options) {
  if (!options.exports) {
    return std::nullopt;
  }
  return kernel::Ownership{.protocol = options.exports->protocol};
}

}  // namespace

FakeKernel::FakeKernel(net::Loop& loop, rib::Rib& rib)
    : loop_(loop), rib_(rib), import_(*this, rib) {
  std::uint32_t index = 0;
  for (const char* name : {"eth0", "eth1", "cali1"}) {
    ++index;
    links_[index] = {.index = index, .name = name, .up = true, .carrier = true};
  }
  addresses_.insert({.interface_index = 1, .address = address(kOwnAddress), .prefix_length = 24});
  addresses_.insert(
      {.interface_index = 1, .address = address("2001:db8:9::fe"), .prefix_length = 64});
  addresses_.insert({.interface_index = 2, .address = address("10.73.0.1"), .prefix_length = 24});
  rib_.next_hops().look_in(&igp_);
  add_route("10.9.0.0/24", RTPROT_KERNEL, 1);
  add_route("2001:db8:9::/64", RTPROT_KERNEL, 1);
  add_route("10.73.0.0/24", RTPROT_KERNEL, 2);
  add_route("0.0.0.0/0", RTPROT_DHCP, 1, "10.9.0.250");
  add_route("10.50.0.0/24", RTPROT_DHCP, 1, "10.9.0.251");
  for (int i = 0; i < 6; ++i) {
    const std::string third = std::to_string(i * 4);
    add_route(("10.70." + third + ".0/24").c_str(), RTPROT_STATIC, 2);
    add_route(("10.71." + third + ".0/24").c_str(), RTPROT_BOOT, 3);
  }
  add_route("10.100.8.0/24", RTPROT_STATIC, 3);  // neighbors announce it, too
  std::vector<net::IpAddress> local;
  for (const kernel::InterfaceAddress& one : addresses_) {
    local.push_back(one.address);
  }
  rib_.next_hops().set_local_addresses(std::move(local));
  rib_.next_hops().settle();
}

FakeKernel::~FakeKernel() {
  export_.reset();
  rib_.next_hops().look_in(nullptr);
}

void FakeKernel::add_route(const char* prefix,
                           std::uint8_t protocol,
                           std::uint32_t interface_index,
                           const char* gateway) {
  kernel::Route route;
  route.key = {.prefix = *net::Prefix::parse(prefix), .table = kernel::kMainTable, .metric = 10};
  route.body.protocol = protocol;
  kernel::Hop hop{.interface_index = interface_index};
  if (gateway != nullptr) {
    hop.gateway = address(gateway);
  }
  route.body.hops = {hop};
  routes_.add(route, kernel::Arrival::Create, 1);
  prefixes_.push_back(route.key.prefix);
  rib_.next_hops().route_changed(route.key.prefix);
}

/// As KernelBridge has it, but for what it takes to write to a kernel that others write to.
void FakeKernel::set_options(const kernel::KernelOptions& options,
                             daemon::KernelPolicies policies,
                             std::set<net::Prefix> blackholes) {
  const kernel::KernelOptions before = std::exchange(options_, options);
  const std::vector<policy::PolicyRef> old = std::exchange(imports_, policies.imports);
  const bool other_protocol = protocol_of(before) != protocol_of(options_);
  igp_.set_ownership(ownership_of(options_));
  if (other_protocol) {
    export_.reset();
    written_.clear();
  }
  if (before.imports != options_.imports || old != imports_ || other_protocol) {
    import_.set_rules(options_.imports, imports_, ownership_of(options_));
    for (const net::Prefix& prefix : prefixes_) {
      import_.refresh(prefix);
    }
    import_.refresh_connected();
  }
  if (!options_.exports) {
    return;
  }
  if (!export_) {
    export_ = std::make_unique<daemon::KernelExport>(loop_, rib_, *this);
    for (const net::Family family : net::kFamilies) {
      rib_.loc_rib(family).journal().on_change([this] {
        if (export_) {
          loop_.schedule(*export_);
        }
      });
    }
  }
  export_->set_terms({.options = *options_.exports,
                      .policy = policies.exports,
                      .blackholes = std::move(blackholes)});
}

std::unique_ptr<rib::LocalPreview> FakeKernel::preview(
    const kernel::KernelOptions& options, std::vector<policy::PolicyRef> imports) const {
  if (options.imports == options_.imports && imports == imports_ &&
      protocol_of(options) == protocol_of(options_)) {
    return nullptr;
  }
  return std::make_unique<daemon::KernelPreview>(*this, rib_, options.imports, std::move(imports),
                                                 ownership_of(options));
}

std::optional<net::IpAddress> FakeKernel::companion(const net::IpAddress& /*local*/,
                                                    std::uint32_t /*interface_index*/,
                                                    net::Afi afi) const {
  return address(afi == net::Afi::Ipv6 ? "2001:db8:9::fe" : kOwnAddress);
}

std::optional<net::IpAddress> FakeKernel::link_local(const net::IpAddress& /*local*/,
                                                     std::uint32_t /*interface_index*/) const {
  return std::nullopt;
}

void FakeKernel::set(const kernel::FibRoute& route) {
  written_[route.prefix] = {route, options_.exports->protocol};
}

void FakeKernel::remove(const net::Prefix& prefix) {
  written_.erase(prefix);
}

}  // namespace pipit::sim
