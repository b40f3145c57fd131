// What a Peer says about a session that does not come up or ended: to its record and to the log.
#include <utility>

#include <fmt/format.h>

#include "bgp/session/peer.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

namespace {

/// Before that nothing is said of an attempt that is under way: most are answered sooner.
constexpr std::chrono::seconds kSilence{3};

bool is_collision(const std::optional<Notification>& received) {
  return received && *received == cease(CeaseSubcode::ConnectionCollisionResolution);
}

}  // namespace

/// Tells a trouble when it is new, and seldom while it stays.
void Peer::note_trouble(ConnectTrouble trouble) {
  std::string text = trouble.text;
  const bool tell = record_.connect_failed(loop_.now(), std::move(trouble));
  net::log(net::LogPart::Bgp, tell ? net::LogLevel::Warning : net::LogLevel::Debug,
           "{}: does not connect: {}", name(), text);
}

void Peer::note_unanswered() {
  note_trouble(unanswered(
      record_.unanswered(loop_.now(), transport_.syns_sent(), transport_.dropped_segments()),
      options_));
}

/// A connection is wanted from now on, or with other options.
void Peer::wait_anew() {
  const net::TimePoint now = loop_.now();
  record_.waiting_began(now, transport_.dropped_segments());
  wait_told_ = options_.passive ? net::Deadline(now + options_.timers.connect_retry) : std::nullopt;
}

/// A passive peer has no attempt that could fail: it tells that nobody connects.
void Peer::tell_of_wait() {
  const net::TimePoint now = loop_.now();
  if (!wait_told_ || *wait_told_ > now) {
    return;
  }
  wait_told_ = now + PeerRecord::kTellAgain;
  if (options_.passive && state() == State::Active) {
    note_unanswered();
  }
}

/// A connection that ends while nothing came over it yet; in later states its end is one of the
/// session, which feed() tells of.
void Peer::note_closed(Way way, std::string_view reason) {
  if (at(way).fsm.state() == State::OpenSent && at(other(way)).fsm.state() < State::OpenSent) {
    note_trouble({.cause = ConnectCause::Closed,
                  .text = fmt::format("connected, but before its OPEN: {}", reason)});
  }
}

/// An exchange of OPENs failed. A connection that lost a collision, or beside a session, is no
/// error.
void Peer::note_error(Way way, const Cause& cause) {
  const bool lost = is_collision(cause.received) && at(other(way)).fsm.state() >= State::OpenSent;
  if (established_ || lost || cause.reason.empty()) {
    return;
  }
  record_.open_failed(loop_.now(), cause.reason);
}

/// A NOTIFICATION with what we had said, where that is what the neighbor did not like.
std::string Peer::words_for(const Notification& received) const {
  std::string text = describe(received);
  if (received.code != ErrorCode::OpenMessage) {
    return text;
  }
  switch (static_cast<OpenSubcode>(received.subcode)) {
    case OpenSubcode::BadPeerAs:
      return text + fmt::format("; here it is AS {}", options_.local_asn);
    case OpenSubcode::BadIdentifier:
      return text + fmt::format("; ours is {}", net::IpAddress::v4(options_.router_id).to_string());
    case OpenSubcode::UnacceptableHoldTime:
      return text + fmt::format("; ours is {}s", options_.timers.hold.count());
    case OpenSubcode::UnsupportedCapability: {
      std::string families;
      for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
        if (options_.families[i]) {
          families += (families.empty() ? "" : ", ") + net::to_string(net::kFamilies[i]);
        }
      }
      return text + "; here " + families;
    }
    case OpenSubcode::Unspecific:
    case OpenSubcode::UnsupportedVersion:
    case OpenSubcode::UnsupportedParameter:
      break;
  }
  return text;
}

std::optional<Dated<ConnectTrouble>> Peer::connect_trouble() const {
  const State now_in = state();
  if (now_in >= State::OpenSent || held_by_ == HeldBy::Administrator) {
    return std::nullopt;
  }
  const net::TimePoint now = loop_.now();
  const net::Duration waited = record_.waited(now);
  const bool connecting = at(Way::Outgoing).fsm.state() == State::Connect;
  const bool waiting = options_.passive && now_in == State::Active;
  if ((connecting || waiting) && waited >= kSilence) {
    return Dated<ConnectTrouble>{
        unanswered(record_.unanswered(now, transport_.syns_sent(), transport_.dropped_segments()),
                   options_),
        now - waited};
  }
  return record_.connect_trouble();
}

}  // namespace pipit::bgp
