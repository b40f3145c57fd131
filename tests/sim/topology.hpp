// A random network of routers: autonomous systems of one to four routers each, full iBGP meshes or
// route reflectors inside, eBGP sessions between. One seed gives one network.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "net/address.hpp"

namespace pipit::sim {

struct RouterSpec {
  std::uint32_t asn = 0;
  std::uint32_t id = 0;  // BGP Identifier and, at once, its IPv4 address in host byte order
  std::uint32_t cluster_id = 0;
  std::vector<net::Prefix> prefixes;  // what it originates

  net::IpAddress address() const { return net::IpAddress::v4(id); }
};

/// A session between two routers, by index.
struct LinkSpec {
  std::size_t a = 0;
  std::size_t b = 0;
  bool b_is_client_of_a = false;  // internal sessions only
  unsigned delay_ms = 1;
};

struct Topology {
  std::vector<RouterSpec> routers;
  std::vector<LinkSpec> links;

  bool internal(const LinkSpec& link) const { return routers[link.a].asn == routers[link.b].asn; }

  /// One line a router and a link, for the message of a failed run.
  std::string describe() const;
};

/// One of a small pool: some are originated by several routers and compete.
net::Prefix random_prefix(std::mt19937& random);

/// At least eight routers.
Topology random_topology(std::mt19937& random);

}  // namespace pipit::sim
