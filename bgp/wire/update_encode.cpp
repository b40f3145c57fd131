// Encoding of UPDATE messages: the attribute block is written once, NLRI are packed around copies
// of it.
#include <algorithm>
#include <array>

#include "bgp/wire/attribute_table.hpp"
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

/// What stands in MP_REACH_NLRI or MP_UNREACH_NLRI before the NLRI.
struct MpHead {
  AttributeCode code;
  net::ByteView octets;  // family, next hop, reserved octet
};

/// How many NLRI fit into a multiprotocol attribute of at most `room` octets, header included.
NlriFit fit_mp(std::span<const Nlri> nlri, const MpHead& head, bool add_path, std::size_t room) {
  constexpr std::size_t kShortHeader = 3;
  const std::size_t fixed = kShortHeader + head.octets.size();
  if (room < fixed) {
    return {};
  }
  const std::size_t short_room = std::min(room - fixed, 255 - head.octets.size());
  const NlriFit narrow = fit_nlri(nlri, add_path, short_room);
  if (narrow.count == nlri.size() || room - fixed <= short_room) {
    return narrow;
  }
  return fit_nlri(nlri, add_path, room - fixed - 1);
}

void encode_mp(std::span<const Nlri> nlri,
               const MpHead& head,
               const NlriFit& fit,
               bool add_path,
               net::Bytes& out) {
  encode_attribute_header(kOptional, head.code, head.octets.size() + fit.octets, out);
  net::ByteWriter(out).bytes(head.octets);
  encode_nlri(nlri.first(fit.count), add_path, fit.octets, out);
}

/// Whether a message with that room can take every one of the NLRI, so that none is left over.
bool each_fits(std::span<const Nlri> nlri, bool add_path, std::size_t room) {
  constexpr std::size_t kLongest = 4 + 1 + 16;
  return room >= kLongest || std::ranges::all_of(nlri, [&](const Nlri& item) {
           return fit_nlri({&item, 1}, add_path, room).count == 1;
         });
}

/// Header, no withdrawn routes, and the Total Path Attribute Length.
void begin_announcement(std::size_t attribute_size, net::Bytes& out) {
  encode_header(MessageType::Update, 0, out);
  net::ByteWriter writer(out);
  writer.u16(0);
  writer.u16(static_cast<std::uint16_t>(attribute_size));
}

bool encode_ipv4(net::ByteView block,
                 std::span<const Nlri> nlri,
                 const EncodeOptions& options,
                 net::Bytes& out) {
  const std::size_t used = kEmptyUpdate + block.size();
  const std::size_t room = options.max_message > used ? options.max_message - used : 0;
  if (!each_fits(nlri, options.add_path, room)) {
    return false;
  }
  while (!nlri.empty()) {
    const NlriFit fit = fit_nlri(nlri, options.add_path, room);
    const std::size_t start = out.size();
    begin_announcement(block.size(), out);
    net::ByteWriter(out).bytes(block);
    encode_nlri(nlri.first(fit.count), options.add_path, fit.octets, out);
    put_length(start, out);
    nlri = nlri.subspan(fit.count);
  }
  return true;
}

/// The head of MP_REACH_NLRI in `storage`: family, next hop with its length, reserved octet.
MpHead reach_head(const AttributeBlock& block,
                  net::Family family,
                  std::array<std::uint8_t, 37>& storage) {
  std::size_t size = 0;
  const auto put = [&](std::uint8_t octet) { storage[size++] = octet; };
  put(static_cast<std::uint8_t>(static_cast<std::uint16_t>(family.afi) >> 8));
  put(static_cast<std::uint8_t>(family.afi));
  put(static_cast<std::uint8_t>(family.safi));
  put(block.link_local_next_hop ? 32 : 16);
  std::ranges::for_each(block.next_hop.octets(), put);
  if (block.link_local_next_hop) {
    std::ranges::for_each(block.link_local_next_hop->octets(), put);
  }
  put(0);
  return {AttributeCode::MpReachNlri, net::ByteView(storage).first(size)};
}

bool encode_ipv6(const AttributeBlock& block,
                 net::Family family,
                 std::span<const Nlri> nlri,
                 const EncodeOptions& options,
                 net::Bytes& out) {
  std::array<std::uint8_t, 37> storage{};
  const MpHead head = reach_head(block, family, storage);
  const std::size_t size = block.octets.size();
  const std::size_t used = kEmptyUpdate + size;
  const std::size_t room = options.max_message > used ? options.max_message - used : 0;
  const std::size_t fixed = 3 + head.octets.size();
  if (room < fixed || !each_fits(nlri, options.add_path, room - fixed)) {
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
    nlri = nlri.subspan(fit.count);
  }
  return true;
}

}  // namespace

void encode_attributes(const AttributesView& attributes,
                       net::Family family,
                       const EncodeOptions& options,
                       net::Bytes& out) {
  UnknownAttributes unknown{attributes.unknown};
  for (const AttributeRow& row : attribute_table()) {
    while (unknown.precedes(static_cast<std::size_t>(row.code))) {
      net::ByteWriter(out).bytes(unknown.take());
    }
    if (row.encode != nullptr) {
      row.encode(attributes, options, out);
    } else if (row.code == AttributeCode::NextHop && family == net::kIpv4Unicast) {
      encode_next_hop(attributes.next_hop, out);
    }
  }
  net::ByteWriter(out).bytes(unknown.rest);
}

bool encode_announcements(const AttributeBlock& block,
                          net::Family family,
                          std::span<const Nlri> nlri,
                          const EncodeOptions& options,
                          net::Bytes& out) {
  if (nlri.empty()) {
    return true;
  }
  if (family.afi != block.next_hop.afi()) {
    return false;
  }
  return family == net::kIpv4Unicast ? encode_ipv4(block.octets, nlri, options, out)
                                     : encode_ipv6(block, family, nlri, options, out);
}

bool encode_announcements(const AttributesView& attributes,
                          net::Family family,
                          std::span<const Nlri> nlri,
                          const EncodeOptions& options,
                          net::Bytes& out) {
  net::Bytes octets;
  encode_attributes(attributes, family, options, octets);
  return encode_announcements({octets, attributes.next_hop, attributes.link_local_next_hop}, family,
                              nlri, options, out);
}

void encode_withdrawals(net::Family family,
                        std::span<const Nlri> nlri,
                        const EncodeOptions& options,
                        net::Bytes& out) {
  const std::size_t room = options.max_message - kEmptyUpdate;
  const auto afi = static_cast<std::uint16_t>(family.afi);
  const std::array<std::uint8_t, 3> octets{static_cast<std::uint8_t>(afi >> 8),
                                           static_cast<std::uint8_t>(afi),
                                           static_cast<std::uint8_t>(family.safi)};
  const MpHead head{AttributeCode::MpUnreachNlri, octets};
  net::ByteWriter writer(out);
  while (!nlri.empty()) {
    const std::size_t start = out.size();
    encode_header(MessageType::Update, 0, out);
    NlriFit fit;
    if (family == net::kIpv4Unicast) {
      fit = fit_nlri(nlri, options.add_path, room);
      writer.u16(static_cast<std::uint16_t>(fit.octets));
      encode_nlri(nlri.first(fit.count), options.add_path, fit.octets, out);
      writer.u16(0);
    } else {
      fit = fit_mp(nlri, head, options.add_path, room);
      writer.u32(0);
      encode_mp(nlri, head, fit, options.add_path, out);
      writer.put_u16(start + kHeaderSize + 2,
                     static_cast<std::uint16_t>(out.size() - start - kEmptyUpdate));
    }
    put_length(start, out);
    nlri = nlri.subspan(fit.count);
  }
}

void encode_end_of_rib(net::Family family, net::Bytes& out) {
  net::ByteWriter writer(out);
  if (family == net::kIpv4Unicast) {
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
