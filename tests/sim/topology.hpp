// A random network of routers: autonomous systems of one to four routers each, full iBGP meshes or
// route reflectors inside, eBGP sessions between, and what each router's kernel has. One seed gives
// one network.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "net/address.hpp"

namespace pipit::sim {

/// What a router says of one of its neighbors: policy, and whether there is to be a session.
struct SessionSpec {
  std::set<net::Prefix> refuses;   // on import
  std::set<net::Prefix> conceals;  // on export
  bool refuses_tagged = false;     // on import, of external neighbors, as the two below
  bool tags = false;               // adds kTag to what it exports
  std::uint8_t prepends = 0;       // its own AS number, once more each, to what it exports
  std::uint16_t hold = 9;
  bool shutdown = false;

  friend bool operator==(const SessionSpec&, const SessionSpec&) = default;
};

/// What a router takes from its kernel, and gives to it.
struct KernelSpec {
  bool imports_static = false;
  bool imports_connected = false;
  bool exports = true;
  std::set<net::Prefix> conceals;  // on export

  friend bool operator==(const KernelSpec&, const KernelSpec&) = default;
};

/// The kernel of a host, apart from what its router writes.
struct HostSpec {
  std::set<net::Prefix> statics;   // routes of somebody else
  std::set<net::Prefix> lans;      // subnets with an address of this host
  std::set<std::size_t> down;      // interfaces to external neighbors, by neighbor
  bool core_down = false;          // the interface to all of the own autonomous system
  unsigned receive_queue = 10000;  // notifications, while there is trouble
  unsigned swapped = 0;            // of a thousand of them
  unsigned batches_refused = 0;    // likewise
};

/// The community that SessionSpec::tags means.
inline constexpr std::uint32_t kTag = 0xfde9'0001;
/// LOCAL_PREF of tagged routes where they enter an autonomous system.
inline constexpr std::uint32_t kTaggedPreference = 50;

struct RouterSpec {
  std::uint32_t asn = 0;
  std::uint32_t id = 0;  // BGP Identifier and, at once, its IPv4 address in host byte order
  std::uint32_t cluster_id = 0;
  bool ipv6 = true;                             // has sessions with IPv6 routes
  std::set<net::Prefix> prefixes;               // what it originates
  std::map<std::size_t, SessionSpec> sessions;  // by neighbor; not there: as by default
  KernelSpec kernel;
  HostSpec host;

  net::IpAddress address() const { return net::IpAddress::v4(id); }

  net::IpAddress address(net::Afi afi) const;

  SessionSpec session(std::size_t neighbor) const {
    const auto at = sessions.find(neighbor);
    return at == sessions.end() ? SessionSpec{} : at->second;
  }
};

/// A session between two routers, by index.
struct LinkSpec {
  std::size_t a = 0;
  std::size_t b = 0;
  bool b_is_client_of_a = false;  // internal sessions only
  bool over_ipv6 = false;
  unsigned delay_ms = 1;
  unsigned window = 16000;  // octets that are under way or wait to be read, at most

  net::Afi afi() const { return over_ipv6 ? net::Afi::Ipv6 : net::Afi::Ipv4; }
};

struct Topology {
  std::vector<RouterSpec> routers;
  std::vector<LinkSpec> links;
  bool avoids_tagged = false;  // everywhere: kTaggedPreference

  bool internal(const LinkSpec& link) const { return routers[link.a].asn == routers[link.b].asn; }

  /// The router with that address; routers.size(): none.
  std::size_t router_of(const net::IpAddress& address) const;

  /// One line a router and a link, for the message of a failed run.
  std::string describe() const;
};

/// One of a small pool: some are originated by several routers and compete.
net::Prefix random_prefix(std::mt19937& random);
/// One of a few subnets that hosts have.
net::Prefix random_lan(std::mt19937& random);
/// "refuses 198.18.3.0/24, ..."
std::string words(const SessionSpec& session);
std::string words(const KernelSpec& kernel);

SessionSpec random_session(std::mt19937& random, bool internal);
KernelSpec random_kernel(std::mt19937& random);

/// At least eight routers.
Topology random_topology(std::mt19937& random);

}  // namespace pipit::sim
