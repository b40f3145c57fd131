#include "tests/unit/daemon/lab.hpp"

#include <utility>

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "bgp/wire/as_path.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/lent_kernel.hpp"

namespace pipit::daemon::test {
namespace {

using kernel::test::SimulatedKernel;
using std::chrono::seconds;

rib::RibOptions rib_options() {
  rib::RibOptions options;
  options.asn = kOwnAsn;
  options.router_id = net::IpAddress::parse("192.0.2.254")->to_v4();
  options.cluster_id = options.router_id;
  options.next_hops.via_default = false;
  return options;
}

}  // namespace

std::unique_ptr<kernel::KernelAccess> access_to(SimulatedKernel& kernel) {
  return std::make_unique<kernel::test::LentKernel>(kernel);
}

net::Prefix prefix(const char* text) {
  return *net::Prefix::parse(text);
}

net::IpAddress address(const char* text) {
  return *net::IpAddress::parse(text);
}

bgp::PathAttributes route(const char* next_hop, std::vector<std::uint32_t> path) {
  bgp::PathAttributes made;
  for (auto asn = path.rbegin(); asn != path.rend(); ++asn) {
    bgp::prepend(made.as_path, *asn);
  }
  made.next_hop = address(next_hop);
  return made;
}

Lab::Lab()
    : rib(rib_options(), loop),
      groups(loop, rib.attributes(), rib.sources(), rib.loc_ribs(), {}, &rib.next_hops()),
      bridge(std::make_unique<KernelBridge>(loop, access_to(kernel), rib)),
      speaker({.loop = loop, .rib = rib, .groups = groups, .host = *bridge}) {
  put_subnet();
}

Lab::~Lab() {
  for (const auto& far : fars) {
    far->remote.reset();
    far->link->side(0).detach();
  }
}

void Lab::put_subnet() {
  eth = kernel.add_link("eth");
  for (const char* own : {"192.0.2.254", "2001:db8:ff::fe"}) {
    const net::IpAddress local = address(own);
    const std::uint8_t length = local.is_v4() ? 24 : 64;
    kernel.add_address(
        {.interface_index = eth, .address = local, .prefix_length = length, .peer = {}});
    kernel.add({.key = {.prefix = {local, length}, .table = kernel::kMainTable},
                .body = {.protocol = RTPROT_KERNEL, .hops = {{.interface_index = eth}}}},
               NLM_F_CREATE, SimulatedKernel::kSomebody);
  }
}

void Lab::start_kernel(const kernel::KernelOptions& options) {
  std::vector<policy::PolicyRef> accept(options.imports.size(), policy::accept_all());
  bridge->set_options(options, {.imports = std::move(accept)}, {});
  bridge->on_host_changed([this] { speaker.host_changed(); });
  bool ready = false;
  REQUIRE(bridge->start([&] { ready = true; }));
  run(seconds(1));
  REQUIRE(ready);
}

config::NeighborConfig Lab::config(std::uint8_t number) {
  config::NeighborConfig made;
  made.session = far_options(number);
  made.session.name = fmt::format("n{}", number);
  made.session.address = {.address = address(fmt::format("192.0.2.{}", number).c_str())};
  made.session.local_address = address("192.0.2.254");
  made.session.local_asn = kOwnAsn;
  made.session.router_id = rib_options().router_id;
  made.session.expected_asn = {.kind = bgp::ExpectedAsn::Kind::Number, .number = kFarAsn};
  made.session.passive = false;
  return made;
}

bgp::SessionOptions Lab::far_options(std::uint8_t number) {
  bgp::SessionOptions options;
  options.name = fmt::format("far side of n{}", number);
  options.address = {.address = address("192.0.2.254")};
  options.local_asn = kFarAsn;
  options.router_id = address(fmt::format("192.0.2.{}", number).c_str()).to_v4();
  options.expected_asn = {.kind = bgp::ExpectedAsn::Kind::Number, .number = kOwnAsn};
  options.passive = true;
  options.timers = {.hold = seconds(9),
                    .keepalive = seconds(3),
                    .idle_hold = seconds(1),
                    .idle_hold_max = seconds(1)};
  options.families = {true, true};
  return options;
}

Lab::Far& Lab::add(std::uint8_t number, NeighborPolicies policies, config::NeighborConfig made) {
  Far& far = *fars.emplace_back(std::make_unique<Far>());
  far.link = std::make_unique<sim::SimLink>(loop, random, std::chrono::milliseconds(1));
  far.link->addresses = {address("192.0.2.254"), made.session.address.address};
  far.remote = std::make_unique<sim::Remote>(loop, far.link->side(1), far_options(number));
  far.neighbor = speaker.add(std::move(made), std::move(policies), far.link->side(0), number);
  REQUIRE(far.neighbor != nullptr);
  far.link->side(0).attach(*far.neighbor->peer);
  far.neighbor->peer->start();
  return far;
}

rib::SourceId Lab::best(const char* text) {
  const net::RouteKey wanted = net::RouteKey::unicast(prefix(text));
  const rib::LocRib& routes = rib.loc_rib(wanted.family);
  const rib::DestinationId id = routes.find(wanted);
  const auto found = id == rib::kNoDestination ? std::nullopt : routes.best(id);
  return found ? found->source : rib::kNoSource;
}

std::size_t Lab::accepted(rib::SourceId source) {
  std::size_t count = 0;
  for (const net::Family family : net::kFamilies) {
    const rib::Table& table = rib.table(family);
    for (std::uint32_t n = 0; n < table.capacity(); ++n) {
      const rib::DestinationId id{n};
      if (!table.destinations().contains(id)) {
        continue;
      }
      for (std::uint32_t slot = table.destinations()[id].first_path; slot != rib::kNoSlot;
           slot = table.path(slot).next) {
        const rib::Path& path = table.path(slot);
        count += path.source == source && !table.is_void(path) &&
                         path.accepted != rib::AttributeHandle::None
                     ? 1
                     : 0;
      }
    }
  }
  return count;
}

}  // namespace pipit::daemon::test
