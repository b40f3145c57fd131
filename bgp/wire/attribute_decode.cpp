// The decoders that the rows of the attribute table point to.
#include <algorithm>
#include <array>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/as_path_codec.hpp"
#include "bgp/wire/attribute_table.hpp"

namespace pipit::bgp {
namespace {

constexpr std::size_t kLargeCommunitySize = 12;

constexpr Problem kBadLength{"wrong length", std::nullopt, UpdateSubcode::AttributeLength};

bool partial(const RawAttribute& attribute) {
  return (attribute.flags & kPartial) != 0;
}

/// A list of items of `size` octets, at least one.
bool is_list_of(std::size_t size, net::ByteView value) {
  return !value.empty() && value.size() % size == 0;
}

void assign(net::ByteView value, net::Bytes& out) {
  out.assign(value.begin(), value.end());
}

Problem decode_u32(const RawAttribute& attribute, std::optional<std::uint32_t>& out) {
  if (attribute.value.size() != 4) {
    return kBadLength;
  }
  out = net::ByteReader(attribute.value).u32();
  return {};
}

/// RFC 8092 §3: "A receiving speaker MUST silently remove redundant BGP Large Community values".
void remove_duplicates(net::Bytes& octets) {
  using Item = std::array<std::uint8_t, kLargeCommunitySize>;
  const std::size_t count = octets.size() / kLargeCommunitySize;
  if (count < 2) {
    return;
  }
  std::vector<Item> items(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto from = octets.begin() + static_cast<std::ptrdiff_t>(i * kLargeCommunitySize);
    std::copy_n(from, kLargeCommunitySize, items[i].begin());
  }
  std::sort(items.begin(), items.end());
  const auto end = std::unique(items.begin(), items.end());
  if (end == items.end()) {
    return;  // the order of the sender stays
  }
  octets.clear();
  std::for_each(items.begin(), end,
                [&](const Item& item) { octets.insert(octets.end(), item.begin(), item.end()); });
}

}  // namespace

Problem decode_origin(const RawAttribute& attribute, DecodeContext& context) {
  if (attribute.value.size() != 1) {
    return kBadLength;
  }
  if (attribute.value[0] > static_cast<std::uint8_t>(Origin::Incomplete)) {
    return {"undefined value", {}, {}};
  }
  context.message.attributes.origin = static_cast<Origin>(attribute.value[0]);
  return {};
}

Problem decode_as_path(const RawAttribute& attribute, DecodeContext& context) {
  const std::size_t width = context.session.four_octet_as ? 4 : 2;
  return {canonical_as_path(attribute.value, width, ConfederationSegments::Reject,
                            context.message.attributes.as_path),
          {},
          {}};
}

Problem decode_next_hop(const RawAttribute& attribute, DecodeContext& context) {
  if (attribute.value.size() != 4) {
    return kBadLength;
  }
  context.next_hop = net::IpAddress::v4(net::ByteReader(attribute.value).u32());
  return {};
}

Problem decode_med(const RawAttribute& attribute, DecodeContext& context) {
  return decode_u32(attribute, context.message.attributes.med);
}

Problem decode_local_pref(const RawAttribute& attribute, DecodeContext& context) {
  return decode_u32(attribute, context.message.attributes.local_preference);
}

Problem decode_atomic_aggregate(const RawAttribute& attribute, DecodeContext& context) {
  if (!attribute.value.empty()) {
    return kBadLength;
  }
  context.message.attributes.atomic_aggregate = true;
  return {};
}

Problem decode_aggregator(const RawAttribute& attribute, DecodeContext& context) {
  const bool wide = context.session.four_octet_as;
  if (attribute.value.size() != (wide ? 8U : 6U)) {
    return kBadLength;
  }
  net::ByteReader reader(attribute.value);
  Aggregator aggregator;
  aggregator.asn = wide ? reader.u32() : reader.u16();
  aggregator.address = reader.u32();
  if (aggregator.asn == 0) {
    return {"AS 0 (RFC 7607)", {}, {}};
  }
  context.message.attributes.aggregator = aggregator;
  context.message.attributes.partial.aggregator = partial(attribute);
  return {};
}

Problem decode_communities(const RawAttribute& attribute, DecodeContext& context) {
  if (!is_list_of(4, attribute.value)) {
    return kBadLength;
  }
  assign(attribute.value, context.message.attributes.communities);
  context.message.attributes.partial.communities = partial(attribute);
  return {};
}

Problem decode_originator_id(const RawAttribute& attribute, DecodeContext& context) {
  return decode_u32(attribute, context.message.attributes.originator_id);
}

Problem decode_cluster_list(const RawAttribute& attribute, DecodeContext& context) {
  if (!is_list_of(4, attribute.value)) {
    return kBadLength;
  }
  assign(attribute.value, context.message.attributes.cluster_list);
  return {};
}

Problem decode_extended_communities(const RawAttribute& attribute, DecodeContext& context) {
  if (!is_list_of(8, attribute.value)) {
    return kBadLength;
  }
  assign(attribute.value, context.message.attributes.extended_communities);
  context.message.attributes.partial.extended_communities = partial(attribute);
  return {};
}

Problem decode_as4_path(const RawAttribute& attribute, DecodeContext& context) {
  // RFC 6793 §4.1: from a speaker of 4-octet AS numbers it is discarded, without being an error of
  // content.
  if (context.session.four_octet_as) {
    return {"from a speaker of 4-octet AS numbers (RFC 6793 4.1)", {}, {}};
  }
  const std::string_view reason =
      canonical_as_path(attribute.value, 4, ConfederationSegments::Drop, context.as4_path);
  if (!reason.empty()) {
    context.as4_path.clear();
  }
  return {reason, {}, {}};
}

Problem decode_as4_aggregator(const RawAttribute& attribute, DecodeContext& context) {
  if (context.session.four_octet_as) {
    return {"from a speaker of 4-octet AS numbers (RFC 6793 4.1)", {}, {}};
  }
  if (attribute.value.size() != 8) {
    return kBadLength;
  }
  net::ByteReader reader(attribute.value);
  Aggregator aggregator;
  aggregator.asn = reader.u32();
  aggregator.address = reader.u32();
  if (aggregator.asn == 0) {
    return {"AS 0 (RFC 7607)", {}, {}};
  }
  context.as4_aggregator = aggregator;
  context.as4_aggregator_partial = partial(attribute);
  return {};
}

Problem decode_ipv6_extended_communities(const RawAttribute& attribute, DecodeContext& context) {
  if (!is_list_of(20, attribute.value)) {
    return kBadLength;
  }
  carry_unknown(attribute, kPartial, context);
  return {};
}

Problem decode_large_communities(const RawAttribute& attribute, DecodeContext& context) {
  if (!is_list_of(kLargeCommunitySize, attribute.value)) {
    return kBadLength;
  }
  assign(attribute.value, context.message.attributes.large_communities);
  remove_duplicates(context.message.attributes.large_communities);
  context.message.attributes.partial.large_communities = partial(attribute);
  return {};
}

Problem decode_only_to_customer(const RawAttribute& attribute, DecodeContext& context) {
  if (attribute.value.size() != 4) {
    return kBadLength;
  }
  if (net::ByteReader(attribute.value).u32() == 0) {
    return {"AS 0 (RFC 7607)", {}, {}};
  }
  carry_unknown(attribute, 0, context);
  return {};
}

void carry_unknown(const RawAttribute& attribute, std::uint8_t set_flags, DecodeContext& context) {
  // The lower four bits are not ours to pass on: one tells the length, the others must be zero.
  const auto flags = static_cast<std::uint8_t>(
      (attribute.flags & (kOptional | kTransitive | kPartial)) | set_flags);
  encode_attribute_header(flags, static_cast<AttributeCode>(attribute.code), attribute.value.size(),
                          context.message.attributes.unknown);
  net::ByteWriter(context.message.attributes.unknown).bytes(attribute.value);
}

}  // namespace pipit::bgp
