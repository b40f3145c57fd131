// Encoding of UPDATE messages: the attribute block is written once, NLRI are packed around copies
// of it.
#include <algorithm>
#include <array>

#include "bgp/wire/attribute_table.hpp"
#include "bgp/wire/family_table.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/unknown_attributes.hpp"

namespace pipit::bgp {
namespace {

constexpr std::size_t kEmptyUpdate = kHeaderSize + 4;  // header and the two length fields
constexpr std::size_t kLengthAt = 16;                  // of the message length in the header

void put_length(std::size_t start, net::Bytes& out) {
  net::ByteWriter(out).put_u16(start + kLengthAt, static_cast<std::uint16_t>(out.size() - start));
}

/// NEXT_HOP stands with the rows; it belongs to IPv4 NLRI outside MP_REACH_NLRI only.
void encode_next_hop(const net::IpAddress& next_hop, net::Bytes& out) {
  encode_attribute_header(kTransitive, AttributeCode::NextHop, 4, out);
  net::ByteWriter(out).bytes(next_hop.octets());
}

/// The head of MP_REACH_NLRI or MP_UNREACH_NLRI, and the codec for the NLRI that follow it.
struct MpHead {
  AttributeCode code;
  net::ByteView octets;  // family, next hop, reserved octet
  const NlriCodec& nlri;
};

/// How many NLRI fit into a multiprotocol attribute of at most `room` octets, header included.
NlriFit fit_mp(const NlriView& nlri, const MpHead& head, bool add_path, std::size_t room) {
  constexpr std::size_t kShortHeader = 3;
  const std::size_t fixed = kShortHeader + head.octets.size();
  if (room < fixed) {
    return {};
  }
  const std::size_t short_room = std::min(room - fixed, 255 - head.octets.size());
  const NlriFit narrow = head.nlri.fit(nlri, add_path, short_room);
  if (narrow.count == nlri.size() || room - fixed <= short_room) {
    return narrow;
  }
  return head.nlri.fit(nlri, add_path, room - fixed - 1);
}

void encode_mp(
    const NlriView& nlri, const MpHead& head, const NlriFit& fit, bool add_path, net::Bytes& out) {
  encode_attribute_header(kOptional, head.code, head.octets.size() + fit.octets, out);
  net::ByteWriter(out).bytes(head.octets);
  const NlriUse use =
      head.code == AttributeCode::MpReachNlri ? NlriUse::Announced : NlriUse::Withdrawn;
  head.nlri.encode(nlri.first(fit.count), add_path, use, fit.octets, out);
}

/// Whether a message with that room can take every one of the NLRI, so that none is left over.
bool each_fits(const NlriCodec& codec, const NlriView& nlri, bool add_path, std::size_t room) {
  for (std::size_t i = 0; room < codec.longest && i < nlri.size(); ++i) {
    if (codec.fit(nlri.subview(i, 1), add_path, room).count != 1) {
      return false;
    }
  }
  return true;
}

/// Header, no withdrawn routes, and the Total Path Attribute Length.
void begin_announcement(std::size_t attribute_size, net::Bytes& out) {
  encode_header(MessageType::Update, 0, out);
  net::ByteWriter writer(out);
  writer.u16(0);
  writer.u16(static_cast<std::uint16_t>(attribute_size));
}

bool encode_outside_mp(const NlriCodec& codec,
                       net::ByteView block,
                       NlriView nlri,
                       const EncodeOptions& options,
                       net::Bytes& out) {
  const std::size_t used = kEmptyUpdate + block.size();
  const std::size_t room = options.max_message > used ? options.max_message - used : 0;
  if (!each_fits(codec, nlri, options.add_path, room)) {
    return false;
  }
  while (!nlri.empty()) {
    const NlriFit fit = codec.fit(nlri, options.add_path, room);
    const std::size_t start = out.size();
    begin_announcement(block.size(), out);
    net::ByteWriter(out).bytes(block);
    codec.encode(nlri.first(fit.count), options.add_path, NlriUse::Announced, fit.octets, out);
    put_length(start, out);
    nlri = nlri.without_first(fit.count);
  }
  return true;
}

/// Room for the longest head of MP_REACH_NLRI: two next hops with Route Distinguishers.
using HeadStorage = std::array<std::uint8_t, 53>;

/// The head of MP_REACH_NLRI in `storage`: family, next hop with its length, reserved octet.
MpHead reach_head(const AttributeBlock& block, const FamilyRow& row, HeadStorage& storage) {
  const net::Family family = row.family;
  std::size_t size = 0;
  const auto put = [&](std::uint8_t octet) { storage[size++] = octet; };
  put(static_cast<std::uint8_t>(static_cast<std::uint16_t>(family.afi) >> 8));
  put(static_cast<std::uint8_t>(family.afi));
  put(static_cast<std::uint8_t>(family.safi));
  put(static_cast<std::uint8_t>(row.next_hop_octets[block.link_local_next_hop ? 1 : 0]));
  const auto put_address = [&](const net::IpAddress& address) {
    for (std::size_t i = 0; i < row.distinguisher_octets; ++i) {
      put(0);
    }
    std::ranges::for_each(address.octets(), put);
  };
  put_address(block.next_hop);
  if (block.link_local_next_hop) {
    put_address(*block.link_local_next_hop);
  }
  put(0);
  return {AttributeCode::MpReachNlri, net::ByteView(storage).first(size), row.nlri};
}

bool encode_reach(const AttributeBlock& block,
                  const FamilyRow& row,
                  NlriView nlri,
                  const EncodeOptions& options,
                  net::Bytes& out) {
  HeadStorage storage{};
  const MpHead head = reach_head(block, row, storage);
  const std::size_t size = block.octets.size();
  const std::size_t used = kEmptyUpdate + size;
  const std::size_t room = options.max_message > used ? options.max_message - used : 0;
  const std::size_t fixed = 3 + head.octets.size();
  if (room < fixed || !each_fits(row.nlri, nlri, options.add_path, room - fixed)) {
    return false;
  }
  while (!nlri.empty()) {
    const NlriFit fit = fit_mp(nlri, head, options.add_path, room);
    const std::size_t value = head.octets.size() + fit.octets;
    const std::size_t start = out.size();
    begin_announcement((value > 255 ? 4 : 3) + value + size, out);
    encode_mp(nlri, head, fit, options.add_path, out);
    net::ByteWriter(out).bytes(block.octets);
    put_length(start, out);
    nlri = nlri.without_first(fit.count);
  }
  return true;
}

}  // namespace

void encode_attributes(const AttributesView& attributes,
                       net::Family family,
                       const EncodeOptions& options,
                       net::Bytes& out) {
  UnknownAttributes unknown{attributes.unknown};
  const bool outside_mp = family_row(family).outside_mp;
  for (const AttributeRow& row : attribute_table()) {
    while (unknown.precedes(static_cast<std::size_t>(row.code))) {
      net::ByteWriter(out).bytes(unknown.take());
    }
    if (row.encode != nullptr) {
      row.encode(attributes, options, out);
    } else if (row.code == AttributeCode::NextHop && outside_mp) {
      encode_next_hop(attributes.next_hop, out);
    }
  }
  net::ByteWriter(out).bytes(unknown.rest);
}

bool encode_announcements(const AttributeBlock& block,
                          net::Family family,
                          const NlriView& nlri,
                          const EncodeOptions& options,
                          net::Bytes& out) {
  if (nlri.empty()) {
    return true;
  }
  if (family.afi != block.next_hop.afi()) {
    return false;
  }
  const FamilyRow& row = family_row(family);
  return row.outside_mp ? encode_outside_mp(row.nlri, block.octets, nlri, options, out)
                        : encode_reach(block, row, nlri, options, out);
}

bool encode_announcements(const AttributesView& attributes,
                          net::Family family,
                          const NlriView& nlri,
                          const EncodeOptions& options,
                          net::Bytes& out) {
  net::Bytes octets;
  encode_attributes(attributes, family, options, octets);
  return encode_announcements(
      {octets, attributes.next_hop, attributes.link_local_next_hop, attributes.label}, family, nlri,
      options, out);
}

void encode_withdrawals(net::Family family,
                        const NlriView& all,
                        const EncodeOptions& options,
                        net::Bytes& out) {
  const FamilyRow& row = family_row(family);
  NlriView nlri = all;
  const std::size_t room = options.max_message - kEmptyUpdate;
  const auto afi = static_cast<std::uint16_t>(family.afi);
  const std::array<std::uint8_t, 3> octets{static_cast<std::uint8_t>(afi >> 8),
                                           static_cast<std::uint8_t>(afi),
                                           static_cast<std::uint8_t>(family.safi)};
  const MpHead head{AttributeCode::MpUnreachNlri, octets, row.nlri};
  net::ByteWriter writer(out);
  while (!nlri.empty()) {
    const std::size_t start = out.size();
    encode_header(MessageType::Update, 0, out);
    NlriFit fit;
    if (row.outside_mp) {
      fit = row.nlri.fit(nlri, options.add_path, room);
      writer.u16(static_cast<std::uint16_t>(fit.octets));
      row.nlri.encode(nlri.first(fit.count), options.add_path, NlriUse::Withdrawn, fit.octets, out);
      writer.u16(0);
    } else {
      fit = fit_mp(nlri, head, options.add_path, room);
      writer.u32(0);
      encode_mp(nlri, head, fit, options.add_path, out);
      writer.put_u16(start + kHeaderSize + 2,
                     static_cast<std::uint16_t>(out.size() - start - kEmptyUpdate));
    }
    put_length(start, out);
    nlri = nlri.without_first(fit.count);
  }
}

void encode_end_of_rib(net::Family family, net::Bytes& out) {
  net::ByteWriter writer(out);
  if (family_row(family).outside_mp) {
    encode_header(MessageType::Update, 4, out);
    writer.u32(0);
    return;
  }
  constexpr std::size_t kMarker = 6;
  encode_header(MessageType::Update, 4 + kMarker, out);
  writer.u16(0);
  writer.u16(kMarker);
  encode_attribute_header(kOptional, AttributeCode::MpUnreachNlri, 3, out);
  writer.u16(static_cast<std::uint16_t>(family.afi));
  writer.u8(static_cast<std::uint8_t>(family.safi));
}

}  // namespace pipit::bgp
