#include "bgp/wire/open.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/message.hpp"
#include "net/address.hpp"
#include "net/log.hpp"

namespace pipit::bgp {
namespace {

constexpr std::uint8_t kCapabilitiesParameter = 2;
constexpr std::uint8_t kExtendedOpen = 255;  // RFC 9072 §2: as length and as parameter type
constexpr std::size_t kFixedSize = 10;       // of the body, without parameters

Notification open_error(OpenSubcode subcode, net::Bytes data = {}) {
  return {.code = ErrorCode::OpenMessage,
          .subcode = static_cast<std::uint8_t>(subcode),
          .data = std::move(data)};
}

/// Takes the capabilities of one parameter; false when one runs past its end.
bool decode_capabilities(net::ByteReader reader, Capabilities& capabilities) {
  while (!reader.empty()) {
    Capability capability;
    capability.code = reader.u8();
    const net::ByteView value = reader.take(reader.u8());
    if (!reader.ok()) {
      return false;
    }
    capability.value.assign(value.begin(), value.end());
    capabilities.push_back(std::move(capability));
  }
  return true;
}

/// Optional parameters; `wide` when their lengths have two octets (RFC 9072).
std::optional<Notification> decode_parameters(net::ByteReader reader,
                                              bool wide,
                                              Capabilities& capabilities) {
  while (!reader.empty()) {
    const std::uint8_t type = reader.u8();
    const std::size_t length = wide ? reader.u16() : reader.u8();
    const net::ByteReader parameter = reader.child(length);
    if (!reader.ok()) {
      return open_error(OpenSubcode::Unspecific);
    }
    if (type != kCapabilitiesParameter) {
      return open_error(OpenSubcode::UnsupportedParameter);
    }
    if (!decode_capabilities(parameter, capabilities)) {
      return open_error(OpenSubcode::Unspecific);
    }
  }
  return std::nullopt;
}

/// From the Optional Parameters Length on.
std::optional<Notification> decode_optional_part(net::ByteReader reader,
                                                 Capabilities& capabilities) {
  std::size_t length = reader.u8();
  // RFC 9072 §2: the parameter type decides; the first length is then of no meaning.
  const bool wide = length != 0 && !reader.empty() && reader.rest()[0] == kExtendedOpen;
  if (wide) {
    reader.u8();
    length = reader.u16();
  }
  if (!reader.ok() || length != reader.remaining()) {
    return open_error(OpenSubcode::Unspecific);
  }
  return decode_parameters(reader, wide, capabilities);
}

bool malformed_asn(const Capability& capability) {
  return capability.code == static_cast<std::uint8_t>(CapabilityCode::FourOctetAs) &&
         capability.value.size() != 4;
}

}  // namespace

std::expected<Open, Notification> decode_open(net::ByteView body) {
  net::ByteReader reader(body);
  Open open;
  open.version = reader.u8();
  const std::uint16_t two_octet_as = reader.u16();
  open.hold_time = reader.u16();
  open.id = reader.u32();
  if (body.size() < kFixedSize) {
    return std::unexpected(open_error(OpenSubcode::Unspecific));
  }
  if (open.version != kVersion) {
    return std::unexpected(open_error(OpenSubcode::UnsupportedVersion, {0, kVersion}));
  }
  if (auto error = decode_optional_part(reader, open.capabilities)) {
    return std::unexpected(std::move(*error));
  }
  if (std::any_of(open.capabilities.begin(), open.capabilities.end(), malformed_asn)) {
    return std::unexpected(open_error(OpenSubcode::Unspecific));
  }
  // RFC 7607: an AS number of zero is an error wherever it stands.
  open.my_as = two_octet_as == 0 ? 0 : four_octet_asn(open.capabilities).value_or(two_octet_as);
  return open;
}

void encode_open(const Open& open, net::Bytes& out) {
  std::size_t size = 0;
  for (const Capability& capability : open.capabilities) {
    size += 2 + capability.value.size();
  }
  const bool wide = size > 253;  // the parameter's own header takes two octets more
  const std::size_t parameters = size == 0 ? 0 : size + (wide ? 6 : 2);
  encode_header(MessageType::Open, kFixedSize + parameters, out);
  net::ByteWriter writer(out);
  writer.u8(open.version);
  writer.u16(static_cast<std::uint16_t>(open.my_as > 0xffff ? kAsTrans : open.my_as));
  writer.u16(open.hold_time);
  writer.u32(open.id);
  if (wide) {
    writer.u8(kExtendedOpen);
    writer.u8(kExtendedOpen);
    writer.u16(static_cast<std::uint16_t>(size + 3));
    writer.u8(kCapabilitiesParameter);
    writer.u16(static_cast<std::uint16_t>(size));
  } else if (size == 0) {
    writer.u8(0);
  } else {
    writer.u8(static_cast<std::uint8_t>(size + 2));
    writer.u8(kCapabilitiesParameter);
    writer.u8(static_cast<std::uint8_t>(size));
  }
  for (const Capability& capability : open.capabilities) {
    writer.u8(capability.code);
    writer.u8(static_cast<std::uint8_t>(capability.value.size()));
    writer.bytes(capability.value);
  }
}

std::optional<Notification> check_open(const Open& open, const OpenExpectations& expected) {
  const bool right_as =
      expected.peer_asn ? open.my_as == *expected.peer_asn : open.my_as != expected.local_asn;
  if (open.my_as == 0 || !right_as) {
    return open_error(OpenSubcode::BadPeerAs);
  }
  // RFC 6286 §2.2: unique only within an AS.
  if (open.id == 0 || (open.my_as == expected.local_asn && open.id == expected.local_id)) {
    return open_error(OpenSubcode::BadIdentifier);
  }
  if (open.hold_time == 1 || open.hold_time == 2) {
    return open_error(OpenSubcode::UnacceptableHoldTime);
  }
  return std::nullopt;
}

std::array<bool, net::kFamilyCount> offered_families(const Open& open) {
  std::array<bool, net::kFamilyCount> offered{};
  const std::vector<net::Family> found = families(open.capabilities);
  const bool any_multiprotocol =
      std::any_of(open.capabilities.begin(), open.capabilities.end(), [](const Capability& c) {
        return c.code == static_cast<std::uint8_t>(CapabilityCode::Multiprotocol);
      });
  if (!any_multiprotocol) {
    offered[*net::family_index(net::kIpv4Unicast)] = true;
  }
  for (const net::Family family : found) {
    if (const auto index = net::family_index(family)) {
      offered[*index] = true;
    }
  }
  return offered;
}

std::string offered_families_text(const Open& open) {
  const std::vector<net::Family> found = families(open.capabilities);
  std::string text = found.empty() && offered_families(open)[0] ? net::to_string(net::kIpv4Unicast)
                                                                : std::string();
  for (const net::Family family : found) {
    text += (text.empty() ? "" : ", ") + net::to_string(family);
  }
  return text.empty() ? "none" : text;
}

std::optional<Notification> check_families(const Open& sent, const Open& received) {
  const auto ours = offered_families(sent);
  const auto theirs = offered_families(received);
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    if (ours[i] && theirs[i]) {
      return std::nullopt;
    }
  }
  Notification error = open_error(OpenSubcode::UnsupportedCapability);
  for (const Capability& capability : sent.capabilities) {
    if (capability.code == static_cast<std::uint8_t>(CapabilityCode::Multiprotocol)) {
      error.data.push_back(capability.code);
      error.data.push_back(static_cast<std::uint8_t>(capability.value.size()));
      error.data.insert(error.data.end(), capability.value.begin(), capability.value.end());
    }
  }
  return error;
}

std::string explain_refusal(const Notification& refusal,
                            const Open& sent,
                            const Open& received,
                            const OpenExpectations& expected) {
  switch (static_cast<OpenSubcode>(refusal.subcode)) {
    case OpenSubcode::BadPeerAs:
      return fmt::format("expected {}, but the neighbor says AS {}",
                         expected.peer_asn ? fmt::format("AS {}", *expected.peer_asn)
                                           : fmt::format("any AS but our {}", expected.local_asn),
                         received.my_as);
    case OpenSubcode::BadIdentifier:
      return received.id == 0
                 ? std::string("the neighbor says 0.0.0.0, which is none")
                 : fmt::format("the neighbor says {}, which is ours, and both have AS {}",
                               net::IpAddress::v4(received.id).to_string(), received.my_as);
    case OpenSubcode::UnacceptableHoldTime:
      return fmt::format("the neighbor offers {}s, but it must be 0 or at least 3s",
                         received.hold_time);
    case OpenSubcode::UnsupportedCapability:
      return fmt::format("no common family: here {}, at the neighbor {}",
                         offered_families_text(sent), offered_families_text(received));
    case OpenSubcode::Unspecific:
    case OpenSubcode::UnsupportedVersion:
    case OpenSubcode::UnsupportedParameter:
      break;
  }
  return {};
}

Negotiated negotiate(const Open& sent, const Open& received, std::chrono::seconds keepalive) {
  const auto both = [&](CapabilityCode code) {
    return has_plain(sent.capabilities, code) && has_plain(received.capabilities, code);
  };
  Negotiated session;
  session.local_asn = sent.my_as;
  session.peer_asn = received.my_as;
  session.local_id = sent.id;
  session.peer_id = received.id;
  session.hold_time = std::chrono::seconds(std::min(sent.hold_time, received.hold_time));
  if (session.hold_time.count() != 0) {
    const std::chrono::seconds third = session.hold_time / 3;
    session.keepalive_time = std::max(std::chrono::seconds(1),
                                      keepalive.count() == 0 ? third : std::min(keepalive, third));
  }
  session.four_octet_as =
      four_octet_asn(sent.capabilities).has_value() && four_octet_asn(received.capabilities);
  session.extended_message = both(CapabilityCode::ExtendedMessage);
  session.route_refresh = has_plain(received.capabilities, CapabilityCode::RouteRefresh);
  session.enhanced_route_refresh = both(CapabilityCode::EnhancedRouteRefresh);
  const auto ours = offered_families(sent);
  const auto theirs = offered_families(received);
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    session.families[i].active = ours[i] && theirs[i];
  }
  session.peer_hostname = net::escaped(hostname(received.capabilities).value_or(""));
  return session;
}

}  // namespace pipit::bgp
