// The seam between a session and what lies above it: what a Peer tells, in the order that it
// happens. Implemented by daemon/Speaker; the simulation uses the same one.
#pragma once

#include <optional>
#include <string>

#include "bgp/wire/negotiated.hpp"
#include "bgp/wire/notification.hpp"
#include "bgp/wire/route_refresh.hpp"
#include "bgp/wire/update.hpp"

namespace pipit::bgp {

class Peer;

/// Why an Established session ended.
struct SessionDown {
  std::optional<Notification> sent;
  std::optional<Notification> received;
  std::string reason;  // in words, for the log and last_error
};

class PeerEvents {
 public:
  virtual ~PeerEvents() = default;

  /// The session reached Established; peer.negotiated() is valid until on_session_down.
  virtual void on_established(Peer& peer) = 0;
  /// One decoded UPDATE; the message is reused after the call.
  virtual void on_update(Peer& peer, const UpdateMessage& update) = 0;
  virtual void on_route_refresh(Peer& peer, const RouteRefresh& refresh) = 0;
  /// Exactly once after each on_established.
  virtual void on_session_down(Peer& peer, const SessionDown& down) = 0;
  /// The write queue fell below its low-water mark after having been above the high-water mark.
  virtual void on_send_ready(Peer& peer) = 0;
  /// A neighbor that had not read for Peer::kStopped, with more queued than the high-water mark,
  /// reads again. True: nothing is written before resume_writing(), so that what is outdated can be
  /// taken back first.
  virtual bool on_reads_again(Peer& peer) = 0;
};

}  // namespace pipit::bgp
