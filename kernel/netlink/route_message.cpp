#include "kernel/netlink/route_message.hpp"

#include <algorithm>
#include <array>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace pipit::kernel {

namespace {

/// No kernel sends more legs in one route than fit in a message; ours go out in one attribute.
constexpr std::size_t kMaxHops = 1024;

std::uint8_t address_family(net::Afi afi) {
  return afi == net::Afi::Ipv6 ? std::uint8_t{AF_INET6} : std::uint8_t{AF_INET};
}

bool wanted_table(std::span<const std::uint32_t> tables, std::uint32_t table) {
  if (tables.empty()) {
    return table != RT_TABLE_LOCAL;
  }
  return std::find(tables.begin(), tables.end(), table) != tables.end();
}

bool wanted_type(std::uint8_t type) {
  return type == RTN_UNICAST || type == RTN_BLACKHOLE || type == RTN_UNREACHABLE ||
         type == RTN_PROHIBIT || type == RTN_THROW;
}

void set_flags(Hop& hop, std::uint32_t flags) {
  hop.onlink = (flags & RTNH_F_ONLINK) != 0;
  hop.dead = (flags & RTNH_F_DEAD) != 0;
  hop.linkdown = (flags & RTNH_F_LINKDOWN) != 0;
}

bool parse_gateway(const AttributeView& attribute, Hop& hop) {
  if (attribute.type == RTA_GATEWAY) {
    hop.gateway = attribute.address();
  } else {
    // struct rtvia: a 16-bit family, then the address.
    hop.gateway = attribute.value.size() < 2
                      ? std::nullopt
                      : net::IpAddress::from_octets(attribute.value.subspan(2));
  }
  return hop.gateway.has_value();
}

bool parse_legs(net::ByteView octets, std::vector<Hop>& hops) {
  while (!octets.empty()) {
    rtnexthop header{};
    if (octets.size() < sizeof header || hops.size() >= kMaxHops) {
      return false;
    }
    std::memcpy(&header, octets.data(), sizeof header);
    if (header.rtnh_len < sizeof header || header.rtnh_len > octets.size()) {
      return false;
    }
    Hop hop;
    hop.interface_index = static_cast<std::uint32_t>(header.rtnh_ifindex);
    hop.weight = static_cast<std::uint16_t>(header.rtnh_hops + 1);
    set_flags(hop, header.rtnh_flags);
    AttributeReader attributes(octets.subspan(sizeof header, header.rtnh_len - sizeof header));
    while (const auto attribute = attributes.next()) {
      if ((attribute->type == RTA_GATEWAY || attribute->type == RTA_VIA) &&
          !parse_gateway(*attribute, hop)) {
        return false;
      }
    }
    hops.push_back(hop);
    const std::size_t length = (std::size_t{header.rtnh_len} + 3) & ~std::size_t{3};
    octets = octets.subspan(std::min(octets.size(), length));
  }
  return true;
}

/// What the attributes say before it is known how they fit together.
struct Attributes {
  std::optional<net::IpAddress> destination;
  Hop hop;
  bool has_hop = false;
  bool valid = true;
};

void parse_attribute(const AttributeView& attribute, Route& route, Attributes& found) {
  switch (attribute.type) {
    case RTA_DST:
      found.destination = attribute.address();
      found.valid = found.valid && found.destination.has_value();
      break;
    case RTA_TABLE:
      route.key.table = attribute.u32().value_or(route.key.table);
      break;
    case RTA_PRIORITY:
      route.key.metric = attribute.u32().value_or(0);
      break;
    case RTA_PREFSRC:
      route.body.preferred_source = attribute.address();
      break;
    case RTA_OIF:
      found.hop.interface_index = attribute.u32().value_or(0);
      found.has_hop = true;
      break;
    case RTA_GATEWAY:
    case RTA_VIA:
      found.valid = found.valid && parse_gateway(attribute, found.hop);
      found.has_hop = true;
      break;
    case RTA_MULTIPATH:
      found.valid = found.valid && parse_legs(attribute.value, route.body.hops);
      break;
    case RTA_NH_ID:
      route.body.nexthop_id = attribute.u32().value_or(0);
      break;
    default:  // the kernel's list grows
      break;
  }
}

}  // namespace

ParsedRoute parse_route(net::ByteView payload,
                        std::span<const std::uint32_t> tables,
                        Route& route) {
  const auto header = take_fixed<rtmsg>(payload);
  if (!header) {
    return ParsedRoute::Malformed;
  }
  const bool v6 = header->rtm_family == AF_INET6;
  if ((!v6 && header->rtm_family != AF_INET) || !wanted_type(header->rtm_type) ||
      (header->rtm_flags & RTM_F_CLONED) != 0 || header->rtm_src_len != 0) {
    return ParsedRoute::Skipped;
  }
  route.key = {.tos = header->rtm_tos, .table = header->rtm_table, .metric = 0};
  route.body.type = static_cast<RouteType>(header->rtm_type);
  route.body.protocol = header->rtm_protocol;
  route.body.scope = header->rtm_scope;
  route.body.nexthop_id = 0;
  route.body.preferred_source.reset();
  route.body.hops.clear();
  Attributes found;
  AttributeReader attributes(payload);
  while (const auto attribute = attributes.next()) {
    parse_attribute(*attribute, route, found);
  }
  if (!wanted_table(tables, route.key.table)) {
    return ParsedRoute::Skipped;
  }
  const net::IpAddress destination =
      found.destination.value_or(net::IpAddress::any(v6 ? net::Afi::Ipv6 : net::Afi::Ipv4));
  if (!found.valid || destination.is_v6() != v6 || header->rtm_dst_len > destination.bits()) {
    return ParsedRoute::Malformed;
  }
  route.key.prefix = {destination, header->rtm_dst_len};
  if (route.body.type != RouteType::Unicast) {
    route.body.hops.clear();  // IPv6 names the loopback interface there
  } else if (found.has_hop && route.body.hops.empty()) {
    set_flags(found.hop, header->rtm_flags);
    route.body.hops.push_back(found.hop);
  }
  return ParsedRoute::Ok;
}

namespace {

void put_gateway(MessageBatch& batch, net::Afi afi, const net::IpAddress& gateway) {
  if (gateway.afi() == afi) {
    batch.put(RTA_GATEWAY, gateway.octets());
    return;
  }
  std::array<std::uint8_t, 18> via{};
  const std::uint16_t family = address_family(gateway.afi());
  std::memcpy(via.data(), &family, sizeof family);
  std::copy(gateway.octets().begin(), gateway.octets().end(), via.begin() + sizeof family);
  batch.put(RTA_VIA, net::ByteView(via).first(sizeof family + gateway.octets().size()));
}

void put_multipath(MessageBatch& batch, net::Afi afi, const std::vector<Hop>& hops) {
  batch.begin_nest(RTA_MULTIPATH);
  for (const Hop& hop : hops) {
    const std::size_t start = batch.size();
    void* leg = batch.put_raw(sizeof(rtnexthop));
    if (leg == nullptr) {
      return;
    }
    if (hop.gateway) {
      put_gateway(batch, afi, *hop.gateway);
    }
    rtnexthop header{};
    header.rtnh_len = static_cast<std::uint16_t>(batch.size() - start);
    header.rtnh_flags = hop.onlink ? RTNH_F_ONLINK : 0;
    header.rtnh_hops = static_cast<std::uint8_t>(std::clamp<int>(hop.weight, 1, 256) - 1);
    header.rtnh_ifindex = static_cast<int>(hop.interface_index);
    std::memcpy(leg, &header, sizeof header);
  }
  batch.end_nest();
}

rtmsg header_of(const RouteKey& key, std::uint8_t protocol) {
  rtmsg header{};
  header.rtm_family = address_family(key.prefix.afi());
  header.rtm_dst_len = key.prefix.length();
  header.rtm_tos = key.tos;
  header.rtm_protocol = protocol;
  header.rtm_table =
      key.table < 256 ? static_cast<std::uint8_t>(key.table) : std::uint8_t{RT_TABLE_UNSPEC};
  return header;
}

void put_key(MessageBatch& batch, const RouteKey& key) {
  if (key.prefix.length() != 0) {
    batch.put(RTA_DST, key.prefix.address().octets());
  }
  batch.put_u32(RTA_TABLE, key.table);
  if (key.metric != 0) {
    batch.put_u32(RTA_PRIORITY, key.metric);
  }
}

}  // namespace

bool put_new_route(MessageBatch& batch,
                   const Route& route,
                   std::uint16_t flags,
                   std::uint32_t sequence) {
  void* place = batch.begin(RTM_NEWROUTE, static_cast<std::uint16_t>(flags | NLM_F_REQUEST),
                            sequence, sizeof(rtmsg));
  if (place == nullptr) {
    return false;
  }
  const std::vector<Hop>& hops = route.body.hops;
  rtmsg header = header_of(route.key, route.body.protocol);
  header.rtm_type = static_cast<std::uint8_t>(route.body.type);
  // IPv4 wants link scope where no gateway leads on; IPv6 has no scopes.
  const bool direct = route.body.type == RouteType::Unicast &&
                      std::none_of(hops.begin(), hops.end(),
                                   [](const Hop& hop) { return hop.gateway.has_value(); });
  header.rtm_scope =
      direct && route.key.prefix.address().is_v4() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  if (hops.size() == 1 && hops.front().onlink) {
    header.rtm_flags = RTNH_F_ONLINK;
  }
  std::memcpy(place, &header, sizeof header);
  put_key(batch, route.key);
  if (route.body.preferred_source) {
    batch.put(RTA_PREFSRC, route.body.preferred_source->octets());
  }
  if (hops.size() == 1) {
    batch.put_u32(RTA_OIF, hops.front().interface_index);
    if (hops.front().gateway) {
      put_gateway(batch, route.key.prefix.afi(), *hops.front().gateway);
    }
  } else if (!hops.empty()) {
    put_multipath(batch, route.key.prefix.afi(), hops);
  }
  return batch.end();
}

bool put_delete_route(MessageBatch& batch,
                      const RouteKey& key,
                      std::uint8_t protocol,
                      std::uint32_t sequence,
                      const Hop* leg) {
  void* place = batch.begin(RTM_DELROUTE, NLM_F_REQUEST, sequence, sizeof(rtmsg));
  if (place == nullptr) {
    return false;
  }
  rtmsg header = header_of(key, protocol);
  header.rtm_scope = RT_SCOPE_NOWHERE;  // of any scope
  std::memcpy(place, &header, sizeof header);
  put_key(batch, key);
  if (leg != nullptr) {
    batch.put_u32(RTA_OIF, leg->interface_index);
    if (leg->gateway) {
      put_gateway(batch, key.prefix.afi(), *leg->gateway);
    }
  }
  return batch.end();
}

bool put_route_dump(MessageBatch& batch, const RouteDump& dump, std::uint32_t sequence) {
  void* place = batch.begin(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, sequence, sizeof(rtmsg));
  if (place == nullptr) {
    return false;
  }
  rtmsg header{};
  header.rtm_family = address_family(dump.afi);
  std::memcpy(place, &header, sizeof header);
  if (dump.table != 0) {
    batch.put_u32(RTA_TABLE, dump.table);
  }
  if (dump.interface_index != 0) {
    batch.put_u32(RTA_OIF, dump.interface_index);
  }
  return batch.end();
}

}  // namespace pipit::kernel
