// Sessions <-> RIB: makes every neighbor a source and a receiver of routes, and carries what its
// Peer tells into the RIB and the update groups. No sockets here: the daemon gives each neighbor an
// AsioTransport, the simulation a SimTransport.
//
//   Peer -> PeerEvents -> Speaker -> Rib::on_update ...      UpdateGroups -> Neighbor
//   (MemberOutput) -> Peer
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "bgp/session/message_log.hpp"
#include "bgp/session/peer_events.hpp"
#include "bgp/session/transport.hpp"
#include "config/config.hpp"
#include "config/effect.hpp"
#include "daemon/bridge/host_addresses.hpp"
#include "daemon/bridge/identifiers.hpp"
#include "daemon/bridge/neighbor.hpp"
#include "net/loop.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

class Speaker final : public bgp::PeerEvents {
 public:
  /// What a speaker works with; all of it outlives the speaker.
  struct Parts {
    net::Loop& loop;
    rib::Rib& rib;
    rib::UpdateGroups& groups;
    const HostAddresses& host;
  };

  explicit Speaker(const Parts& parts);
  ~Speaker() override;
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  /// Adds a neighbor, which does nothing until its peer is started. nullptr: too many neighbors.
  /// `seed`: of its timers' jitter.
  Neighbor* add(config::NeighborConfig options,
                NeighborPolicies policies,
                bgp::Transport& transport,
                std::uint64_t seed);

  /// Ends the session with Cease/Peer De-configured, takes its routes back and forgets it.
  void remove(Neighbor& neighbor);

  /// Takes over changed options and policies and does what `effects` says: nothing more is needed
  /// to make them true.
  void change(Neighbor& neighbor,
              config::NeighborConfig options,
              NeighborPolicies policies,
              config::Effects effects);

  /// Addresses or connected subnets of this host are others now, and with them the next hops of our
  /// own that Established neighbors are told.
  void host_changed();

  /// What a neighbor is dealt with by: its own as they are, or others that it might get.
  struct Terms {
    const config::NeighborConfig& config;
    const NeighborPolicies& policies;
    std::uint32_t cluster_id;  // of the router
    /// What another session would have agreed on; null: as the Established one has.
    const bgp::Negotiated* session = nullptr;
  };

  /// How the RIB sees the neighbor on these terms: as a source, and, Established, as a member of
  /// the update groups.
  rib::Source source_by(const Terms& terms, const Neighbor& neighbor) const;
  rib::MemberInfo member_by(const Terms& terms, const Neighbor& neighbor) const;

  /// Sends our routes again, asks for the neighbor's, or both. False: not Established, or the peer
  /// does not understand ROUTE-REFRESH.
  bool refresh_out(Neighbor& neighbor);
  bool refresh_in(Neighbor& neighbor);

  /// Writes every message of all sessions into the log, at level trace, or does so no more.
  void log_messages(bool wanted);

  /// In the order in which they were added.
  const std::vector<std::unique_ptr<Neighbor>>& neighbors() const { return neighbors_; }

  Neighbor* find(std::string_view name) const;
  /// nullptr for the built-in sources.
  Neighbor* of_source(rib::SourceId source) const;

  /// The End-of-RIB of every Established session has come, for every family of it; or the session
  /// has been up for so long that none will: without RFC 4724 a neighbor need not send it.
  bool converged(net::Duration patience) const;

  /// Of Established neighbors.
  const Identifiers& identifiers() const { return identifiers_; }

  // bgp::PeerEvents
  void on_established(bgp::Peer& peer) override;
  void on_update(bgp::Peer& peer, const bgp::UpdateMessage& update) override;
  void on_route_refresh(bgp::Peer& peer, const bgp::RouteRefresh& refresh) override;
  void on_session_down(bgp::Peer& peer, const bgp::SessionDown& down) override;
  void on_send_ready(bgp::Peer& peer) override;
  bool on_reads_again(bgp::Peer& peer) override;

 private:
  Neighbor& of(const bgp::Peer& peer) const;
  void register_source(Neighbor& neighbor);
  void renew_source(Neighbor& neighbor);
  void describe_source(const Neighbor& neighbor);
  /// What new max-prefixes mean to what is there.
  void change_limits(Neighbor& neighbor);
  Terms terms_of(const Neighbor& neighbor) const;
  rib::MemberInfo member_info(const Neighbor& neighbor) const;
  rib::MemberFamily member_family(const bgp::Negotiated& session,
                                  net::Afi afi,
                                  bool single_hop) const;
  /// Notes the neighbor's BGP identifier, and says when another router has it, too.
  void note_identifier(const Neighbor& neighbor);
  void on_prefix_limit(rib::SourceId source,
                       net::Family family,
                       std::uint32_t count,
                       rib::PrefixLimit limit);
  void resume_reading();

  net::Loop& loop_;
  rib::Rib& rib_;
  rib::UpdateGroups& groups_;
  const HostAddresses& host_;
  bgp::MessageLog message_log_;
  bool logs_messages_ = false;
  std::vector<std::unique_ptr<Neighbor>> neighbors_;
  Identifiers identifiers_;
  std::vector<Neighbor*> by_source_;
  boost::unordered_flat_map<const bgp::Peer*, Neighbor*> by_peer_;
};

}  // namespace pipit::daemon
