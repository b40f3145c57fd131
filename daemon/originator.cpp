#include "daemon/originator.hpp"

#include "bgp/wire/attributes.hpp"
#include "net/bytes.hpp"

namespace pipit::daemon {

void Originator::apply(const std::vector<rib::OriginateOptions>& routes) {
  std::map<net::Prefix, rib::OriginateOptions> wanted;
  for (const rib::OriginateOptions& route : routes) {
    wanted.emplace(route.prefix, route);
  }
  for (const auto& [prefix, route] : announced_) {
    if (!wanted.contains(prefix)) {
      rib_.withdraw_local(rib::kOriginateSource, prefix);
    }
  }
  for (const auto& [prefix, route] : wanted) {
    const auto before = announced_.find(prefix);
    if (before == announced_.end() || before->second != route) {
      announce(route);
    }
  }
  announced_ = std::move(wanted);
}

void Originator::announce(const rib::OriginateOptions& route) {
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
  rib_.announce_local(rib::kOriginateSource, route.prefix, attributes.view());
}

}  // namespace pipit::daemon
