#include "tests/sim/reload/remote.hpp"

#include <utility>

#include "bgp/wire/update.hpp"

namespace pipit::sim {

Remote::Remote(VirtualLoop& loop, SimTransport& transport, bgp::SessionOptions options)
    : transport_(transport),
      peer_(std::make_unique<bgp::Peer>(
          bgp::Peer::Surroundings{.loop = loop, .transport = transport, .events = *this},
          std::move(options),
          1)) {
  transport_.attach(*peer_);
  peer_->start();
}

Remote::~Remote() {
  transport_.detach();
}

void Remote::set_options(const bgp::SessionOptions& options) {
  peer_->set_options(options);
  peer_->start();
}

bool Remote::carries(const net::Prefix& prefix) const {
  return peer_->established() &&
         peer_->negotiated()
             .families[*net::family_index(net::RouteKey::unicast(prefix).family)]
             .active;
}

void Remote::announce(const net::Prefix& prefix, bgp::PathAttributes attributes) {
  const auto at = announced_.insert_or_assign(prefix, std::move(attributes)).first;
  if (carries(prefix)) {
    send(prefix, at->second);
  }
}

void Remote::withdraw(const net::Prefix& prefix) {
  if (announced_.erase(prefix) != 0 && carries(prefix)) {
    net::Bytes octets;
    const bgp::Nlri nlri{.prefix = prefix};
    bgp::encode_withdrawals(net::RouteKey::unicast(prefix).family, std::span(&nlri, 1), {}, octets);
    const net::Slice slice = net::Slice::whole(std::move(octets));
    peer_->send(std::span(&slice, 1));
  }
}

void Remote::send(const net::Prefix& prefix, const bgp::PathAttributes& attributes) {
  net::Bytes octets;
  const bgp::Nlri nlri{.prefix = prefix};
  const bool internal = peer_->negotiated().internal();
  if (bgp::encode_announcements(attributes.view(), net::RouteKey::unicast(prefix).family,
                                std::span(&nlri, 1), {.internal = internal}, octets)) {
    const net::Slice slice = net::Slice::whole(std::move(octets));
    peer_->send(std::span(&slice, 1));
  }
}

void Remote::on_established(bgp::Peer& /*peer*/) {
  for (const auto& [prefix, attributes] : announced_) {
    if (peer_->negotiated()
            .families[*net::family_index(net::RouteKey::unicast(prefix).family)]
            .active) {
      send(prefix, attributes);
    }
  }
}

void Remote::on_update(bgp::Peer& /*peer*/, const bgp::UpdateMessage& update) {
  for (const bgp::Unreachable& part : update.unreachable) {
    for (const bgp::Nlri& nlri : part.nlri) {
      table_.erase(nlri.prefix);
    }
  }
  for (const bgp::Reachable& part : update.reachable) {
    bgp::PathAttributes attributes = update.attributes;
    attributes.next_hop = part.next_hop;
    attributes.link_local_next_hop = part.link_local_next_hop;
    for (const bgp::Nlri& nlri : part.nlri) {
      table_[nlri.prefix] = attributes;
    }
  }
}

void Remote::on_route_refresh(bgp::Peer& /*peer*/, const bgp::RouteRefresh& /*refresh*/) {}

void Remote::on_session_down(bgp::Peer& /*peer*/, const bgp::SessionDown& /*down*/) {
  table_.clear();
}

void Remote::on_send_ready(bgp::Peer& /*peer*/) {}

bool Remote::on_reads_again(bgp::Peer& /*peer*/) {
  return false;
}

}  // namespace pipit::sim
