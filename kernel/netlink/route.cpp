#include "kernel/netlink/route.hpp"

#include <algorithm>

#include <boost/container_hash/hash.hpp>
#include <fmt/format.h>

namespace pipit::kernel {

std::size_t hash_value(const RouteBody& body) {
  std::size_t seed = 0;
  boost::hash_combine(seed, (static_cast<std::size_t>(body.type) << 16) |
                                (std::size_t{body.protocol} << 8) | body.scope);
  boost::hash_combine(seed, body.nexthop_id);
  if (body.preferred_source) {
    boost::hash_combine(seed, net::hash_value(*body.preferred_source));
  }
  for (const Hop& hop : body.hops) {
    const std::size_t flags = (hop.onlink ? 1U : 0U) | (hop.dead ? 2U : 0U) |
                              (hop.linkdown ? 4U : 0U) | (hop.gateway ? 8U : 0U);
    boost::hash_combine(seed, hop.interface_index);
    boost::hash_combine(seed, (std::size_t{hop.weight} << 8) | flags);
    if (hop.gateway) {
      boost::hash_combine(seed, net::hash_value(*hop.gateway));
    }
  }
  return seed;
}

bool same_apart_from_liveness(const RouteBody& a, const RouteBody& b) {
  const auto same_hop = [](const Hop& x, const Hop& y) {
    return x.gateway == y.gateway && x.interface_index == y.interface_index &&
           x.weight == y.weight && x.onlink == y.onlink;
  };
  return a.type == b.type && a.protocol == b.protocol && a.scope == b.scope &&
         a.nexthop_id == b.nexthop_id && a.preferred_source == b.preferred_source &&
         std::equal(a.hops.begin(), a.hops.end(), b.hops.begin(), b.hops.end(), same_hop);
}

bool joins_multipath(const RouteBody& body) {
  return body.type == RouteType::Unicast && !body.hops.empty() &&
         body.hops.front().gateway.has_value() && body.nexthop_id == 0;
}

namespace {

std::string hop_text(const Hop& hop) {
  std::string text;
  if (hop.gateway) {
    text += fmt::format(" via {}", hop.gateway->to_string());
  }
  text += fmt::format(" dev {}", hop.interface_index);
  if (hop.weight != 1) {
    text += fmt::format(" weight {}", hop.weight);
  }
  text += hop.onlink ? " onlink" : "";
  text += hop.dead ? " dead" : "";
  text += hop.linkdown ? " linkdown" : "";
  return text;
}

}  // namespace

std::string to_string(const Route& route) {
  std::string text;
  switch (route.body.type) {
    case RouteType::Unicast:
      break;
    case RouteType::Blackhole:
      text = "blackhole ";
      break;
    case RouteType::Unreachable:
      text = "unreachable ";
      break;
    case RouteType::Prohibit:
      text = "prohibit ";
      break;
    case RouteType::Throw:
      text = "throw ";
      break;
  }
  text += route.key.prefix.to_string();
  for (const Hop& hop : route.body.hops) {
    text += hop_text(hop);
  }
  text += fmt::format(" table {} metric {} protocol {}", route.key.table, route.key.metric,
                      route.body.protocol);
  if (route.body.preferred_source) {
    text += fmt::format(" src {}", route.body.preferred_source->to_string());
  }
  return text;
}

}  // namespace pipit::kernel
