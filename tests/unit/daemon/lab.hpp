// A router without sockets for tests of daemon/: RIB, update groups, speaker and kernel bridge over
// a virtual clock, a kernel in memory, and neighbors whose far sides are real sessions.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/speaker.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/reload/remote.hpp"
#include "tests/sim/virtual_loop.hpp"
#include "tests/unit/kernel/simulated_kernel.hpp"

namespace pipit::daemon::test {

inline constexpr std::uint32_t kOwnAsn = 64512;
inline constexpr std::uint32_t kFarAsn = 65001;

/// A kernel that outlives the bridges that use it.
std::unique_ptr<kernel::KernelAccess> access_to(kernel::test::SimulatedKernel& kernel);

net::Prefix prefix(const char* text);
net::IpAddress address(const char* text);

/// A route as an external neighbor announces it: its AS number, then `path`.
bgp::PathAttributes route(const char* next_hop, std::vector<std::uint32_t> path = {kFarAsn});

class Lab {
 public:
  /// A far side, and what the speaker has of it.
  struct Far {
    std::unique_ptr<sim::SimLink> link;
    std::unique_ptr<sim::Remote> remote;
    Neighbor* neighbor = nullptr;
  };

  Lab();
  ~Lab();

  /// Adds the neighbor 192.0.2.N, external with kFarAsn, and its far side. Both speak IPv4 and
  /// IPv6.
  Far& add(std::uint8_t number, NeighborPolicies policies = open()) {
    return add(number, std::move(policies), config(number));
  }

  Far& add(std::uint8_t number, NeighborPolicies policies, config::NeighborConfig made);
  /// Another neighbor's configuration.
  static config::NeighborConfig config(std::uint8_t number);
  static bgp::SessionOptions far_options(std::uint8_t number);

  static NeighborPolicies open() { return {policy::accept_all(), policy::accept_all()}; }

  /// Reads the kernel, which has the subnet 192.0.2.0/24 on "eth" and ours, .254, in it.
  void start_kernel(const kernel::KernelOptions& options = {});

  void run(net::Duration time) { loop.run_until(loop.now() + time); }

  /// The best path's source; kNoSource: none.
  rib::SourceId best(const char* text);
  /// Paths of a source that import accepted.
  std::size_t accepted(rib::SourceId source);

  sim::VirtualLoop loop;
  std::mt19937 random{1};
  kernel::test::SimulatedKernel kernel{loop, 1};
  std::uint32_t eth = 0;
  rib::Rib rib;
  rib::UpdateGroups groups;
  std::unique_ptr<KernelBridge> bridge;
  Speaker speaker;
  std::vector<std::unique_ptr<Far>> fars;

 private:
  void put_subnet();
};

}  // namespace pipit::daemon::test
