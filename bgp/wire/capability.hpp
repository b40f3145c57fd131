// Capabilities of an OPEN message (RFC 5492) as values: built by the session from its options, read
// by negotiate() and by `show neighbor`. Unknown ones are kept as they came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/bytes.hpp"
#include "net/family.hpp"

namespace pipit::bgp {

/// The capabilities that this build understands.
enum class CapabilityCode : std::uint8_t {
  Multiprotocol = 1,          // RFC 4760
  RouteRefresh = 2,           // RFC 2918
  ExtendedMessage = 6,        // RFC 8654
  FourOctetAs = 65,           // RFC 6793
  EnhancedRouteRefresh = 70,  // RFC 7313
  Fqdn = 73,
};

struct Capability {
  std::uint8_t code = 0;
  net::Bytes value;  // at most 255 octets

  friend bool operator==(const Capability&, const Capability&) = default;
};

using Capabilities = std::vector<Capability>;

Capability multiprotocol(net::Family family);
Capability four_octet_as(std::uint32_t asn);
/// Names longer than a length octet allows are cut.
Capability fqdn(std::string_view hostname, std::string_view domain = {});

/// One without content: RouteRefresh, ExtendedMessage, EnhancedRouteRefresh.
inline Capability plain(CapabilityCode code) {
  return {static_cast<std::uint8_t>(code), {}};
}

/// The families of all Multiprotocol capabilities; malformed ones are passed over.
std::vector<net::Family> families(const Capabilities& capabilities);
/// The AS number of the first well-formed FourOctetAs.
std::optional<std::uint32_t> four_octet_asn(const Capabilities& capabilities);
/// The host name of an FQDN capability, with its domain if it has one, as it came (not escaped).
std::optional<std::string> hostname(const Capabilities& capabilities);
/// True when it is there, and empty as its RFC demands.
bool has_plain(const Capabilities& capabilities, CapabilityCode code);

/// A capability in words.
struct CapabilityText {
  std::string name;    // "multiprotocol", "capability 200" for one without a name
  std::string detail;  // "ipv6-unicast"; the value in hex when it has no better form; may be empty
};

/// Decodes the content of all capabilities whose format is published, understood by this build or
/// not; of malformed content the octets. Text from the peer is escaped.
CapabilityText describe(const Capability& capability);

/// "graceful-restart", "capability 200" for a code without a name.
std::string capability_name(std::uint8_t code);

/// "route-refresh", "multiprotocol ipv6-unicast", "capability 200 0102"; text from the peer is
/// escaped.
std::string to_string(const Capability& capability);

}  // namespace pipit::bgp
