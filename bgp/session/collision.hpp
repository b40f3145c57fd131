// Connection collision detection (RFC 4271 §6.8, RFC 6286 §2.3) as a pure decision, the same on
// both sides. Asked by Peer when an OPEN arrives on one of two connections.
//
// The connection that the dominant speaker initiated is the preferred one. The RFC compares when an
// OPEN arrives while the other connection is in OpenConfirm. Two rules more keep both sides from
// closing one connection each, and a session from going down again right after it came up:
// - the dominant speaker decides early: the OPEN on the neighbor's connection loses against a
//   preferred connection that is already in OpenSent, and wins against one that is not yet up;
// - the other speaker, which cannot know how that went, leaves the OPEN on its own connection
//   unanswered as long as the preferred one is in OpenSent.
#pragma once

#include <cstdint>

#include "bgp/session/fsm.hpp"
#include "bgp/session/transport.hpp"

namespace pipit::bgp {

struct SpeakerIdentity {
  std::uint32_t id = 0;  // BGP Identifier, host byte order
  std::uint32_t asn = 0;

  friend bool operator==(const SpeakerIdentity&, const SpeakerIdentity&) = default;
};

/// True when `local` is dominant: higher BGP Identifier; of equal ones the higher AS number
/// (RFC 6286 §2.3).
bool is_dominant(const SpeakerIdentity& local, const SpeakerIdentity& peer);

enum class CollisionVerdict : std::uint8_t {
  NoCollision,  // answer the OPEN
  CloseOther,   // answer the OPEN and close the other connection or attempt
  CloseThis,    // close the connection that the OPEN came on
  Wait,         // do not answer yet: what happens to the other connection decides
};

/// A valid OPEN of `peer` arrived on connection `opened` (in OpenSent), and the machine of the
/// other one is in state `other_state`.
CollisionVerdict resolve_collision(const SpeakerIdentity& local,
                                   const SpeakerIdentity& peer,
                                   Way opened,
                                   State other_state);

}  // namespace pipit::bgp
