// Everything that the octets of an outgoing UPDATE depend on besides the route: members of one
// family with equal keys share an update group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bgp/wire/update.hpp"
#include "net/address.hpp"
#include "net/family.hpp"
#include "policy/policy.hpp"
#include "rib/options.hpp"
#include "rib/out/member.hpp"

namespace pipit::rib {

struct GroupKey {
  net::Family family;
  bool internal = false;
  bool client = false;
  bool route_server_client = false;
  std::uint32_t local_asn = 0;
  std::uint32_t peer_asn = 0;     // only where policy asks for it
  net::IpAddress peer_address{};  // likewise
  std::uint32_t cluster_id = 0;
  NextHopSelf next_hop_self = NextHopSelf::Auto;
  MemberFamily next_hops;
  bool graceful_shutdown = false;   // this router is about to go (RFC 8326)
  policy::PolicyRef export_policy;  // compared by identity
  bool four_octet_as = true;
  std::size_t max_message = bgp::kMaxMessage;

  bgp::EncodeOptions encoding() const {
    return {.four_octet_as = four_octet_as, .internal = internal, .max_message = max_message};
  }

  friend bool operator==(const GroupKey&, const GroupKey&) = default;
};

/// The key of a member in a family that it negotiated. What its kind of session does not look at is
/// left at the default, so that it splits no group.
GroupKey group_key(const MemberInfo& member, net::Family family);

std::size_t hash_value(const GroupKey& key);

/// The key in words, for `show groups`: "internal, client, policy to-clients, next hop 192.0.2.1".
std::string describe(const GroupKey& key);

}  // namespace pipit::rib
