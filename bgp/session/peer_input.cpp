// What a Peer reads: messages, and flow control.
#include <algorithm>
#include <utility>

#include "bgp/session/peer.hpp"
#include "bgp/session/peer_run.hpp"
#include "bgp/wire/announced_routes.hpp"
#include "net/hex.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

namespace {

constexpr std::size_t kErrorsLogged = 4;  // of one UPDATE
constexpr std::size_t kRoutesLogged = 8;  // likewise

}  // namespace

void Peer::on_octets(Way way, net::ByteView octets) {
  run([this, way, octets] {
    Connection& connection = at(way);
    if (!connection.is_open) {
      return;
    }
    const std::uint32_t generation = connection.generation;
    const auto result = connection.frames.feed(
        octets, [this, way](const Frame& frame) { return on_frame(way, frame); });
    if (!result && connection.generation == generation) {
      feed(way, {.event = Event::BgpHeaderErr, .notification = result.error()}, {});
    }
  });
}

bool Peer::parks(Way way) const {
  return at(way).wait_until || (reading_paused_ && established_ == way);
}

void Peer::set_reading(Way way) {
  if (at(way).is_open) {
    transport_.set_reading(way, !parks(way) && at(way).parked.empty());
  }
}

bool Peer::on_frame(Way way, const Frame& frame) {
  Connection& connection = at(way);
  if (parks(way)) {
    connection.parked.insert(connection.parked.end(), frame.whole.begin(), frame.whole.end());
    return true;
  }
  const std::uint32_t generation = connection.generation;
  ++counters_.in.of(frame.type);
  counters_.in.octets += frame.whole.size();
  observers_.each([&](PeerObserver& observer) {
    observer.on_message(*this, Direction::Received, frame.type, frame.whole);
  });
  dispatch(way, frame);
  run_pending();
  return connection.generation == generation;
}

void Peer::dispatch(Way way, const Frame& frame) {
  switch (frame.type) {
    case MessageType::Open:
      on_open(way, frame.body);
      break;
    case MessageType::Update:
      on_update(way, frame.body);
      break;
    case MessageType::Notification:
      on_notification(way, frame.body);
      break;
    case MessageType::Keepalive:
      feed(way, {.event = Event::KeepAliveMsg}, {});
      break;
    case MessageType::RouteRefresh:
      on_route_refresh(way, frame.body);
      break;
  }
}

/// Reads what was parked. Should reading be paused meanwhile, the rest is parked again.
void Peer::replay(Way way) {
  const net::Bytes parked = std::exchange(at(way).parked, {});
  const std::uint32_t generation = at(way).generation;
  FrameBuffer frames;  // whole messages, checked when they came
  frames.set_max_message(kMaxExtendedMessage);
  const auto result =
      frames.feed(parked, [this, way](const Frame& frame) { return on_frame(way, frame); });
  if (result && at(way).generation == generation) {
    set_reading(way);
  }
}

void Peer::on_update(Way way, net::ByteView body) {
  if (established_ != way) {
    feed(way, {.event = Event::UpdateMsg}, {});
    return;
  }
  std::expected<void, Notification> result = decode_update(body, at(way).negotiated, update_);
  for (const UpdateError& error : update_.errors) {
    ++counters_.update_errors[static_cast<std::size_t>(error.action)];
  }
  if (!update_.errors.empty()) {
    record_.update_errors(update_.errors, announced_routes(body, at(way).negotiated), loop_.now());
    log_update_errors();
  }
  if (!result) {
    feed(way, {.event = Event::UpdateMsgErr, .notification = std::move(result.error())}, {});
    return;
  }
  feed(way, {.event = Event::UpdateMsg}, {});
  record_.update_received(fed_at_);
  if (update_.end_of_rib) {
    damping_.end_of_rib(Direction::Received, *update_.end_of_rib);
  }
  events_.on_update(*this, update_);
}

void Peer::log_update_errors() {
  if (!error_log_limit_.allows(loop_.now(), update_.errors.size())) {
    return;
  }
  const auto& logged = record_.update_error_log()->errors();
  const std::size_t count = std::min({update_.errors.size(), kErrorsLogged, logged.size()});
  for (std::size_t i = 0; i < count; ++i) {
    const LoggedUpdateError& one =
        logged[logged.size() - std::min(update_.errors.size(), logged.size()) + i];
    const std::string routes = routes_text(one, kRoutesLogged);
    net::log(net::LogPart::Bgp, net::LogLevel::Warning, "{}: UPDATE: {}, {}: {}{}{}", name(),
             one.error.reason, to_string(one.error.action), net::hex(update_.errors[i].octets),
             routes.empty() ? "" : "; prefixes ", routes);
  }
  if (const std::uint64_t more = error_log_limit_.take_held_back(); more != 0) {
    net::log(net::LogPart::Bgp, net::LogLevel::Warning, "{}: {} more UPDATE errors since", name(),
             more);
  }
}

void Peer::on_notification(Way way, net::ByteView body) {
  constexpr std::uint8_t kUnsupportedVersion = 1;
  Cause cause;
  cause.received = decode_notification(body);
  cause.reason = "received NOTIFICATION " + words_for(*cause.received);
  last_received_ = {*cause.received, loop_.now()};
  const bool version = cause.received->code == ErrorCode::OpenMessage &&
                       cause.received->subcode == kUnsupportedVersion;
  feed(way, {.event = version ? Event::NotifMsgVerErr : Event::NotifMsg}, std::move(cause));
}

void Peer::on_route_refresh(Way way, net::ByteView body) {
  if (established_ != way) {
    feed(way, {.event = Event::RouteRefreshMsg}, {});
    return;
  }
  auto refresh = decode_route_refresh(body, at(way).negotiated);
  if (!refresh) {
    feed(way, {.event = Event::RouteRefreshMsgErr, .notification = std::move(refresh.error())}, {});
    return;
  }
  feed(way, {.event = Event::RouteRefreshMsg}, {});
  if (*refresh) {
    events_.on_route_refresh(*this, **refresh);
  }
}

bool Peer::ResumeTask::run() {
  peer_.run([this] {
    if (peer_.established_ && !peer_.reading_paused_) {
      peer_.replay(*peer_.established_);
    }
  });
  return false;
}

void Peer::pause_reading() {
  if (established_ && !reading_paused_) {
    reading_paused_ = true;
    set_reading(*established_);
  }
}

void Peer::resume_reading() {
  if (established_ && reading_paused_) {
    reading_paused_ = false;
    loop_.schedule(*resume_task_);  // reads on from the loop, not from within this call
  }
}

}  // namespace pipit::bgp
