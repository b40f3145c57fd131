#include "bgp/session/collision.hpp"

namespace pipit::bgp {

bool is_dominant(const SpeakerIdentity& local, const SpeakerIdentity& peer) {
  return local.id != peer.id ? local.id > peer.id : local.asn > peer.asn;
}

CollisionVerdict resolve_collision(const SpeakerIdentity& local,
                                   const SpeakerIdentity& peer,
                                   Way opened,
                                   State other_state) {
  const bool dominant = is_dominant(local, peer);
  const bool preferred = dominant == (opened == Way::Outgoing);
  switch (other_state) {
    case State::Idle:
      return CollisionVerdict::NoCollision;
    case State::Connect:
    case State::Active:
      // Ours is not up yet, and the neighbor's is: an attempt could only collide. (That we wait for
      // the neighbor's connection, too, harms none.)
      return opened == Way::Incoming ? CollisionVerdict::CloseOther : CollisionVerdict::NoCollision;
    case State::OpenSent:
      if (preferred) {
        return CollisionVerdict::CloseOther;
      }
      return dominant ? CollisionVerdict::CloseThis : CollisionVerdict::Wait;
    case State::OpenConfirm:
      return preferred ? CollisionVerdict::CloseOther : CollisionVerdict::CloseThis;
    case State::Established:
      return CollisionVerdict::CloseThis;
  }
  return CollisionVerdict::CloseThis;
}

}  // namespace pipit::bgp
