// How long a Peer waits with its own attempts to connect, and what ends the wait.
#include <algorithm>
#include <utility>

#include "bgp/session/peer.hpp"
#include "bgp/wire/update.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

namespace {

constexpr std::size_t kLongestEndOfRib = 29;  // header, two lengths, MP_UNREACH_NLRI of a family

/// The family of an End-of-RIB marker (RFC 4724 §2), whose octets are always the same.
std::optional<net::Family> end_of_rib_family(net::ByteView message) {
  for (const net::Family family : net::kFamilies) {
    net::Bytes marker;
    encode_end_of_rib(family, marker);
    if (std::ranges::equal(message, marker)) {
      return family;
    }
  }
  return std::nullopt;
}

}  // namespace

bool Peer::may_start(Way way) const {
  switch (held_by_) {
    case HeldBy::Nothing:
      return way == Way::Incoming || !options_.passive;
    case HeldBy::Damping:
      return way == Way::Incoming;
    case HeldBy::Administrator:
    case HeldBy::IdleHold:
    case HeldBy::Never:
      return false;
  }
  return false;
}

void Peer::end_wait() {
  held_by_ = HeldBy::Nothing;
  held_until_.reset();
  held_with_.reset();
  damping_.reset();
}

void Peer::damp(Way way, Event event, const Actions& actions, const Cause& cause) {
  const bool was_up = actions.contains(Action::SessionDown);
  if (!was_up) {
    note_error(way, cause);
    net::log(net::LogPart::Bgp, net::LogLevel::Warning, "{}: {} connection failed: {}", name(),
             way == Way::Outgoing ? "outgoing" : "incoming", cause.reason);
  }
  const net::TimePoint now = loop_.now();
  const Damping::Wait wait = damping_.ended({.established = was_up,
                                             .closed = event == Event::TcpConnectionFails,
                                             .received = cause.received},
                                            now, options_.timers, jitter_);
  counters_.failures += wait.failed ? 1 : 0;
  const bool free = held_by_ == HeldBy::Nothing || held_by_ == HeldBy::Damping;
  if (!free || options_.passive || wait.until <= now) {
    return;
  }
  held_by_ = HeldBy::Damping;
  held_until_ = std::max(held_until_.value_or(net::TimePoint::min()), wait.until);
  held_because_ = cause.reason;
  if (wait.failed) {
    net::log(net::LogPart::Bgp, net::LogLevel::Info,
             "{}: failure {} in a row, connects again in {:.1f}s; the neighbor may connect", name(),
             damping_.failures(), std::chrono::duration<double>(*held_until_ - now).count());
  }
}

/// End-of-RIB is a message of its own in what the update groups queue.
void Peer::note_end_of_rib(std::span<const net::Slice> messages) {
  for (const net::Slice& slice : messages) {
    if (slice.length <= kLongestEndOfRib) {
      if (const auto family = end_of_rib_family(slice.view())) {
        damping_.end_of_rib(Direction::Sent, *family);
      }
    }
  }
}

}  // namespace pipit::bgp
