// What two OPEN messages agreed on: everything that decoding, encoding and the RIB need to know of
// a session.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "net/address.hpp"
#include "net/family.hpp"

namespace pipit::bgp {

inline constexpr std::size_t kHeaderSize = 19;
inline constexpr std::size_t kMaxMessage = 4096;
inline constexpr std::size_t kMaxExtendedMessage = 65535;  // RFC 8654

/// What applies to one family of a session. Later capabilities (ADD-PATH, GR, extended next hop)
/// add here.
struct NegotiatedFamily {
  bool active = false;
  bool add_path_receive = false;  // RFC 7911: their NLRI carry Path Identifiers
  bool add_path_send = false;

  friend bool operator==(const NegotiatedFamily&, const NegotiatedFamily&) = default;
};

struct Negotiated {
  std::uint32_t local_asn = 0;
  std::uint32_t peer_asn = 0;
  std::uint32_t local_id = 0;  // BGP Identifiers, host byte order
  std::uint32_t peer_id = 0;
  std::chrono::seconds hold_time{0};  // 0: no hold timer, no keepalives
  std::chrono::seconds keepalive_time{0};
  bool four_octet_as = false;           // RFC 6793
  bool extended_message = false;        // RFC 8654: both directions
  bool route_refresh = false;           // RFC 2918: the peer answers requests
  bool enhanced_route_refresh = false;  // RFC 7313: both
  std::array<NegotiatedFamily, net::kFamilyCount> families{};  // by net::family_index
  std::string peer_hostname;     // FQDN capability, escaped; empty when not sent
  net::IpAddress local_address;  // of the TCP connection
  net::IpAddress peer_address;
  std::uint32_t interface_index = 0;  // for a link-local session, else 0

  bool internal() const { return local_asn == peer_asn; }

  std::size_t max_message() const { return extended_message ? kMaxExtendedMessage : kMaxMessage; }

  friend bool operator==(const Negotiated&, const Negotiated&) = default;
};

}  // namespace pipit::bgp
