// MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760, 2545).
#include "bgp/wire/attribute_table.hpp"

namespace pipit::bgp {
namespace {

/// The family of an attribute; null when it was not negotiated: its NLRI are then left alone.
const NegotiatedFamily* active_family(net::Family family, const Negotiated& session) {
  const auto index = net::family_index(family);
  return index && session.families[*index].active ? &session.families[*index] : nullptr;
}

/// RFC 4760 §3, 2545 §3: 4 octets, or 16, or 32 with a link-local address as the second.
bool next_hop_length_fits(net::Afi afi, std::size_t length) {
  return afi == net::Afi::Ipv4 ? length == 4 : length == 16 || length == 32;
}

void set_next_hop(net::ByteView octets, Reachable& reachable) {
  const std::size_t size = octets.size() == 32 ? 16 : octets.size();
  reachable.next_hop = *net::IpAddress::from_octets(octets.first(size));
  if (octets.size() != 32) {
    return;
  }
  const auto second = *net::IpAddress::from_octets(octets.subspan(size));
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
  if (!next_hop_length_fits(family.afi, next_hop.size())) {
    return {"wrong length of the next hop", {}, {}};
  }
  if (reader.empty()) {
    return {};
  }
  Reachable& reachable = context.message.reachable.emplace_back();
  reachable.family = family;
  set_next_hop(next_hop, reachable);
  if (!decode_nlri(reader.rest(), family.afi, active->add_path_receive, reachable.nlri)) {
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
  if (!decode_nlri(reader.rest(), family.afi, active->add_path_receive, unreachable.nlri)) {
    return {"malformed NLRI (RFC 7606 5.3)", {}, {}};
  }
  return {};
}

}  // namespace pipit::bgp
