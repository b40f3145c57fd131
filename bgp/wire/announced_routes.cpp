#include "bgp/wire/announced_routes.hpp"

#include "bgp/wire/attribute_table.hpp"
#include "bgp/wire/family_table.hpp"
#include "net/family.hpp"

namespace pipit::bgp {
namespace {

void add_nlri(net::Family family,
              net::ByteView field,
              const Negotiated& session,
              std::vector<net::RouteKey>& routes) {
  const auto index = net::family_index(family);
  if (!index || !session.families[*index].active) {
    return;
  }
  NlriList found;
  family_row(family).nlri.decode(field, session.families[*index].add_path_receive,
                                 NlriUse::Announced, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    routes.push_back(NlriView(found).key(family, i));
  }
}

/// RFC 4760 §3: family, next hop, a reserved octet, NLRI.
void add_mp_reach(net::ByteReader value,
                  const Negotiated& session,
                  std::vector<net::RouteKey>& routes) {
  const auto afi = static_cast<net::Afi>(value.u16());
  const auto safi = static_cast<net::Safi>(value.u8());
  value.take(value.u8());
  value.u8();
  if (value.ok()) {
    add_nlri({afi, safi}, value.rest(), session, routes);
  }
}

}  // namespace

std::vector<net::RouteKey> announced_routes(net::ByteView body, const Negotiated& session) {
  std::vector<net::RouteKey> routes;
  net::ByteReader reader(body);
  reader.take(reader.u16());
  net::ByteReader attributes(reader.take(reader.u16()));
  if (!reader.ok()) {
    return routes;
  }
  while (!attributes.empty()) {
    const std::uint8_t flags = attributes.u8();
    const std::uint8_t code = attributes.u8();
    const std::size_t length = (flags & kExtendedLength) != 0 ? attributes.u16() : attributes.u8();
    const net::ByteView value = attributes.take(length);
    if (attributes.ok() && code == static_cast<std::uint8_t>(AttributeCode::MpReachNlri)) {
      add_mp_reach(net::ByteReader(value), session, routes);
    }
  }
  add_nlri(net::kIpv4Unicast, reader.rest(), session, routes);
  return routes;
}

}  // namespace pipit::bgp
