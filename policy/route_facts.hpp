// What a policy may ask about a route besides its attributes, and what became of the route.
//
// Filled in by whoever runs a policy: the importer, the exporter, the kernel bridge.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.hpp"
#include "policy/options.hpp"
#include "policy/prefix_classes.hpp"

namespace pipit::policy {

/// What is known of a kernel route while `kernel.import` looks at it.
struct KernelFacts {
  std::string_view interface;  // of its first hop; empty: none
  std::uint8_t protocol = 0;   // rtnetlink protocol number
  std::uint32_t metric = 0;
  KernelRouteType type = KernelRouteType::Unicast;
  bool gateway = false;  // one of its hops has one
};

/// Answers for conditions and changes that ask for the way to a next hop.
class NextHopResolver {
 public:
  virtual ~NextHopResolver() = default;

  /// The IGP metric of the next hop; nullopt: it is not reachable. `interface_index`: of link-local
  /// ones.
  virtual std::optional<std::uint32_t> cost(const net::IpAddress& address,
                                            std::uint32_t interface_index) const = 0;
};

/// Hit counters of the rules that a run matched, one for each match: for counting more routes of
/// which it is known that they go the same way. Valid as long as the policy.
using Trail = std::vector<std::uint64_t*>;

struct RouteFacts {
  net::Prefix prefix;  // of its key, in VPN families without the Route Distinguisher
  net::Safi safi = net::Safi::Unicast;
  /// What the policy's prefix_classes() answer about the prefix; without data it is not known.
  PrefixClass prefix_class{};
  SourceKind source = SourceKind::Bgp;
  /// The neighbor that the route was learned from, on import and export alike; empty: none.
  std::string_view neighbor{};
  bool neighbor_internal = false;
  net::IpAddress neighbor_address{};
  std::uint32_t interface_index = 0;  // scope of link-local next hops from it; 0: none
  /// The neighbor whose policy runs: the one that is imported from or sent to; 0 and unspecified:
  /// none, or not known.
  std::uint32_t peer_asn = 0;
  net::IpAddress peer_address{};
  std::uint32_t own_asn = 0;  // ours towards the neighbor that is imported from or sent to
  const KernelFacts* kernel = nullptr;
  const NextHopResolver* next_hops = nullptr;
  std::uint32_t routes = 0;  // how many routes the run stands for in hit counters; 0: it does not
  Trail* trail = nullptr;    // gets what the run matches, behind what is there

  net::Family family() const { return {prefix.afi(), safi}; }
};

/// What the outcome of a policy, condition or change depends on besides attributes, source and
/// neighbor.
struct Needs {
  bool prefix = false;
  bool next_hop = false;      // reachability or IGP metric
  bool peer_asn = false;      // of the neighbor whose policy runs
  bool peer_address = false;  // likewise

  Needs& operator|=(const Needs& other) {
    prefix = prefix || other.prefix;
    next_hop = next_hop || other.next_hop;
    peer_asn = peer_asn || other.peer_asn;
    peer_address = peer_address || other.peer_address;
    return *this;
  }

  /// True when routes with the same attributes may come out differently at one neighbor.
  bool of_route() const { return prefix || next_hop; }

  friend bool operator==(const Needs&, const Needs&) = default;
};

/// What export policy said of the next hop.
enum class NextHopChoice : std::uint8_t {
  ByRules,  // nothing
  Self,     // this router
  Keep,     // as it stands in the attributes
};

/// What the policy of kernel.export said of how the route is written; nullopt: as all others.
struct KernelHints {
  std::optional<std::uint32_t> table;
  std::optional<std::uint32_t> metric;
  std::optional<net::IpAddress> preferred_source;  // of the route's family

  friend bool operator==(const KernelHints&, const KernelHints&) = default;
};

struct Outcome {
  bool accepted = false;
  NextHopChoice next_hop = NextHopChoice::ByRules;
  bool med_set = false;  // a rule set the MED: it may leave the AS (RFC 4271 §5.1.4)
  bool changed = true;   // false: the attributes are as they were
  int rule = -1;         // index of the rule that decided; -1: the end of the list
  KernelHints kernel{};
};

}  // namespace pipit::policy
