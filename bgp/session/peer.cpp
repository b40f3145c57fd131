// The commands of Peer, and how it carries out what its machines say.
#include "bgp/session/peer.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "bgp/session/peer_run.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

namespace {

template <typename... Args>
void note(net::LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  net::log(net::LogPart::Bgp, level, format, std::forward<Args>(args)...);
}

auto session_key(const SessionOptions& o) {
  return std::tie(o.address, o.port, o.local_address, o.local_asn, o.router_id, o.expected_asn,
                  o.multihop, o.ttl_security, o.password, o.families);
}

}  // namespace

bool needs_reset(const SessionOptions& before, const SessionOptions& after) {
  return session_key(before) != session_key(after);
}

Peer::Peer(const Surroundings& surroundings, SessionOptions options, std::uint64_t seed)
    : loop_(surroundings.loop),
      transport_(surroundings.transport),
      events_(surroundings.events),
      options_(std::move(options)),
      jitter_(seed),
      connections_{Connection(false, options_.timers, Jitter(seed + 1)),
                   Connection(true, options_.timers, Jitter(seed + 2))},
      resume_task_(std::make_unique<ResumeTask>(*this)) {}

Peer::~Peer() {
  loop_.cancel(*resume_task_);
}

void Peer::start() {
  run([this] {
    end_wait();
    wait_anew();
    settle(Event::ManualStart);
  });
}

void Peer::stop(Notification notification) {
  run([this, notification = std::move(notification)] {
    end_all(notification);
    held_by_ = HeldBy::Administrator;
    held_until_.reset();
    held_with_ = notification;
    wait_told_.reset();  // nobody is waited for, and no timer keeps a daemon that ends
  });
}

void Peer::reset(Notification notification) {
  run([this, notification = std::move(notification)] {
    end_all(notification);
    if (held_by_ != HeldBy::Administrator) {
      end_wait();
    }
  });
}

void Peer::hold_idle(Notification notification, std::optional<std::chrono::seconds> restart_after) {
  run([this, notification = std::move(notification), restart_after] {
    end_all(notification);
    if (held_by_ == HeldBy::Administrator) {
      return;
    }
    held_by_ = restart_after ? HeldBy::IdleHold : HeldBy::Never;
    held_until_ = restart_after ? net::Deadline(loop_.now() + *restart_after) : std::nullopt;
    held_with_ = notification;
  });
}

void Peer::set_options(SessionOptions options) {
  run([this, after = std::move(options)] {
    const SessionOptions before = std::exchange(options_, after);
    if (options_ != before) {
      wait_anew();
    }
    for (Connection& connection : connections_) {
      connection.fsm.set_timers(options_.timers);
    }
    if (options_.shutdown && options_.shutdown != before.shutdown) {
      stop(cease(CeaseSubcode::AdministrativeShutdown, *options_.shutdown));
    } else if (!options_.shutdown && before.shutdown) {
      start();
    } else if (needs_reset(before, options_)) {
      reset(cease(CeaseSubcode::OtherConfigurationChange));
    } else if (options_.passive && at(Way::Outgoing).fsm.state() < State::OpenSent) {
      feed(Way::Outgoing, {.event = Event::ManualStop}, {"passive", {}});
    }
    if (held_by_ == HeldBy::Damping && options_ != before) {
      end_wait();
    }
  });
}

Way Peer::furthest() const {
  const State outgoing = at(Way::Outgoing).fsm.state();
  const State incoming = at(Way::Incoming).fsm.state();
  // Active of the incoming side only means that it waits, which may be all that is done.
  if (incoming >= State::OpenSent || outgoing == State::Idle) {
    return incoming > outgoing ? Way::Incoming : Way::Outgoing;
  }
  return Way::Outgoing;
}

State Peer::state() const {
  return at(furthest()).fsm.state();
}

const Negotiated& Peer::negotiated() const {
  return at(established_.value_or(Way::Outgoing)).negotiated;
}

void Peer::run_pending() {
  // They run with busy_ set: what they are told to do in turn is queued behind them.
  while (!pending_.empty()) {
    const std::vector<std::function<void()>> commands = std::exchange(pending_, {});
    for (const std::function<void()>& command : commands) {
      command();
    }
  }
}

void Peer::settle(Event start) {
  for (const Way way : kWays) {
    if (may_start(way) && at(way).fsm.state() == State::Idle &&
        at(other(way)).fsm.state() < State::OpenConfirm) {
      feed(way, {.event = start}, {});
    }
  }
}

void Peer::arm() {
  net::Deadline next = held_until_;
  for (const Connection& connection : connections_) {
    next =
        net::earliest(next, net::earliest(connection.fsm.next_deadline(), connection.wait_until));
  }
  next = net::earliest(next, wait_told_);
  if (next != armed_) {
    armed_ = next;
    transport_.arm(next);
  }
}

void Peer::end_all(const Notification& notification) {
  for (const Way way : kWays) {
    feed(way, {.event = Event::ManualStop, .notification = notification}, {});
  }
}

void Peer::feed(Way way, const FsmInput& input, Cause cause) {
  const State before = at(way).fsm.state();
  fed_at_ = loop_.now();
  const Actions actions = at(way).fsm.handle(input, fed_at_);
  if (cause.reason.empty() && actions.contains(Action::SendNotification)) {
    cause.reason = "sent NOTIFICATION " + describe(actions.notification);
  }
  for (const Action action : actions) {
    switch (action) {
      case Action::StartConnect:
        record_.attempt_began(loop_.now(), transport_.dropped_segments());
        damping_.attempt_began(loop_.now());
        transport_.connect(options_);
        break;
      case Action::DropConnection:
        drop(way, actions);
        break;
      case Action::SendOpen:
        send_open(way);
        break;
      case Action::SendKeepalive:
        send_keepalive(way);
        break;
      case Action::SendNotification:
        break;  // the farewell of the DropConnection that follows
      case Action::SessionUp:
        session_up(way);
        break;
      case Action::SessionDown:
        session_down(actions, cause);
        break;
      case Action::Damp:
        damp(way, input.event, actions, cause);
        break;
    }
  }
  const State after = at(way).fsm.state();
  if (before != after) {
    record_.shows(state(), loop_.now());
    note(net::LogLevel::Debug, "{}: {} connection: {}, {} -> {}{}{}", name(),
         way == Way::Outgoing ? "outgoing" : "incoming", to_string(input.event), to_string(before),
         to_string(after), cause.reason.empty() ? "" : ": ", cause.reason);
  }
}

void Peer::drop(Way way, const Actions& actions) {
  Connection& connection = at(way);
  net::Bytes farewell;
  if (connection.is_open && actions.contains(Action::SendNotification)) {
    farewell = connection.queue.unfinished_message();
    const std::size_t rest = farewell.size();
    encode_notification(actions.notification, farewell);
    ++counters_.out.of(MessageType::Notification);
    counters_.out.octets += farewell.size() - rest;
    tell_sent(net::ByteView(farewell).subspan(rest));
    last_sent_ = {actions.notification, loop_.now()};
  }
  connection.clear();
  transport_.close(way, std::move(farewell));
}

void Peer::session_up(Way way) {
  const Connection& connection = at(way);
  established_ = way;
  established_at_ = loop_.now();
  congested_ = false;
  writing_paused_ = false;
  record_.session_began(loop_.now());
  ++counters_.established;
  // Whatever else is under way has lost; what waits for a connection stops waiting.
  if (at(other(way)).fsm.state() >= State::OpenSent) {
    ++counters_.collisions;
  }
  feed(other(way), {.event = Event::OpenCollisionDump}, {});
  const Negotiated& session = connection.negotiated;
  damping_.session_began(loop_.now(), session.families);
  if (held_by_ == HeldBy::Damping) {
    held_by_ = HeldBy::Nothing;
    held_until_.reset();
  }
  note(net::LogLevel::Info, "{}: Established with {} AS {} id {}, hold time {}s", name(),
       options_.address.to_string(), session.peer_asn,
       net::IpAddress::v4(session.peer_id).to_string(), session.hold_time.count());
  observers_.each([&](PeerObserver& observer) { observer.on_established(*this); });
  events_.on_established(*this);
}

void Peer::session_down(const Actions& actions, const Cause& cause) {
  const net::Duration uptime = loop_.now() - established_at_.value_or(loop_.now());
  SessionDown down;
  if (actions.contains(Action::SendNotification)) {
    down.sent = actions.notification;
  }
  down.received = cause.received;
  down.reason = cause.reason;
  congested_ = false;
  reading_paused_ = false;
  const bool unwanted = actions.contains(Action::Damp);
  note(unwanted ? net::LogLevel::Warning : net::LogLevel::Info, "{}: session down after {}s: {}",
       name(), std::chrono::duration_cast<std::chrono::seconds>(uptime).count(), down.reason);
  record_.session_ended(loop_.now(), down.reason);
  wait_anew();
  events_.on_session_down(*this, down);
  observers_.each([&](PeerObserver& observer) { observer.on_session_down(*this, down); });
  established_.reset();
  established_at_.reset();
}

PeerStatus Peer::status() const {
  const Connection& connection = at(furthest());
  PeerStatus status;
  status.state = connection.fsm.state();
  status.held_by = held_by_;
  status.held_until = held_until_;
  status.held_with = held_with_;
  status.held_because = held_by_ == HeldBy::Damping ? &held_because_ : nullptr;
  status.failures = damping_.failures();
  status.established_at = established_at_;
  status.connect_retry_counter = connection.fsm.connect_retry_counter();
  status.counters = &counters_;
  status.record = &record_;
  status.last_sent = &last_sent_;
  status.last_received = &last_received_;
  if (connection.is_open) {
    status.ends = &connection.ends;
    status.sent_open = &connection.sent;
    status.received_open = connection.received ? &*connection.received : nullptr;
  }
  if (status.state >= State::OpenConfirm) {
    status.negotiated = &connection.negotiated;
  }
  status.hold_deadline = connection.fsm.hold_deadline();
  status.keepalive_deadline = connection.fsm.keepalive_deadline();
  status.connect_retry_deadline = connection.fsm.connect_retry_deadline();
  status.queued_octets = connection.queue.octets();
  status.congested = congested_;
  status.reading_paused = reading_paused_;
  return status;
}

}  // namespace pipit::bgp
