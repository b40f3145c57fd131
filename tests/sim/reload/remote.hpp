// The other side of a neighbor of the router that is tested: a real session that announces what it
// is told to, again whenever it comes up, and keeps the table that it is sent.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "bgp/session/peer.hpp"
#include "bgp/session/peer_events.hpp"
#include "bgp/wire/attributes.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/virtual_loop.hpp"

namespace pipit::sim {

class Remote final : public bgp::PeerEvents {
 public:
  Remote(VirtualLoop& loop, SimTransport& transport, bgp::SessionOptions options);
  ~Remote() override;

  /// Takes over what it is, and starts again when that is something else.
  void set_options(const bgp::SessionOptions& options);

  void announce(const net::Prefix& prefix, bgp::PathAttributes attributes);
  void withdraw(const net::Prefix& prefix);

  const bgp::Peer& peer() const { return *peer_; }

  using Table = std::map<net::Prefix, bgp::PathAttributes>;

  /// What it is sent; empty while there is no session.
  const Table& table() const { return table_; }

  const Table& announced() const { return announced_; }

  // bgp::PeerEvents
  void on_established(bgp::Peer& peer) override;
  void on_update(bgp::Peer& peer, const bgp::UpdateMessage& update) override;
  void on_route_refresh(bgp::Peer& peer, const bgp::RouteRefresh& refresh) override;
  void on_session_down(bgp::Peer& peer, const bgp::SessionDown& down) override;
  void on_send_ready(bgp::Peer& peer) override;
  bool on_reads_again(bgp::Peer& peer) override;

 private:
  void send(const net::Prefix& prefix, const bgp::PathAttributes& attributes);
  bool carries(const net::Prefix& prefix) const;

  SimTransport& transport_;
  std::unique_ptr<bgp::Peer> peer_;
  Table announced_;
  Table table_;
};

}  // namespace pipit::sim
