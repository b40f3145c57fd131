#include "bgp/wire/nlri_fields.hpp"

#include "bgp/wire/message.hpp"

namespace pipit::bgp {
namespace {

constexpr std::uint8_t kExtendedLength = 0x10;  // RFC 4271 §4.3
constexpr std::uint8_t kMpReach = 14;           // RFC 4760 §3
constexpr std::uint8_t kMpUnreach = 15;         // RFC 4760 §4
constexpr std::size_t kMaxMpAttributes = 2;     // of which each can be there once

void add(NlriFields& fields, net::Family family, bool reach, net::ByteView octets) {
  if (!octets.empty() && fields.size() < fields.capacity()) {
    fields.push_back({family, reach, octets});
  }
}

void add_mp(NlriFields& fields, bool reach, net::ByteView value) {
  net::ByteReader reader(value);
  net::Family family;
  family.afi = static_cast<net::Afi>(reader.u16());
  family.safi = static_cast<net::Safi>(reader.u8());
  if (reach) {
    reader.take(reader.u8());
    reader.u8();  // reserved
  }
  if (reader.ok() && net::family_index(family)) {
    add(fields, family, reach, reader.rest());
  }
}

}  // namespace

NlriFields nlri_fields(net::ByteView message) {
  NlriFields fields;
  if (message.size() < kHeaderSize ||
      message[kHeaderSize - 1] != static_cast<std::uint8_t>(MessageType::Update)) {
    return fields;
  }
  net::ByteReader body(message.subspan(kHeaderSize));
  add(fields, net::kIpv4Unicast, false, body.take(body.u16()));
  net::ByteReader attributes = body.child(body.u16());
  std::size_t found = 0;
  while (found < kMaxMpAttributes && attributes.ok() && !attributes.empty()) {
    const std::uint8_t flags = attributes.u8();
    const std::uint8_t code = attributes.u8();
    const std::size_t length =
        (flags & kExtendedLength) != 0 ? attributes.u16() : std::size_t{attributes.u8()};
    const net::ByteView value = attributes.take(length);
    if (attributes.ok() && (code == kMpReach || code == kMpUnreach)) {
      add_mp(fields, code == kMpReach, value);
      ++found;
    }
  }
  if (body.ok()) {
    add(fields, net::kIpv4Unicast, true, body.rest());
  }
  return fields;
}

}  // namespace pipit::bgp
