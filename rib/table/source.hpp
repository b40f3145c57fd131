// Where routes come from: every neighbor is a source, and so are the kernel, its connected
// prefixes, and `originate`.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "net/family.hpp"
#include "policy/policy.hpp"
#include "rib/options.hpp"
#include "rib/table/reason.hpp"

namespace pipit::rib {

/// Index of a source; stable while the source exists, reused afterwards.
using SourceId = std::uint16_t;

inline constexpr SourceId kOriginateSource = 0;
inline constexpr SourceId kKernelSource = 1;
inline constexpr SourceId kConnectedSource = 2;
inline constexpr SourceId kFirstNeighborSource = 3;
inline constexpr SourceId kNoSource = 0xffff;

/// Kept up to date as routes come and go, never computed by walking.
struct SourceCounters {
  std::uint32_t received = 0;  // paths in Adj-RIB-In, before policy
  std::uint32_t accepted = 0;  // of these, accepted by import policy and checks
};

/// What the RIB knows about a source. Of the built-in sources only kind, name and counters mean
/// anything.
struct Source {
  std::string name;  // the neighbor's; "originate", "kernel" (kConnectedSource too)
  policy::SourceKind kind = policy::SourceKind::Bgp;
  bool established = false;
  bool internal = false;
  bool client = false;                // route reflector client (RFC 4456)
  std::uint32_t asn = 0;              // of the neighbor
  std::uint32_t local_asn = 0;        // ours towards it
  std::uint32_t router_id = 0;        // its BGP Identifier, host byte order
  std::uint32_t cluster_id = 0;       // ours towards it
  net::IpAddress address;             // of the neighbor
  std::uint32_t interface_index = 0;  // scope of link-local next hops from it; 0: none
  bool single_hop =
      false;  // eBGP with TTL 1 or GTSM 1: its next hops must be on a connected subnet
  bool route_server_client = false;  // its communities are for its like, not for us (RFC 7947)
  std::uint8_t allow_own_as = 0;
  bool enforce_first_as = false;  // eBGP: AS_PATH begins with the neighbor's AS (RFC 4271 §6.3)
  bool refuse_as_sets = false;    // RFC 9774
  UnwantedAttributes unwanted;
  bool graceful_shutdown = false;  // eBGP: GRACEFUL_SHUTDOWN means LOCAL_PREF 0 (RFC 8326)
  bool blackhole = false;          // BLACKHOLE means that packets are discarded (RFC 7999)
  policy::PolicyRef import_policy;
  std::array<std::optional<MaxPrefixes>, net::kFamilyCount> max_prefixes{};
  std::array<SourceCounters, net::kFamilyCount> counters{};
  /// Routes that import refused before policy, by refusal_index(), as often as this session has
  /// announced them.
  std::array<std::uint64_t, kRefusals> refused{};
};

/// All sources by id.
class Sources {
 public:
  /// Holds the three built-in sources from the start.
  Sources();

  /// Returns kNoSource when all 65,535 ids are taken.
  SourceId add(Source source);
  /// The id may be used again afterwards: all its paths must be gone.
  void remove(SourceId id);

  Source& operator[](SourceId id) { return sources_[id]; }

  const Source& operator[](SourceId id) const { return sources_[id]; }

  /// Takes over the sources of `other` whose ids are higher than any here.
  void extend(const Sources& other);

  /// One past the highest id in use or free.
  std::size_t size() const { return sources_.size(); }

  bool in_use(SourceId id) const { return id < used_.size() && used_[id]; }

 private:
  /// Free ids are taken again only when there are that many of them.
  static constexpr std::size_t kReuseDistance = 64;

  std::deque<Source> sources_;  // references stay valid while sources are added
  std::vector<bool> used_;
  std::deque<SourceId> free_;  // longest free first
};

}  // namespace pipit::rib
