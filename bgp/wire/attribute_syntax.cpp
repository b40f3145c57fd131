// Attributes that this router passes on without using them: what their RFCs call malformed goes no
// further, so that no neighbor resets its session over it.
#include "bgp/wire/attribute_table.hpp"

namespace pipit::bgp {
namespace {

/// True when `value` is a sequence of items, each of which `item` takes off the reader.
template <typename Item>
bool is_sequence_of(net::ByteReader reader, const Item& item) {
  while (reader.ok() && !reader.empty()) {
    if (!item(reader)) {
      return false;
    }
  }
  return reader.ok();
}

enum class PmsiTunnelType : std::uint8_t {
  NoTunnelInformation = 0,
  RsvpTeP2mp = 1,
  MldpP2mp = 2,
  PimSsm = 3,
  PimSm = 4,
  BidirPim = 5,
  IngressReplication = 6,
  MldpMp2mp = 7,
  TransportTunnel = 8,       // RFC 7524
  AssistedReplication = 10,  // RFC 9574
  Bier = 11,                 // RFC 8556
};

constexpr std::uint8_t kCompositeTunnel = 0x80;     // RFC 8317
constexpr std::uint8_t kExperimentalTunnel = 0x7b;  // RFC 7385, up to 0x7e

/// An mLDP FEC element: type, address family, root node, opaque value (RFC 6388 §2.2).
bool is_mldp_fec(net::ByteView identifier) {
  net::ByteReader reader(identifier);
  reader.u8();
  reader.u16();
  reader.take(reader.u8());
  reader.take(reader.u16());
  return reader.ok() && reader.empty();
}

/// Whether the octets can be an identifier of the type. Of two addresses, both have one family.
bool is_tunnel_identifier(PmsiTunnelType type, net::ByteView identifier) {
  const std::size_t size = identifier.size();
  switch (type) {
    case PmsiTunnelType::NoTunnelInformation:
      return size == 0;
    case PmsiTunnelType::RsvpTeP2mp:
      return size == 12 || size == 24;
    case PmsiTunnelType::MldpP2mp:
    case PmsiTunnelType::MldpMp2mp:
      return is_mldp_fec(identifier);
    case PmsiTunnelType::PimSsm:
    case PmsiTunnelType::PimSm:
    case PmsiTunnelType::BidirPim:
      return size == 8 || size == 32;
    case PmsiTunnelType::IngressReplication:
      return size == 4 || size == 16;
    case PmsiTunnelType::TransportTunnel:
    case PmsiTunnelType::AssistedReplication:
    case PmsiTunnelType::Bier:
      return true;
  }
  return true;
}

bool is_defined_tunnel(std::uint8_t type) {
  return type <= static_cast<std::uint8_t>(PmsiTunnelType::TransportTunnel) ||
         type == static_cast<std::uint8_t>(PmsiTunnelType::AssistedReplication) ||
         type == static_cast<std::uint8_t>(PmsiTunnelType::Bier) ||
         (type >= kExperimentalTunnel && type < kExperimentalTunnel + 4);
}

/// Takes one sub-TLV of a tunnel: the length has two octets from type 128 on (RFC 9012 §2).
bool take_tunnel_sub_tlv(net::ByteReader& reader) {
  constexpr std::uint8_t kWide = 128;
  const std::uint8_t type = reader.u8();
  reader.take(type < kWide ? reader.u8() : reader.u16());
  return reader.ok();
}

bool take_tunnel_tlv(net::ByteReader& reader) {
  reader.u16();  // the type; unknown ones are passed on
  net::ByteReader sub_tlvs = reader.child(reader.u16());
  return reader.ok() && is_sequence_of(sub_tlvs, take_tunnel_sub_tlv);
}

/// SRv6 Service Sub-TLVs; the SID is in the first kind and takes 21 octets (RFC 9252 §3.1).
bool take_srv6_sub_tlv(net::ByteReader& reader) {
  constexpr std::uint8_t kSidInformation = 1;
  constexpr std::size_t kShortest = 21;
  const std::uint8_t type = reader.u8();
  const std::size_t length = reader.u16();
  reader.take(length);
  return reader.ok() && (type != kSidInformation || length >= kShortest);
}

/// The TLVs of PREFIX_SID whose length means something to this router.
enum PrefixSidTlv : std::uint8_t {
  kLabelIndex = 1,
  kOriginatorSrgb = 3,
  kSrv6L3Service = 5,
  kSrv6L2Service = 6,
};

Problem check_prefix_sid_tlv(net::ByteReader& reader) {
  constexpr std::size_t kLabelIndexLength = 7;
  constexpr std::size_t kSrgbFlags = 2;
  constexpr std::size_t kSrgb = 6;
  const std::uint8_t type = reader.u8();
  const net::ByteView value = reader.take(reader.u16());
  if (!reader.ok()) {
    return {"TLV runs past the end", {}, {}};
  }
  if (type == kLabelIndex && value.size() != kLabelIndexLength) {
    return {"wrong length of the Label-Index TLV", {}, {}};
  }
  if (type == kOriginatorSrgb &&
      (value.size() < kSrgbFlags + kSrgb || (value.size() - kSrgbFlags) % kSrgb != 0)) {
    return {"wrong length of the Originator SRGB TLV", {}, {}};
  }
  if (type == kSrv6L3Service || type == kSrv6L2Service) {
    net::ByteReader sub_tlvs(value);
    sub_tlvs.u8();  // reserved
    if (!sub_tlvs.ok() || !is_sequence_of(sub_tlvs, take_srv6_sub_tlv)) {
      return {"malformed SRv6 Service TLV (RFC 9252 7)", ErrorAction::TreatAsWithdraw, {}};
    }
  }
  return {};
}

/// One path attribute; what is in it is the business of who unpacks it.
bool take_attribute(net::ByteReader& reader) {
  const std::uint8_t flags = reader.u8();
  reader.u8();
  reader.take((flags & kExtendedLength) != 0 ? reader.u16() : reader.u8());
  return reader.ok();
}

}  // namespace

Problem check_pmsi_tunnel(const RawAttribute& attribute, DecodeContext& context) {
  net::ByteReader reader(attribute.value);
  reader.u8();  // flags
  const std::uint8_t type = reader.u8();
  reader.take(3);  // MPLS label
  if (!reader.ok()) {
    return {"too short", {}, UpdateSubcode::AttributeLength};
  }
  // A composite tunnel has another identifier behind that of its type.
  if ((type & kCompositeTunnel) == 0) {
    if (!is_defined_tunnel(type)) {
      return {"undefined tunnel type", {}, {}};
    }
    if (!is_tunnel_identifier(static_cast<PmsiTunnelType>(type), reader.rest())) {
      return {"tunnel identifier does not fit the tunnel type", {}, {}};
    }
  }
  carry_unknown(attribute, kPartial, context);
  return {};
}

Problem check_tunnel_encapsulation(const RawAttribute& attribute, DecodeContext& context) {
  if (attribute.value.empty()) {
    return {"empty", {}, UpdateSubcode::AttributeLength};
  }
  if (!is_sequence_of(net::ByteReader(attribute.value), take_tunnel_tlv)) {
    return {"TLV runs past the end", {}, {}};
  }
  carry_unknown(attribute, kPartial, context);
  return {};
}

Problem check_aigp(const RawAttribute& attribute, DecodeContext& /*context*/) {
  constexpr std::uint8_t kAigpTlv = 1;
  constexpr std::size_t kAigpLength = 11;  // the header included
  constexpr std::size_t kHeader = 3;
  const auto take_tlv = [](net::ByteReader& reader) {
    const std::uint8_t type = reader.u8();
    const std::size_t length = reader.u16();
    if (length < kHeader || (type == kAigpTlv && length != kAigpLength)) {
      return false;
    }
    reader.take(length - kHeader);
    return reader.ok();
  };
  if (attribute.value.empty() || !is_sequence_of(net::ByteReader(attribute.value), take_tlv)) {
    return {"malformed TLV", {}, {}};
  }
  return {};  // non-transitive, and not used: ignored
}

Problem check_prefix_sid(const RawAttribute& attribute, DecodeContext& context) {
  if (attribute.value.empty()) {
    return {"empty", {}, UpdateSubcode::AttributeLength};
  }
  net::ByteReader reader(attribute.value);
  while (!reader.empty()) {
    const Problem problem = check_prefix_sid_tlv(reader);
    if (!problem.reason.empty()) {
      return problem;
    }
  }
  carry_unknown(attribute, kPartial, context);
  return {};
}

Problem check_attr_set(const RawAttribute& attribute, DecodeContext& context) {
  net::ByteReader reader(attribute.value);
  reader.u32();  // the AS that it was made in (RFC 6368 §5)
  if (!reader.ok()) {
    return {"too short", {}, UpdateSubcode::AttributeLength};
  }
  if (!is_sequence_of(reader, take_attribute)) {
    return {"attribute runs past the end", {}, {}};
  }
  carry_unknown(attribute, kPartial, context);
  return {};
}

}  // namespace pipit::bgp
