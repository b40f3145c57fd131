#include "daemon/bridge/originator.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "net/bytes.hpp"

namespace pipit::daemon {
namespace {

/// About a millisecond of work.
constexpr std::size_t kRoutesPerSlice = 1024;

}  // namespace

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

std::vector<OriginateChange> changed_routes(const std::vector<rib::OriginateOptions>& before,
                                            const std::vector<rib::OriginateOptions>& after) {
  std::map<net::Prefix, const rib::OriginateOptions*> old;
  for (const rib::OriginateOptions& route : before) {
    old.emplace(route.prefix, &route);
  }
  std::vector<OriginateChange> changes;
  for (const rib::OriginateOptions& route : after) {
    const auto was = old.find(route.prefix);
    if (was == old.end() || *was->second != route) {
      changes.push_back({route.prefix, route});
    }
    if (was != old.end()) {
      old.erase(was);
    }
  }
  for (const auto& [prefix, route] : old) {
    changes.push_back({prefix, std::nullopt});
  }
  std::ranges::sort(changes, std::less<>{}, &OriginateChange::prefix);
  return changes;
}

void Originator::apply(std::vector<OriginateChange> changes) {
  if (!changes.empty()) {
    changes_.push_back(std::move(changes));
    loop_.schedule(*this);
  }
}

void Originator::finish() {
  while (run()) {
  }
  loop_.cancel(*this);
}

bool Originator::run() {
  for (std::size_t left = kRoutesPerSlice; left > 0 && !changes_.empty(); --left) {
    carry_out(changes_.front()[done_]);
    if (++done_ == changes_.front().size()) {
      changes_.pop_front();
      done_ = 0;
    }
  }
  return !changes_.empty();
}

void Originator::carry_out(const OriginateChange& change) {
  if (change.route) {
    rib_.announce_local(rib::kOriginateSource, change.prefix, attributes_of(*change.route).view());
  } else {
    rib_.withdraw_local(rib::kOriginateSource, change.prefix);
  }
}

}  // namespace pipit::daemon
