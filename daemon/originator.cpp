#include "daemon/originator.hpp"

#include "bgp/wire/attributes.hpp"
#include "net/bytes.hpp"

namespace pipit::daemon {

bgp::PathAttributes attributes_of(const rib::OriginateOptions& route) {
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(route.prefix.afi());
  attributes.med = route.med;
  attributes.local_preference = route.local_preference;
  net::ByteWriter standard(attributes.communities);
  for (const std::uint32_t community : route.communities.standard) {
    standard.u32(community);
  }
  net::ByteWriter extended(attributes.extended_communities);
  for (const std::uint64_t community : route.communities.extended) {
    extended.u64(community);
  }
  net::ByteWriter large(attributes.large_communities);
  for (const bgp::LargeCommunity& community : route.communities.large) {
    large.u32(community.global);
    large.u32(community.local1);
    large.u32(community.local2);
  }
  return attributes;
}

void Originator::apply(const std::vector<rib::OriginateOptions>& routes) {
  ++applied_;
  for (const rib::OriginateOptions& route : routes) {
    const auto [announced, fresh] = announced_.try_emplace(route.prefix);
    announced->second.wanted = applied_;
    if (fresh || announced->second.route != route) {
      announced->second.route = route;
      rib_.announce_local(rib::kOriginateSource, route.prefix, attributes_of(route).view());
    }
  }
  std::erase_if(announced_, [this](const auto& entry) {
    const bool gone = entry.second.wanted != applied_;
    if (gone) {
      rib_.withdraw_local(rib::kOriginateSource, entry.first);
    }
    return gone;
  });
}

}  // namespace pipit::daemon
