// Writes every message of the sessions that it observes into the log, at level trace: who, which
// way, what, and the octets. Owned by whoever subscribes it to peers while that level is on.
#pragma once

#include "bgp/session/peer_observer.hpp"

namespace pipit::bgp {

class MessageLog final : public PeerObserver {
 public:
  void on_message(const Peer& peer,
                  Direction direction,
                  MessageType type,
                  net::ByteView message) override;
};

}  // namespace pipit::bgp
