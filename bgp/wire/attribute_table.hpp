// One row per path attribute: what it is called, which flags it has, what an error in it leads to
// (RFC 7606 §7), how it is decoded and encoded. Inner face of the UPDATE codec: update_decode.cpp
// and update_encode.cpp walk this table; attribute_decode.cpp, attribute_syntax.cpp and
// attribute_encode.cpp hold what the rows point to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/update.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

// Attribute Flags (RFC 4271 §4.3).
inline constexpr std::uint8_t kOptional = 0x80;
inline constexpr std::uint8_t kTransitive = 0x40;  // of well-known ones always
inline constexpr std::uint8_t kOptionalTransitive = kOptional | kTransitive;
inline constexpr std::uint8_t kPartial = 0x20;
inline constexpr std::uint8_t kExtendedLength = 0x10;

/// Subcodes of an UPDATE Message Error (RFC 4271 §6.3).
enum class UpdateSubcode : std::uint8_t {
  MalformedAttributeList = 1,
  UnrecognizedWellKnown = 2,
  MissingWellKnown = 3,
  AttributeFlags = 4,
  AttributeLength = 5,
  InvalidOrigin = 6,
  InvalidNextHop = 8,
  OptionalAttribute = 9,
  InvalidNetwork = 10,
  MalformedAsPath = 11,
};

/// One attribute as it lies in the message.
struct RawAttribute {
  std::uint8_t flags = 0;
  std::uint8_t code = 0;
  net::ByteView value;
  net::ByteView whole;  // with its header
};

/// What the rows' decoders read and fill in.
struct DecodeContext {
  const Negotiated& session;
  UpdateMessage& message;
  std::optional<net::IpAddress> next_hop;  // NEXT_HOP, which only NLRI outside MP_REACH_NLRI use
  net::Bytes as4_path;                     // canonical; from 2-octet speakers only
  std::optional<Aggregator> as4_aggregator;
  bool as4_aggregator_partial = false;
  bool mp_reachable = false;  // MP_REACH_NLRI carried NLRI, of a family that was negotiated or not
};

/// What a decoder found wrong; nothing when `reason` is empty.
struct Problem {
  std::string_view reason;
  std::optional<ErrorAction> action;     // the row's unless set
  std::optional<UpdateSubcode> subcode;  // the row's unless set
};

struct AttributeRow {
  AttributeCode code;
  std::string_view name;
  std::uint8_t flags;        // Optional and Transitive as they must be
  ErrorAction malformed;     // what malformed content leads to
  UpdateSubcode subcode;     // of the NOTIFICATION, should the error reset the session
  std::string_view section;  // where that stands
  bool internal_only;        // discarded when an external peer sent it
  Problem (*decode)(const RawAttribute& attribute, DecodeContext& context);
  /// Appends the attribute when there is one to write; null: not written by the table's walk.
  void (*encode)(const AttributesView& attributes, const EncodeOptions& options, net::Bytes& out);
  ErrorAction wrong_flags = ErrorAction::TreatAsWithdraw;  // RFC 7606 §3.c, unless its RFC differs
};

/// The rows, by ascending code.
std::span<const AttributeRow> attribute_table();

/// The row of a code; null for an attribute that this build does not know.
const AttributeRow* attribute_row(std::uint8_t code);

/// Appends flags, code and length; the length takes two octets only where it must.
void encode_attribute_header(std::uint8_t flags,
                             AttributeCode code,
                             std::size_t length,
                             net::Bytes& out);

// Decoders.
Problem decode_origin(const RawAttribute&, DecodeContext&);
Problem decode_as_path(const RawAttribute&, DecodeContext&);
Problem decode_next_hop(const RawAttribute&, DecodeContext&);
Problem decode_med(const RawAttribute&, DecodeContext&);
Problem decode_local_pref(const RawAttribute&, DecodeContext&);
Problem decode_atomic_aggregate(const RawAttribute&, DecodeContext&);
Problem decode_aggregator(const RawAttribute&, DecodeContext&);
Problem decode_communities(const RawAttribute&, DecodeContext&);
Problem decode_originator_id(const RawAttribute&, DecodeContext&);
Problem decode_cluster_list(const RawAttribute&, DecodeContext&);
Problem decode_mp_reach(const RawAttribute&, DecodeContext&);
Problem decode_mp_unreach(const RawAttribute&, DecodeContext&);
Problem decode_extended_communities(const RawAttribute&, DecodeContext&);
Problem decode_as4_path(const RawAttribute&, DecodeContext&);
Problem decode_as4_aggregator(const RawAttribute&, DecodeContext&);
Problem decode_ipv6_extended_communities(const RawAttribute&, DecodeContext&);
Problem decode_large_communities(const RawAttribute&, DecodeContext&);
Problem decode_only_to_customer(const RawAttribute&, DecodeContext&);
// Of attributes that are checked and passed on, but not used.
Problem check_pmsi_tunnel(const RawAttribute&, DecodeContext&);
Problem check_tunnel_encapsulation(const RawAttribute&, DecodeContext&);
Problem check_aigp(const RawAttribute&, DecodeContext&);
Problem check_prefix_sid(const RawAttribute&, DecodeContext&);
Problem check_attr_set(const RawAttribute&, DecodeContext&);
/// An unknown optional transitive attribute: kept, with the Partial bit (RFC 4271 §5).
void carry_unknown(const RawAttribute& attribute, std::uint8_t set_flags, DecodeContext& context);

// Encoders.
void encode_origin(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_as_path(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_med(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_local_pref(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_atomic_aggregate(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_aggregator(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_communities(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_originator_id(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_cluster_list(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_extended_communities(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_as4_path(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_as4_aggregator(const AttributesView&, const EncodeOptions&, net::Bytes&);
void encode_large_communities(const AttributesView&, const EncodeOptions&, net::Bytes&);

}  // namespace pipit::bgp
