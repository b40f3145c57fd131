// The plain reference model: what every Loc-RIB and every kernel must hold once the network is
// quiet. Written from the RFCs with none of the product's code: vectors, full recomputation, rounds
// until nothing changes.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "tests/sim/topology.hpp"

namespace pipit::sim {

/// A best route as one can see it from outside.
struct Route {
  std::vector<std::uint32_t> as_path;
  std::uint32_t local_preference = 100;
  std::uint32_t originator = 0;             // RFC 4456; 0: none
  std::vector<std::uint32_t> cluster_list;  // first: the last reflector
  bool tagged = false;
  std::size_t from = 0;      // index of the neighbor; 0 for a route of its own
  std::size_t next_hop = 0;  // index of the router; 0 for a route of its own
  bool local = false;

  friend auto operator<=>(const Route&, const Route&) = default;
};

std::string describe(const Route& route);

/// One map of best routes a router.
using LocRibs = std::vector<std::map<net::Prefix, Route>>;

/// The fixed point over the links for which `up` is true.
LocRibs reference_loc_ribs(const Topology& topology, const std::vector<bool>& up);

/// A route that a router has written to its kernel.
struct Written {
  std::size_t next_hop = 0;  // index of the router
  bool core = false;         // over the interface to the own autonomous system

  friend auto operator<=>(const Written&, const Written&) = default;
};

std::string describe(const Written& written);

/// One map of written routes a kernel, out of what the Loc-RIBs must hold.
std::vector<std::map<net::Prefix, Written>> reference_kernels(const Topology& topology,
                                                              const LocRibs& ribs);

}  // namespace pipit::sim
