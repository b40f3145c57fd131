// OPEN messages (RFC 4271 §4.2, 5492, 9072): syntax, the checks against what is configured, and
// what two of them agree on.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "bgp/wire/capability.hpp"
#include "bgp/wire/negotiated.hpp"
#include "bgp/wire/notification.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

inline constexpr std::uint8_t kVersion = 4;

/// Subcodes of an OPEN Message Error (RFC 4271 §4.5, 5492).
enum class OpenSubcode : std::uint8_t {
  Unspecific = 0,
  UnsupportedVersion = 1,
  BadPeerAs = 2,
  BadIdentifier = 3,
  UnsupportedParameter = 4,
  UnacceptableHoldTime = 6,
  UnsupportedCapability = 7,
};

struct Open {
  std::uint8_t version = kVersion;
  std::uint32_t my_as = 0;      // of the four-octet AS capability when there is one (RFC 6793 §4.1)
  std::uint16_t hold_time = 0;  // seconds, as the sender proposes
  std::uint32_t id = 0;         // BGP Identifier, host byte order
  Capabilities capabilities;    // in the order of the message, duplicates and unknown ones too

  friend bool operator==(const Open&, const Open&) = default;
};

/// Decodes the body of an OPEN. Errors: 2/1 with the version that is supported, 2/4 unknown
/// optional parameter, 2/0 malformed parameters. Takes the extended length of RFC 9072 in any size.
/// Malformed content of a known capability counts as not sent, save for a four-octet AS (2/0).
std::expected<Open, Notification> decode_open(net::ByteView body);

/// Appends the whole message. The capabilities must fit (4,096 octets); a My Autonomous System that
/// needs four octets becomes AS_TRANS.
void encode_open(const Open& open, net::Bytes& out);

/// What an OPEN is checked against.
struct OpenExpectations {
  std::uint32_t local_asn = 0;
  std::uint32_t local_id = 0;             // host byte order
  std::optional<std::uint32_t> peer_asn;  // nullopt: any but ours
};

/// The checks of meaning (RFC 4271 §6.2, 6286, 7607): 2/2 AS, 2/3 identifier, 2/6 hold time.
/// nullopt: acceptable.
std::optional<Notification> check_open(const Open& open, const OpenExpectations& expected);

/// Two OPENs without a common family exchange nothing: 2/7 with our Multiprotocol capabilities as
/// its data (RFC 5492 §3). nullopt: there is one.
std::optional<Notification> check_families(const Open& sent, const Open& received);

/// A refusal of check_open() or check_families() in words: "expected AS 65001, but the neighbor
/// says AS 65009".
std::string explain_refusal(const Notification& refusal,
                            const Open& sent,
                            const Open& received,
                            const OpenExpectations& expected);

/// The families that an OPEN offers, by net::family_index: without a Multiprotocol capability IPv4
/// unicast (RFC 4760 §8).
std::array<bool, net::kFamilyCount> offered_families(const Open& open);
/// Likewise in words, those without a table here too: "ipv4-unicast, l2vpn-evpn".
std::string offered_families_text(const Open& open);

/// What both OPENs agree on. `keepalive` is the configured interval (0: a third of the hold time);
/// a longer one than a third of the negotiated hold time is cut to that. A side without a
/// Multiprotocol capability has IPv4 unicast only (RFC 4760 §8). The addresses of the connection
/// are left to the caller.
Negotiated negotiate(const Open& sent, const Open& received, std::chrono::seconds keepalive);

}  // namespace pipit::bgp
