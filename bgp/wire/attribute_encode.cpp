// The encoders that the rows of the attribute table point to.
#include "bgp/wire/as_path_codec.hpp"
#include "bgp/wire/attribute_table.hpp"

namespace pipit::bgp {
namespace {

void encode_u32(std::uint8_t flags, AttributeCode code, std::uint32_t value, net::Bytes& out) {
  encode_attribute_header(flags, code, 4, out);
  net::ByteWriter(out).u32(value);
}

void encode_octets(std::uint8_t flags, AttributeCode code, net::ByteView value, net::Bytes& out) {
  if (!value.empty()) {
    encode_attribute_header(flags, code, value.size(), out);
    net::ByteWriter(out).bytes(value);
  }
}

std::uint8_t with_partial(bool partial) {
  return partial ? kOptionalTransitive | kPartial : kOptionalTransitive;
}

/// Opens an attribute whose length is known only when it has been written.
class OpenAttribute {
 public:
  OpenAttribute(std::uint8_t flags, AttributeCode code, net::Bytes& out)
      : out_(out), start_(out.size()) {
    const std::uint8_t header[] = {static_cast<std::uint8_t>(flags | kExtendedLength),
                                   static_cast<std::uint8_t>(code), 0, 0};
    net::ByteWriter(out_).bytes(header);
  }

  void close() {
    const std::size_t length = out_.size() - start_ - 4;
    net::ByteWriter(out_).put_u16(start_ + 2, static_cast<std::uint16_t>(length));
    if (length <= 255) {
      out_[start_] = static_cast<std::uint8_t>(out_[start_] & ~kExtendedLength);
      out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(start_) + 2);
    }
  }

 private:
  net::Bytes& out_;
  std::size_t start_;
};

}  // namespace

void encode_attribute_header(std::uint8_t flags,
                             AttributeCode code,
                             std::size_t length,
                             net::Bytes& out) {
  net::ByteWriter writer(out);
  const bool wide = length > 255;
  writer.u8(static_cast<std::uint8_t>(wide ? flags | kExtendedLength : flags));
  writer.u8(static_cast<std::uint8_t>(code));
  if (wide) {
    writer.u16(static_cast<std::uint16_t>(length));
  } else {
    writer.u8(static_cast<std::uint8_t>(length));
  }
}

void encode_origin(const AttributesView& attributes, const EncodeOptions&, net::Bytes& out) {
  encode_attribute_header(kTransitive, AttributeCode::Origin, 1, out);
  net::ByteWriter(out).u8(static_cast<std::uint8_t>(attributes.origin));
}

void encode_as_path(const AttributesView& attributes,
                    const EncodeOptions& options,
                    net::Bytes& out) {
  if (options.four_octet_as) {
    encode_attribute_header(kTransitive, AttributeCode::AsPath, attributes.as_path.size(), out);
    net::ByteWriter(out).bytes(attributes.as_path);
    return;
  }
  OpenAttribute attribute(kTransitive, AttributeCode::AsPath, out);
  narrow_as_path(attributes.as_path, out);
  attribute.close();
}

void encode_med(const AttributesView& attributes, const EncodeOptions&, net::Bytes& out) {
  if (attributes.med) {
    encode_u32(kOptional, AttributeCode::MultiExitDisc, *attributes.med, out);
  }
}

void encode_local_pref(const AttributesView& attributes,
                       const EncodeOptions& options,
                       net::Bytes& out) {
  if (options.internal && attributes.local_preference) {
    encode_u32(kTransitive, AttributeCode::LocalPref, *attributes.local_preference, out);
  }
}

void encode_atomic_aggregate(const AttributesView& attributes,
                             const EncodeOptions&,
                             net::Bytes& out) {
  if (attributes.atomic_aggregate) {
    encode_attribute_header(kTransitive, AttributeCode::AtomicAggregate, 0, out);
  }
}

void encode_aggregator(const AttributesView& attributes,
                       const EncodeOptions& options,
                       net::Bytes& out) {
  if (!attributes.aggregator) {
    return;
  }
  net::ByteWriter writer(out);
  const std::uint32_t asn = attributes.aggregator->asn;
  encode_attribute_header(with_partial(attributes.partial.aggregator), AttributeCode::Aggregator,
                          options.four_octet_as ? 8 : 6, out);
  if (options.four_octet_as) {
    writer.u32(asn);
  } else {
    writer.u16(static_cast<std::uint16_t>(asn > 0xffff ? kAsTrans : asn));
  }
  writer.u32(attributes.aggregator->address);
}

void encode_communities(const AttributesView& attributes, const EncodeOptions&, net::Bytes& out) {
  encode_octets(with_partial(attributes.partial.communities), AttributeCode::Communities,
                attributes.communities, out);
}

void encode_originator_id(const AttributesView& attributes,
                          const EncodeOptions& options,
                          net::Bytes& out) {
  if (options.internal && attributes.originator_id) {
    encode_u32(kOptional, AttributeCode::OriginatorId, *attributes.originator_id, out);
  }
}

void encode_cluster_list(const AttributesView& attributes,
                         const EncodeOptions& options,
                         net::Bytes& out) {
  if (options.internal) {
    encode_octets(kOptional, AttributeCode::ClusterList, attributes.cluster_list, out);
  }
}

void encode_extended_communities(const AttributesView& attributes,
                                 const EncodeOptions&,
                                 net::Bytes& out) {
  encode_octets(with_partial(attributes.partial.extended_communities),
                AttributeCode::ExtendedCommunities, attributes.extended_communities, out);
}

void encode_as4_path(const AttributesView& attributes,
                     const EncodeOptions& options,
                     net::Bytes& out) {
  if (options.four_octet_as || !needs_as4_path(attributes.as_path)) {
    return;
  }
  OpenAttribute attribute(kOptionalTransitive, AttributeCode::As4Path, out);
  strip_confederation(attributes.as_path, out);
  attribute.close();
}

void encode_as4_aggregator(const AttributesView& attributes,
                           const EncodeOptions& options,
                           net::Bytes& out) {
  if (options.four_octet_as || !attributes.aggregator || attributes.aggregator->asn <= 0xffff) {
    return;
  }
  net::ByteWriter writer(out);
  encode_attribute_header(with_partial(attributes.partial.aggregator), AttributeCode::As4Aggregator,
                          8, out);
  writer.u32(attributes.aggregator->asn);
  writer.u32(attributes.aggregator->address);
}

void encode_large_communities(const AttributesView& attributes,
                              const EncodeOptions&,
                              net::Bytes& out) {
  encode_octets(with_partial(attributes.partial.large_communities), AttributeCode::LargeCommunities,
                attributes.large_communities, out);
}

}  // namespace pipit::bgp
