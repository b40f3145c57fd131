// Options of the RIB: router-wide, and what of a neighbor concerns routes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "net/address.hpp"
#include "net/family.hpp"
#include "policy/options.hpp"

namespace pipit::rib {

struct BestPathOptions {
  bool always_compare_med = false;
  bool deterministic_med = true;
  bool compare_router_id =
      true;  // false: the older of two external paths wins before the router id
  bool ignore_as_path = false;
  bool multipath_relax = false;  // equal AS_PATH length is enough for ECMP

  friend bool operator==(const BestPathOptions&, const BestPathOptions&) = default;
};

struct MultipathOptions {
  std::uint16_t ebgp = 1;
  std::uint16_t ibgp = 1;

  friend bool operator==(const MultipathOptions&, const MultipathOptions&) = default;
};

enum class UnresolvedNextHop : std::uint8_t { Exclude, Use };

struct NextHopOptions {
  bool via_default = true;  // a default route resolves next hops
  UnresolvedNextHop unresolved = UnresolvedNextHop::Exclude;

  friend bool operator==(const NextHopOptions&, const NextHopOptions&) = default;
};

struct RibOptions {
  std::uint32_t asn = 0;
  std::uint32_t router_id = 0;   // host byte order
  std::uint32_t cluster_id = 0;  // default of neighbors
  BestPathOptions best_path;
  MultipathOptions multipath;
  NextHopOptions next_hops;

  friend bool operator==(const RibOptions&, const RibOptions&) = default;
};

enum class MaxPrefixesAction : std::uint8_t { Warn, Stop, Restart };

struct MaxPrefixes {
  std::uint32_t limit = 0;
  std::uint32_t warn_at = 0;  // number of prefixes, already computed from the percentage
  MaxPrefixesAction action = MaxPrefixesAction::Restart;
  std::chrono::seconds restart_after{300};

  friend bool operator==(const MaxPrefixes&, const MaxPrefixes&) = default;
};

enum class NextHopSelf : std::uint8_t {
  Auto,    // RFC 4271 §5.1.3
  Self,    // `true`: also of eBGP routes to iBGP peers
  Always,  // reflected routes too
  Unchanged,
};

/// What becomes of routes with an AS_SET in AS_PATH (RFC 9774 §3).
enum class AsSets : std::uint8_t { Reject, Accept };

/// Attributes that are not wanted from a neighbor (`attributes:`).
struct UnwantedAttributes {
  bgp::AttributeCodes discard;            // left out before policy
  bgp::AttributeCodes treat_as_withdraw;  // a route that has one is not accepted

  bool any() const { return discard.any() || treat_as_withdraw.any(); }

  friend bool operator==(const UnwantedAttributes&, const UnwantedAttributes&) = default;
};

struct NeighborRouteOptions {
  bool route_reflector_client = false;
  std::optional<std::uint32_t> cluster_id;  // of its group; else the router's
  NextHopSelf next_hop_self = NextHopSelf::Auto;
  bool route_server_client = false;  // RFC 7947
  std::uint8_t allow_own_as = 0;
  bool enforce_first_as = true;  // AS_PATH of an external one begins with its AS
  AsSets as_sets = AsSets::Reject;
  UnwantedAttributes unwanted;
  std::vector<std::string> import_policy;  // names; none: the default (RFC 8212 for eBGP)
  std::vector<std::string> export_policy;
  bool graceful_shutdown = true;        // honour GRACEFUL_SHUTDOWN of an external one (RFC 8326)
  bool blackhole = false;               // honour BLACKHOLE (RFC 7999)
  bool send_graceful_shutdown = false;  // router.graceful-shutdown; filled in by the daemon
  std::array<std::optional<MaxPrefixes>, net::kFamilyCount> max_prefixes{};

  friend bool operator==(const NeighborRouteOptions&, const NeighborRouteOptions&) = default;
};

/// A route of our own (`originate:`).
struct OriginateOptions {
  net::Prefix prefix;
  policy::CommunityList communities;
  std::optional<std::uint32_t> med;
  std::optional<std::uint32_t> local_preference;
  bool kernel_blackhole = false;  // `kernel: blackhole`

  friend bool operator==(const OriginateOptions&, const OriginateOptions&) = default;
};

}  // namespace pipit::rib
