#include "bgp/session/damping.hpp"

#include <algorithm>

namespace pipit::bgp {

namespace {

bool is_shutdown(const Notification& received) {
  const auto subcode = static_cast<CeaseSubcode>(received.subcode);
  return received.code == ErrorCode::Cease && (subcode == CeaseSubcode::AdministrativeShutdown ||
                                               subcode == CeaseSubcode::PeerDeconfigured);
}

}  // namespace

bool is_orderly(const Notification& received) {
  if (received.code != ErrorCode::Cease) {
    return false;
  }
  switch (static_cast<CeaseSubcode>(received.subcode)) {
    case CeaseSubcode::AdministrativeShutdown:
    case CeaseSubcode::PeerDeconfigured:
    case CeaseSubcode::AdministrativeReset:
    case CeaseSubcode::OtherConfigurationChange:
    case CeaseSubcode::ConnectionCollisionResolution:
    case CeaseSubcode::HardReset:
      return true;
    case CeaseSubcode::MaximumPrefixesReached:
    case CeaseSubcode::ConnectionRejected:
    case CeaseSubcode::OutOfResources:
    case CeaseSubcode::BfdDown:
      return false;
  }
  return false;
}

void Damping::session_began(net::TimePoint now,
                            const std::array<NegotiatedFamily, net::kFamilyCount>& families) {
  session_began_ = now;
  markers_ = {};
  for (std::size_t i = 0; i < families.size(); ++i) {
    active_[i] = families[i].active;
  }
}

void Damping::end_of_rib(Direction direction, net::Family family) {
  if (const auto index = net::family_index(family)) {
    markers_[static_cast<std::size_t>(direction)][*index] = true;
  }
}

bool Damping::synchronized() const {
  for (std::size_t i = 0; i < active_.size(); ++i) {
    if (active_[i] && !(markers_[0][i] && markers_[1][i])) {
      return false;
    }
  }
  return session_began_.has_value();
}

/// A peer that crashes of what we send it may well have sent End-of-RIB before: so what counts is
/// that the session outlived the wait that came before it.
bool Damping::was_stable(net::TimePoint now) const {
  const net::Duration needed = synchronized() ? current_ : std::max(kStable, current_);
  return now - *session_began_ >= needed;
}

Damping::Wait Damping::ended(const ConnectionEnd& end,
                             net::TimePoint now,
                             const SessionTimers& timers,
                             Jitter& jitter) {
  const bool orderly = end.received ? is_orderly(*end.received) : end.established && end.closed;
  const bool complete = !end.established || synchronized() || was_stable(now);
  if (end.established && was_stable(now)) {
    reset();
  }
  if (end.established) {
    session_began_.reset();
  }
  if (orderly && complete) {
    // A neighbor that answers an OPEN with its shutdown is as good as one that refuses to connect.
    const bool absent = !end.established && end.received && is_shutdown(*end.received);
    const net::Duration apart = jitter(absent ? timers.connect_retry : timers.idle_hold);
    return {.until = last_attempt_ ? *last_attempt_ + apart : now};
  }
  const auto limit = std::max(timers.idle_hold, timers.idle_hold_max);
  current_ = current_.count() == 0 ? timers.idle_hold : std::min(current_ * 2, limit);
  ++failures_;
  return {.until = now + jitter(current_), .failed = true};
}

void Damping::reset() {
  current_ = std::chrono::seconds{0};
  failures_ = 0;
}

}  // namespace pipit::bgp
