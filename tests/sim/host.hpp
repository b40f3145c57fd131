// The host of a simulated router: a kernel in memory with interfaces, addresses and routes of
// others. It outlives its router, as a kernel does.
//
//   lo         the router's own address of each family
//   core       all other routers of its autonomous system
//   to3        the external neighbor r3
//   lan        subnets that may be imported as connected ones
//   elsewhere  where routes of somebody else lead
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "kernel/netlink/access.hpp"
#include "tests/sim/reference.hpp"
#include "tests/sim/topology.hpp"
#include "tests/sim/trace.hpp"
#include "tests/sim/virtual_loop.hpp"
#include "tests/unit/kernel/simulated_kernel.hpp"

namespace pipit::sim {

class Host {
 public:
  /// The loop and the trace must outlive it.
  Host(VirtualLoop& loop, Trace& trace, const Topology& topology, std::size_t router);

  /// A way to the kernel for one run of the router. The host must outlive it.
  std::unique_ptr<kernel::KernelAccess> access();

  void set_static(const net::Prefix& prefix, bool there);
  void set_lan(const net::Prefix& prefix, bool there);
  /// The interface to an external neighbor; nullopt: that to the own autonomous system.
  void set_interface(std::optional<std::size_t> neighbor, bool up);
  /// Somebody takes all routes of ours away.
  void flush();
  /// No more notifications are lost or late.
  void calm_down();

  /// What our routes look like; those that no router could have meant count as to nobody.
  std::map<net::Prefix, Written> written(const Topology& topology) const;

 private:
  void add_neighbor_routes(std::uint32_t interface_index);
  void put(const net::Prefix& prefix, std::uint8_t protocol, std::uint32_t interface_index);

  kernel::test::SimulatedKernel kernel_;
  std::uint32_t core_ = 0;
  std::uint32_t lan_ = 0;
  std::uint32_t elsewhere_ = 0;
  std::map<std::size_t, std::uint32_t> external_;                // interfaces, by neighbor
  std::map<std::uint32_t, std::vector<net::IpAddress>> beyond_;  // addresses, by interface
};

}  // namespace pipit::sim
