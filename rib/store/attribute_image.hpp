// The octets of an interned record: everything that makes two sets of path attributes equal, packed
// without holes. Only what is present takes room.
//
// The Partial bits are part of it: routes that differ in nothing else are not the same, since one
// of them must leave with the bit and the other one without it (RFC 4271 §5).
//
// Layout: origin, presence flags, section mask, flags of local values and Partial bits; a 32-bit
// length per present section; next hop; then what the flags name (link-local next hop, MED,
// LOCAL_PREF, ORIGINATOR_ID, AGGREGATOR, label, weight, tag); the sections. Integers are in host
// order: an image never leaves the process.
#pragma once

#include "bgp/wire/attributes.hpp"
#include "net/bytes.hpp"

namespace pipit::rib {

/// Replaces `image` by the image of the attributes.
void write_image(const bgp::AttributesView& attributes, net::Bytes& image);

/// The attributes in an image that write_image made; its sections point into it.
bgp::AttributesView read_image(const std::uint8_t* image);

}  // namespace pipit::rib
