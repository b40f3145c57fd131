#include "bgp/session/fsm.hpp"

#include <algorithm>
#include <utility>

namespace pipit::bgp {

namespace {

/// RFC 6608 is about messages; an event that is none has no subcode.
bool is_message(Event event) {
  switch (event) {
    case Event::BgpOpen:
    case Event::BgpOpenMsgErr:
    case Event::NotifMsgVerErr:
    case Event::NotifMsg:
    case Event::KeepAliveMsg:
    case Event::UpdateMsg:
    case Event::UpdateMsgErr:
    case Event::RouteRefreshMsg:
    case Event::RouteRefreshMsgErr:
      return true;
    case Event::ManualStart:
    case Event::ManualStop:
    case Event::AutomaticStart:
    case Event::AutomaticStop:
    case Event::ConnectRetryTimerExpires:
    case Event::HoldTimerExpires:
    case Event::KeepaliveTimerExpires:
    case Event::IdleHoldTimerExpires:
    case Event::TcpCrAcked:
    case Event::TcpConnectionConfirmed:
    case Event::TcpConnectionFails:
    case Event::BgpHeaderErr:
    case Event::OpenCollisionDump:
    case Event::SendHoldTimerExpires:
      return false;
  }
  return false;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::Idle:
      return "Idle";
    case State::Connect:
      return "Connect";
    case State::Active:
      return "Active";
    case State::OpenSent:
      return "OpenSent";
    case State::OpenConfirm:
      return "OpenConfirm";
    case State::Established:
      return "Established";
  }
  return "?";
}

std::string_view to_string(Event event) {
  static constexpr std::array<std::string_view, kEventCount> kNames{
      "ManualStart",
      "ManualStop",
      "AutomaticStart",
      "AutomaticStop",
      "ConnectRetryTimer_Expires",
      "HoldTimer_Expires",
      "KeepaliveTimer_Expires",
      "IdleHoldTimer_Expires",
      "Tcp_CR_Acked",
      "TcpConnectionConfirmed",
      "TcpConnectionFails",
      "BGPOpen",
      "BGPHeaderErr",
      "BGPOpenMsgErr",
      "OpenCollisionDump",
      "NotifMsgVerErr",
      "NotifMsg",
      "KeepAliveMsg",
      "UpdateMsg",
      "UpdateMsgErr",
      "RouteRefreshMsg",
      "RouteRefreshMsgErr",
      "SendHoldTimer_Expires",
  };
  return kNames[static_cast<std::size_t>(event)];
}

bool Actions::contains(Action action) const {
  return std::find(begin(), end(), action) != end();
}

Fsm::Fsm(bool passive, const SessionTimers& timers, Jitter jitter)
    : passive_(passive), timers_(timers), jitter_(jitter) {}

Actions Fsm::handle(const FsmInput& input, net::TimePoint now) {
  Turn turn{input, now, {}};
  switch (state_) {
    case State::Idle:
      idle(turn);
      break;
    case State::Connect:
      connect(turn);
      break;
    case State::Active:
      active(turn);
      break;
    case State::OpenSent:
      open_sent(turn);
      break;
    case State::OpenConfirm:
      open_confirm(turn);
      break;
    case State::Established:
      established(turn);
      break;
  }
  return std::move(turn.actions);
}

net::Deadline Fsm::next_deadline() const {
  return net::earliest(net::earliest(connect_retry_, hold_), net::earliest(keepalive_, send_hold_));
}

std::optional<Event> Fsm::expired(net::TimePoint now) const {
  if (hold_ && *hold_ <= now) {
    return Event::HoldTimerExpires;
  }
  if (send_hold_ && *send_hold_ <= now) {
    return Event::SendHoldTimerExpires;
  }
  if (keepalive_ && *keepalive_ <= now) {
    return Event::KeepaliveTimerExpires;
  }
  if (connect_retry_ && *connect_retry_ <= now) {
    return Event::ConnectRetryTimerExpires;
  }
  return std::nullopt;
}

void Fsm::octets_sent(net::TimePoint now) {
  if (send_hold_) {
    send_hold_ = now + timers_.send_hold;
  }
}

void Fsm::extend_hold(net::TimePoint now, net::Duration extra) {
  if (hold_) {
    hold_ = std::max(*hold_, now + extra);
  }
}

void Fsm::start_connect(Turn& turn) {
  state_ = State::Connect;
  connect_retry_ = turn.now + jitter_(timers_.connect_retry);
  turn.actions.add(Action::StartConnect);
}

void Fsm::to_active(Turn& turn) {
  state_ = State::Active;
  if (!passive_) {
    connect_retry_ = turn.now + jitter_(timers_.connect_retry);
  }
}

void Fsm::to_open_sent(Turn& turn) {
  state_ = State::OpenSent;
  connect_retry_.reset();
  hold_ = turn.now + kOpenSentHoldTime;
  turn.actions.add(Action::SendOpen);
}

void Fsm::restart_hold(Turn& turn) {
  hold_ = hold_time_.count() == 0 ? net::Deadline{} : turn.now + hold_time_;
}

void Fsm::send_keepalive(Turn& turn) {
  keepalive_ = keepalive_time_.count() == 0 ? net::Deadline{} : turn.now + jitter_(keepalive_time_);
  turn.actions.add(Action::SendKeepalive);
}

void Fsm::collision_dump(Turn& turn) {
  if (state_ >= State::OpenSent) {
    turn.actions.notification = cease(CeaseSubcode::ConnectionCollisionResolution);
    turn.actions.add(Action::SendNotification);
  }
  leave(turn);  // not damped: the other connection goes on
}

void Fsm::leave(Turn& turn) {
  const bool was_established = state_ == State::Established;
  state_ = State::Idle;
  ++connect_retry_counter_;
  connect_retry_.reset();
  hold_.reset();
  keepalive_.reset();
  send_hold_.reset();
  turn.actions.add(Action::DropConnection);
  if (was_established) {
    turn.actions.add(Action::SessionDown);
  }
}

void Fsm::manual_stop(Turn& turn) {
  if (state_ >= State::OpenSent) {
    turn.actions.notification = turn.input.notification;
    turn.actions.add(Action::SendNotification);
  }
  leave(turn);
  connect_retry_counter_ = 0;
}

void Fsm::fail(Turn& turn) {
  leave(turn);
  turn.actions.add(Action::Damp);
}

void Fsm::fail_with(Turn& turn, Notification notification) {
  turn.actions.notification = std::move(notification);
  turn.actions.add(Action::SendNotification);
  fail(turn);
}

void Fsm::unexpected(Turn& turn, std::uint8_t subcode) {
  const std::uint8_t told = is_message(turn.input.event) ? subcode : std::uint8_t{0};
  fail_with(turn, {ErrorCode::FiniteStateMachine, told, {}});
}

}  // namespace pipit::bgp
