// A session as update groups see it: what its export depends on, and where its octets go. The
// daemon fills MemberInfo in when a session is Established and puts MemberOutput around its Peer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bgp/wire/negotiated.hpp"
#include "net/address.hpp"
#include "net/family.hpp"
#include "net/slice.hpp"
#include "policy/policy.hpp"
#include "rib/options.hpp"
#include "rib/table/source.hpp"

namespace pipit::rib {

enum class MemberId : std::uint32_t {};

/// What of a session concerns one family.
struct MemberFamily {
  /// Next hop that stands for this router: the session's local address, if it is of the family (for
  /// IPv6 its global address where there is one). nullopt: routes that need it are not advertised.
  std::optional<net::IpAddress> self_next_hop;
  /// IPv6 only: our link-local address on the link shared with the peer (RFC 2545 §3).
  std::optional<net::IpAddress> self_link_local;
  /// The connected subnet that the peer is on, of a directly connected eBGP peer only: third-party
  /// next hops (RFC 4271 §5.1.3).
  std::optional<net::Prefix> connected_subnet;

  friend bool operator==(const MemberFamily&, const MemberFamily&) = default;
};

struct MemberInfo {
  SourceId source = kNoSource;  // the neighbor: its own routes are not sent back to it
  bool internal = false;
  bool client = false;  // route reflector client
  std::uint32_t local_asn = 0;
  std::uint32_t peer_asn = 0;  // with peer_address: for policies that ask for them
  net::IpAddress peer_address;
  std::uint32_t cluster_id = 0;
  NextHopSelf next_hop_self = NextHopSelf::Auto;
  bool route_server_client = false;  // gets routes of external neighbors untouched (RFC 7947)
  bool graceful_shutdown = false;    // this router is about to go (RFC 8326)
  policy::PolicyRef export_policy;   // null accepts everything
  bool four_octet_as = true;
  std::size_t max_message = bgp::kMaxMessage;
  std::array<std::optional<MemberFamily>, net::kFamilyCount> families;  // negotiated ones
};

/// Where the octets of a member go.
class MemberOutput {
 public:
  virtual ~MemberOutput() = default;

  /// Appends whole BGP messages to the session's write queue. Must not call UpdateGroups.
  virtual void send(std::span<const net::Slice> messages) = 0;
  /// True from the moment when the queue has passed its high-water mark until it has fallen below
  /// the low-water mark; UpdateGroups::resume() must then be called.
  virtual bool congested() const = 0;
  virtual std::size_t queued_octets() const = 0;
  /// Takes the newest slice of UPDATEs that name routes out of the queue, of which nothing is
  /// written; nullopt: there is no more, or it must stay where it is. For UpdateGroups::recall().
  virtual std::optional<net::Slice> take_back() = 0;
  /// What recall() was called for is done: the session may write again.
  virtual void recalled() = 0;
  /// It has not read for so long that too many withdrawn destinations are kept for it: the session
  /// must end, and remove_member() be called, at once or later.
  virtual void overrun() = 0;
};

}  // namespace pipit::rib
