// MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760, 2545, 4364, 4659).
#include <algorithm>

#include "bgp/wire/attribute_table.hpp"
#include "bgp/wire/family_table.hpp"

namespace pipit::bgp {
namespace {

/// The family of an attribute; null when it was not negotiated: its NLRI are then left alone.
const NegotiatedFamily* active_family(net::Family family, const Negotiated& session) {
  const auto index = net::family_index(family);
  return index && session.families[*index].active ? &session.families[*index] : nullptr;
}

/// Each address has a Route Distinguisher in front where those of the NLRI have, which says
/// nothing. The second one is link-local.
void set_next_hop(const FamilyRow& row, net::ByteView octets, Reachable& reachable) {
  const auto address = [&](net::ByteView from) {
    return *net::IpAddress::from_octets(from.subspan(row.distinguisher_octets, row.address_octets));
  };
  reachable.next_hop = address(octets);
  if (octets.size() == row.next_hop_octets[0]) {
    return;
  }
  const net::IpAddress second = address(octets.subspan(row.next_hop_octets[0]));
  if (!second.is_link_local()) {
    return;
  }
  // Some speakers without a global address fill its place with zeros.
  if (reachable.next_hop.is_unspecified()) {
    reachable.next_hop = second;
  } else {
    reachable.link_local_next_hop = second;
  }
}

}  // namespace

Problem decode_mp_reach(const RawAttribute& attribute, DecodeContext& context) {
  net::ByteReader reader(attribute.value);
  net::Family family;
  family.afi = static_cast<net::Afi>(reader.u16());
  family.safi = static_cast<net::Safi>(reader.u8());
  const net::ByteView next_hop = reader.take(reader.u8());
  reader.u8();  // reserved, ignored on receipt
  if (!reader.ok()) {
    return {"too short", {}, {}};
  }
  context.mp_reachable = !reader.empty();
  const NegotiatedFamily* active = active_family(family, context.session);
  if (active == nullptr) {
    return {};
  }
  const FamilyRow& row = family_row(family);
  if (next_hop.empty() || std::ranges::count(row.next_hop_octets, next_hop.size()) == 0) {
    return {"wrong length of the next hop", {}, {}};
  }
  if (reader.empty()) {
    return {};
  }
  Reachable& reachable = context.message.reachable.emplace_back();
  reachable.family = family;
  set_next_hop(row, next_hop, reachable);
  if (!row.nlri.decode(reader.rest(), active->add_path_receive, NlriUse::Announced,
                       reachable.nlri)) {
    return {"malformed NLRI (RFC 7606 5.3)", {}, {}};
  }
  if (reachable.next_hop.is_unspecified() || reachable.next_hop.is_multicast()) {
    return {"next hop is not a host address", ErrorAction::TreatAsWithdraw, {}};
  }
  return {};
}

Problem decode_mp_unreach(const RawAttribute& attribute, DecodeContext& context) {
  net::ByteReader reader(attribute.value);
  net::Family family;
  family.afi = static_cast<net::Afi>(reader.u16());
  family.safi = static_cast<net::Safi>(reader.u8());
  if (!reader.ok()) {
    return {"too short", {}, {}};
  }
  const NegotiatedFamily* active = active_family(family, context.session);
  if (active == nullptr || reader.empty()) {
    return {};
  }
  Unreachable& unreachable = context.message.unreachable.emplace_back();
  unreachable.family = family;
  if (!family_row(family).nlri.decode(reader.rest(), active->add_path_receive, NlriUse::Withdrawn,
                                      unreachable.nlri)) {
    return {"malformed NLRI (RFC 7606 5.3)", {}, {}};
  }
  return {};
}

}  // namespace pipit::bgp
