// Whoever wants to see what a session does and decides nothing: a log of messages, a capture, a
// monitoring station. Any number of them for a Peer (Peer::observe), beside the one PeerEvents that
// the routes go to.
#pragma once

#include <cstdint>

#include "bgp/session/damping.hpp"
#include "bgp/wire/message.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

class Peer;
struct SessionDown;

class PeerObserver {
 public:
  virtual ~PeerObserver() = default;

  virtual void on_established(const Peer& /*peer*/) {}

  virtual void on_session_down(const Peer& /*peer*/, const SessionDown& /*down*/) {}

  /// One message, header included, of either connection: received, before it is looked at, or
  /// queued to be sent. The octets are valid during the call. An UPDATE that was queued may be
  /// taken back (Peer::take_back) and then comes again as others.
  virtual void on_message(const Peer& /*peer*/,
                          Direction /*direction*/,
                          MessageType /*type*/,
                          net::ByteView /*message*/) {}
};

}  // namespace pipit::bgp
