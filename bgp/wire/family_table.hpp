// One row per address family that has a table: how its NLRI are read and written, which part of
// them is the key of a route and which is payload, what may be done with its routes. Whoever treats
// one family otherwise than another asks its row.
//
// Read by the codec, the RIB, policy, the configuration and the kernel bridge.
#pragma once

#include <array>
#include <cstddef>

#include "bgp/wire/nlri.hpp"
#include "net/bytes.hpp"
#include "net/family.hpp"

namespace pipit::bgp {

/// How the octets of a family's lists of NLRI are read and written.
struct NlriCodec {
  /// Appends all NLRI of `field` to `out`; bits after a prefix length are masked off. False when
  /// the field is malformed (RFC 7606 §5.3: a length beyond the family's, or octets missing).
  bool (*decode)(net::ByteView field, bool add_path, NlriUse use, NlriList& out);
  NlriFit (*fit)(const NlriView& nlri, bool add_path, std::size_t room);
  /// Appends `nlri`; `octets` is what fit() said of exactly these.
  void (*encode)(
      const NlriView& nlri, bool add_path, NlriUse use, std::size_t octets, net::Bytes& out);
  std::size_t longest = 0;  // octets of one NLRI, its Path Identifier included
};

struct FamilyRow {
  net::Family family;
  NlriCodec nlri;
  /// Octets of a prefix's address.
  std::size_t address_octets = 0;
  /// Octets of a Route Distinguisher in front of the prefix, which is part of the key (RFC 4364
  /// §4.1), and in front of the next hop, where it is zero.
  std::size_t distinguisher_octets = 0;
  /// An MPLS label comes with each NLRI (RFC 8277): payload, which belongs to the attributes of a
  /// path. It means something at the next hop alone, so that the next hop is never changed.
  bool labelled = false;
  /// Stands in the fields of RFC 4271 outside of MP_REACH_NLRI and MP_UNREACH_NLRI.
  bool outside_mp = false;
  /// The kernel's routing tables can take its routes.
  bool kernel = false;
  /// Of the next hop in MP_REACH_NLRI, without and with a link-local address behind it (RFC 4760
  /// §3, RFC 2545 §3, RFC 4364 §4.3.2, RFC 4659 §3.2.1); 0: there is no such form.
  std::array<std::size_t, 2> next_hop_octets{};
};

/// The row of a family that has a table; net::to_string() names it.
const FamilyRow& family_row(net::Family family);

}  // namespace pipit::bgp
