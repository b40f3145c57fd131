// KernelBridge: routes of a kernel in memory come into the RIB, best routes go out to it, and next
// hops follow its interfaces.
#include <map>

#include <linux/rtnetlink.h>

#include "tests/unit/catch.hpp"
#include "tests/unit/daemon/lab.hpp"

using namespace pipit;
using namespace pipit::daemon;
using namespace pipit::daemon::test;
using kernel::test::SimulatedKernel;
using std::chrono::seconds;

namespace {

/// The routes with our protocol: prefix, and the gateway of the first hop.
std::map<net::Prefix, std::optional<net::IpAddress>> ours(const Lab& lab) {
  std::map<net::Prefix, std::optional<net::IpAddress>> found;
  for (const auto& [key, body] : lab.kernel.routes()) {
    if (body.protocol == kernel::kProtocolPipit) {
      found[key.prefix] = body.hops.empty() ? std::nullopt : body.hops.front().gateway;
    }
  }
  return found;
}

void add_static(Lab& lab, const char* text) {
  lab.kernel.add({.key = {.prefix = prefix(text), .table = kernel::kMainTable},
                  .body = {.protocol = RTPROT_STATIC, .hops = {{.interface_index = lab.eth}}}},
                 NLM_F_CREATE, SimulatedKernel::kSomebody);
}

void remove_static(Lab& lab, const char* text) {
  lab.kernel.remove({.prefix = prefix(text), .table = kernel::kMainTable}, RTPROT_STATIC, nullptr,
                    SimulatedKernel::kSomebody);
}

kernel::KernelOptions exporting() {
  kernel::KernelOptions options;
  options.exports.emplace();
  return options;
}

kernel::KernelOptions importing_static() {
  kernel::KernelOptions options;
  options.imports.push_back({.protocols = {RTPROT_STATIC}});
  return options;
}

/// Set as at a reload, with policies that accept everything.
void set(Lab& lab, const kernel::KernelOptions& options, std::set<net::Prefix> blackholes = {}) {
  std::vector<policy::PolicyRef> accept(options.imports.size(), policy::accept_all());
  lab.bridge->set_options(options, {.imports = std::move(accept)}, std::move(blackholes));
  lab.run(seconds(2));
}

/// A lab with a session over which 198.18.1.0/24 came.
Lab::Far& with_route(Lab& lab) {
  Lab::Far& one = lab.add(1);
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  lab.run(seconds(5));
  REQUIRE(lab.best("198.18.1.0/24") == one.neighbor->source);
  return one;
}

}  // namespace

TEST_CASE("KernelBridge: what a rule names comes into the RIB, and goes", "[kernel-bridge]") {
  Lab lab;
  add_static(lab, "198.18.7.0/24");
  lab.start_kernel(importing_static());
  CHECK(lab.best("198.18.7.0/24") == rib::kKernelSource);
  CHECK(lab.best("192.0.2.0/24") == rib::kNoSource);  // the kernel's own
  add_static(lab, "2001:db8:7::/48");
  lab.run(seconds(1));
  CHECK(lab.best("2001:db8:7::/48") == rib::kKernelSource);
  remove_static(lab, "198.18.7.0/24");
  lab.run(seconds(1));
  CHECK(lab.best("198.18.7.0/24") == rib::kNoSource);
  set(lab, {});
  CHECK(lab.best("2001:db8:7::/48") == rib::kNoSource);
}

TEST_CASE("KernelBridge: subnets come while their interface is up", "[kernel-bridge]") {
  Lab lab;
  kernel::KernelOptions options;
  options.imports.push_back({.interface = "eth*", .connected = true});
  lab.start_kernel(options);
  CHECK(lab.best("192.0.2.0/24") == rib::kConnectedSource);
  CHECK(lab.best("2001:db8:ff::/64") == rib::kConnectedSource);
  lab.kernel.set_link(lab.eth, false);
  lab.run(seconds(1));
  CHECK(lab.best("192.0.2.0/24") == rib::kNoSource);
  lab.kernel.set_link(lab.eth, true);
  lab.run(seconds(1));
  CHECK(lab.best("192.0.2.0/24") == rib::kConnectedSource);
}

TEST_CASE("KernelBridge: best routes of neighbors are written, our own are not",
          "[kernel-bridge]") {
  Lab lab;
  lab.start_kernel(exporting());
  Lab::Far& one = with_route(lab);
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(net::Afi::Ipv4);
  lab.rib.announce_local(rib::kOriginateSource, prefix("198.18.9.0/24"), attributes.view());
  lab.run(seconds(2));
  CHECK(ours(lab) == std::map<net::Prefix, std::optional<net::IpAddress>>{
                         {prefix("198.18.1.0/24"), address("192.0.2.1")}});
  one.remote->withdraw(prefix("198.18.1.0/24"));
  lab.run(seconds(2));
  CHECK(ours(lab).empty());
}

TEST_CASE("KernelBridge: what is originated with kernel: blackhole is one", "[kernel-bridge]") {
  Lab lab;
  lab.start_kernel(exporting());
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(net::Afi::Ipv4);
  lab.rib.announce_local(rib::kOriginateSource, prefix("198.18.9.0/24"), attributes.view());
  set(lab, exporting(), {prefix("198.18.9.0/24")});
  REQUIRE(ours(lab).contains(prefix("198.18.9.0/24")));
  CHECK(!ours(lab).at(prefix("198.18.9.0/24")));
  set(lab, exporting());
  CHECK(ours(lab).empty());
}

TEST_CASE("KernelBridge: a next hop is usable as long as its interface is", "[kernel-bridge]") {
  Lab lab;
  lab.start_kernel(exporting());
  Lab::Far& one = with_route(lab);
  lab.kernel.set_link(lab.eth, false);
  lab.run(seconds(1));
  CHECK(lab.best("198.18.1.0/24") == rib::kNoSource);
  CHECK(ours(lab).empty());
  lab.kernel.set_link(lab.eth, true);
  lab.kernel.add({.key = {.prefix = prefix("192.0.2.0/24"), .table = kernel::kMainTable},
                  .body = {.protocol = RTPROT_KERNEL, .hops = {{.interface_index = lab.eth}}}},
                 NLM_F_CREATE, SimulatedKernel::kSomebody);
  lab.run(seconds(60));
  CHECK(lab.best("198.18.1.0/24") == one.neighbor->source);
  CHECK(ours(lab).contains(prefix("198.18.1.0/24")));
}

TEST_CASE("KernelBridge: without kernel.export what was written goes", "[kernel-bridge]") {
  Lab lab;
  lab.start_kernel(exporting());
  with_route(lab);
  CHECK(ours(lab).size() == 1);
  CHECK(lab.bridge->parts().writer != nullptr);
  set(lab, {});
  CHECK(ours(lab).empty());
  CHECK(lab.bridge->parts().writer == nullptr);
  set(lab, exporting());
  CHECK(ours(lab).size() == 1);
}

TEST_CASE("KernelBridge: routes move to another metric", "[kernel-bridge]") {
  Lab lab;
  lab.start_kernel(exporting());
  with_route(lab);
  kernel::KernelOptions other = exporting();
  other.exports->metric = 77;
  set(lab, other);
  std::vector<std::uint32_t> metrics;
  for (const auto& [key, body] : lab.kernel.routes()) {
    if (body.protocol == kernel::kProtocolPipit) {
      metrics.push_back(key.metric);
    }
  }
  CHECK(metrics == std::vector<std::uint32_t>{77});
}

TEST_CASE("KernelBridge: routes of an earlier run stay until it is said that all is there",
          "[kernel-bridge]") {
  Lab lab;
  // As an earlier run left them: one that will be wanted again, and one that will not.
  for (const char* text : {"198.18.1.0/24", "198.18.2.0/24"}) {
    lab.kernel.add(
        {.key = {.prefix = prefix(text),
                 .table = kernel::kMainTable,
                 .metric = kernel::kExportMetric},
         .body = {.protocol = kernel::kProtocolPipit,
                  .hops = {{.gateway = address("192.0.2.9"), .interface_index = lab.eth}}}},
        NLM_F_CREATE, SimulatedKernel::kSomebody);
  }
  lab.start_kernel(exporting());
  with_route(lab);
  CHECK(ours(lab).size() == 2);
  lab.bridge->replace_stale();
  lab.run(seconds(2));
  CHECK(ours(lab).at(prefix("198.18.1.0/24")) == address("192.0.2.1"));
  CHECK(ours(lab).size() == 2);
  lab.bridge->reconcile();
  lab.run(seconds(2));
  CHECK(ours(lab).size() == 1);
}

TEST_CASE("KernelBridge: at the end routes stay or go, as on-exit says", "[kernel-bridge]") {
  for (const kernel::OnExit on_exit : {kernel::OnExit::Keep, kernel::OnExit::Flush}) {
    Lab lab;
    kernel::KernelOptions options = exporting();
    options.exports->on_exit = on_exit;
    lab.start_kernel(options);
    with_route(lab);
    lab.bridge->shut_down();
    CHECK(ours(lab).size() == (on_exit == kernel::OnExit::Keep ? 1 : 0));
    CHECK(lab.bridge->parts().monitor == nullptr);
    CHECK(!lab.bridge->companion(address("192.0.2.254"), 0, net::Afi::Ipv6));
  }
}

TEST_CASE("KernelBridge: an audit finds what was taken away without a word", "[kernel-bridge]") {
  Lab lab;
  kernel::KernelOptions options = exporting();
  options.exports->audit = seconds(30);
  lab.start_kernel(options);
  with_route(lab);
  lab.bridge->reconcile();
  lab.kernel.faults.lost_in_silence = 1000;
  const kernel::RouteKey key{.prefix = prefix("198.18.1.0/24"),
                             .table = kernel::kMainTable,
                             .metric = kernel::kExportMetric};
  REQUIRE(lab.kernel.remove(key, kernel::kProtocolPipit, nullptr, SimulatedKernel::kSomebody) == 0);
  lab.kernel.faults.lost_in_silence = 0;
  lab.run(seconds(1));
  CHECK(ours(lab).empty());
  lab.run(seconds(120));
  CHECK(ours(lab).size() == 1);
}

TEST_CASE("KernelBridge: addresses of an interface stand for each other", "[kernel-bridge]") {
  Lab lab;
  lab.start_kernel();
  const KernelBridge& host = *lab.bridge;
  CHECK(host.companion(address("192.0.2.254"), 0, net::Afi::Ipv6) == address("2001:db8:ff::fe"));
  CHECK(host.companion(address("2001:db8:ff::fe"), 0, net::Afi::Ipv4) == address("192.0.2.254"));
  CHECK(host.companion(address("203.0.113.1"), 0, net::Afi::Ipv6) == std::nullopt);
  CHECK(host.link_local(address("192.0.2.254"), 0) == std::nullopt);
  lab.kernel.add_address(
      {.interface_index = lab.eth, .address = address("fe80::1"), .prefix_length = 64, .peer = {}});
  lab.run(seconds(1));
  CHECK(host.link_local(address("192.0.2.254"), 0) == address("fe80::1"));
  CHECK(host.link_local(address("203.0.113.1"), lab.eth) == address("fe80::1"));
  CHECK(host.companion(address("192.0.2.254"), 0, net::Afi::Ipv6) == address("2001:db8:ff::fe"));
  CHECK(host.interface_name(lab.eth) == "eth");
  CHECK(host.interface_name(99) == "99");
}
