// The six states of Fsm, a function each, every event named in every state.
#include <utility>

#include "bgp/session/fsm.hpp"

namespace pipit::bgp {

namespace {

// Subcodes of FSM Error (RFC 6608): an unexpected message in this state.
constexpr std::uint8_t kUnexpectedInOpenSent = 1;
constexpr std::uint8_t kUnexpectedInOpenConfirm = 2;
constexpr std::uint8_t kUnexpectedInEstablished = 3;

Notification hold_timer_expired() {
  return {ErrorCode::HoldTimerExpired, 0, {}};
}

}  // namespace

void Fsm::idle(Turn& turn) {
  switch (turn.input.event) {
    case Event::ManualStart:
      connect_retry_counter_ = 0;
      [[fallthrough]];
    case Event::AutomaticStart:
    case Event::IdleHoldTimerExpires:
      if (passive_) {
        state_ = State::Active;  // nothing to retry: the neighbor connects
      } else {
        start_connect(turn);
      }
      return;
    case Event::TcpCrAcked:
    case Event::TcpConnectionConfirmed:
      // RFC 4271 §8.2.2: "BGP FSM refuses all incoming BGP connections for this peer."
      turn.actions.add(Action::DropConnection);
      return;
    case Event::ManualStop:
    case Event::AutomaticStop:
    case Event::ConnectRetryTimerExpires:
    case Event::HoldTimerExpires:
    case Event::KeepaliveTimerExpires:
    case Event::TcpConnectionFails:
    case Event::BgpOpen:
    case Event::BgpHeaderErr:
    case Event::BgpOpenMsgErr:
    case Event::OpenCollisionDump:
    case Event::NotifMsgVerErr:
    case Event::NotifMsg:
    case Event::KeepAliveMsg:
    case Event::UpdateMsg:
    case Event::UpdateMsgErr:
    case Event::RouteRefreshMsg:
    case Event::RouteRefreshMsgErr:
    case Event::SendHoldTimerExpires:
      return;  // "does not cause a change in the state"
  }
}

void Fsm::connect(Turn& turn) {
  switch (turn.input.event) {
    case Event::ManualStart:
    case Event::AutomaticStart:
      return;
    case Event::ManualStop:
      manual_stop(turn);
      return;
    case Event::ConnectRetryTimerExpires:
      turn.actions.add(Action::DropConnection);
      start_connect(turn);
      return;
    case Event::TcpCrAcked:
    case Event::TcpConnectionConfirmed:
      to_open_sent(turn);
      return;
    case Event::TcpConnectionFails:
      turn.actions.add(Action::DropConnection);
      ++connect_retry_counter_;
      to_active(turn);
      return;
    case Event::OpenCollisionDump:  // the neighbor's connection has won before ours was up
      collision_dump(turn);
      return;
    case Event::AutomaticStop:
    case Event::HoldTimerExpires:
    case Event::KeepaliveTimerExpires:
    case Event::IdleHoldTimerExpires:
    case Event::BgpOpen:
    case Event::BgpHeaderErr:
    case Event::BgpOpenMsgErr:
    case Event::NotifMsgVerErr:
    case Event::NotifMsg:
    case Event::KeepAliveMsg:
    case Event::UpdateMsg:
    case Event::UpdateMsgErr:
    case Event::RouteRefreshMsg:
    case Event::RouteRefreshMsgErr:
    case Event::SendHoldTimerExpires:
      fail(turn);
      return;
  }
}

void Fsm::active(Turn& turn) {
  switch (turn.input.event) {
    case Event::ManualStart:
    case Event::AutomaticStart:
      return;
    case Event::ManualStop:
      manual_stop(turn);
      return;
    case Event::ConnectRetryTimerExpires:
      start_connect(turn);
      return;
    case Event::TcpCrAcked:
    case Event::TcpConnectionConfirmed:
      to_open_sent(turn);
      return;
    case Event::OpenCollisionDump:
      collision_dump(turn);
      return;
    case Event::AutomaticStop:
    case Event::HoldTimerExpires:
    case Event::KeepaliveTimerExpires:
    case Event::IdleHoldTimerExpires:
    case Event::TcpConnectionFails:
    case Event::BgpOpen:
    case Event::BgpHeaderErr:
    case Event::BgpOpenMsgErr:
    case Event::NotifMsgVerErr:
    case Event::NotifMsg:
    case Event::KeepAliveMsg:
    case Event::UpdateMsg:
    case Event::UpdateMsgErr:
    case Event::RouteRefreshMsg:
    case Event::RouteRefreshMsgErr:
    case Event::SendHoldTimerExpires:
      fail(turn);
      return;
  }
}

void Fsm::open_sent(Turn& turn) {
  switch (turn.input.event) {
    case Event::ManualStart:
    case Event::AutomaticStart:
    case Event::TcpCrAcked:
    case Event::TcpConnectionConfirmed:  // a second connection has a machine of its own
      return;
    case Event::ManualStop:
      manual_stop(turn);
      return;
    case Event::AutomaticStop:
    case Event::BgpHeaderErr:
    case Event::BgpOpenMsgErr:
      fail_with(turn, turn.input.notification);
      return;
    case Event::HoldTimerExpires:
      fail_with(turn, hold_timer_expired());
      return;
    case Event::TcpConnectionFails:
      turn.actions.add(Action::DropConnection);
      hold_.reset();
      to_active(turn);
      return;
    case Event::BgpOpen:
      hold_time_ = turn.input.hold_time;
      keepalive_time_ = turn.input.keepalive_time;
      state_ = State::OpenConfirm;
      send_keepalive(turn);
      restart_hold(turn);
      return;
    case Event::OpenCollisionDump:
      collision_dump(turn);
      return;
    case Event::NotifMsgVerErr:
    case Event::NotifMsg:  // a NOTIFICATION is never answered with one (RFC 4271 §6.4)
      fail(turn);
      return;
    case Event::ConnectRetryTimerExpires:
    case Event::KeepaliveTimerExpires:
    case Event::IdleHoldTimerExpires:
    case Event::KeepAliveMsg:
    case Event::UpdateMsg:
    case Event::UpdateMsgErr:
    case Event::RouteRefreshMsg:
    case Event::RouteRefreshMsgErr:
    case Event::SendHoldTimerExpires:
      unexpected(turn, kUnexpectedInOpenSent);
      return;
  }
}

void Fsm::open_confirm(Turn& turn) {
  switch (turn.input.event) {
    case Event::ManualStart:
    case Event::AutomaticStart:
    case Event::TcpCrAcked:
    case Event::TcpConnectionConfirmed:
      return;
    case Event::ManualStop:
      manual_stop(turn);
      return;
    case Event::AutomaticStop:
    case Event::BgpHeaderErr:
    case Event::BgpOpenMsgErr:
      fail_with(turn, turn.input.notification);
      return;
    case Event::HoldTimerExpires:
      fail_with(turn, hold_timer_expired());
      return;
    case Event::KeepaliveTimerExpires:
      send_keepalive(turn);
      return;
    case Event::OpenCollisionDump:
      collision_dump(turn);
      return;
    case Event::TcpConnectionFails:
    case Event::NotifMsgVerErr:
    case Event::NotifMsg:
      fail(turn);
      return;
    case Event::KeepAliveMsg:
      state_ = State::Established;
      restart_hold(turn);
      // RFC 9687 §3.2: without a hold timer there is no send hold timer.
      if (hold_time_.count() != 0 && timers_.send_hold.count() != 0) {
        send_hold_ = turn.now + timers_.send_hold;
      }
      turn.actions.add(Action::SessionUp);
      return;
    case Event::ConnectRetryTimerExpires:
    case Event::IdleHoldTimerExpires:
    case Event::BgpOpen:
    case Event::UpdateMsg:
    case Event::UpdateMsgErr:
    case Event::RouteRefreshMsg:
    case Event::RouteRefreshMsgErr:
    case Event::SendHoldTimerExpires:
      unexpected(turn, kUnexpectedInOpenConfirm);
      return;
  }
}

void Fsm::established(Turn& turn) {
  switch (turn.input.event) {
    case Event::ManualStart:
    case Event::AutomaticStart:
    case Event::TcpCrAcked:
    case Event::TcpConnectionConfirmed:
      return;
    case Event::ManualStop:
      manual_stop(turn);
      return;
    case Event::AutomaticStop:
    case Event::BgpHeaderErr:
    case Event::UpdateMsgErr:
    case Event::RouteRefreshMsgErr:
      fail_with(turn, turn.input.notification);
      return;
    case Event::HoldTimerExpires:
      fail_with(turn, hold_timer_expired());
      return;
    case Event::SendHoldTimerExpires:
      fail_with(turn, {ErrorCode::SendHoldTimerExpired, 0, {}});
      return;
    case Event::KeepaliveTimerExpires:
      send_keepalive(turn);
      return;
    case Event::TcpConnectionFails:
    case Event::NotifMsgVerErr:
    case Event::NotifMsg:
      fail(turn);
      return;
    case Event::KeepAliveMsg:
    case Event::UpdateMsg:
    case Event::RouteRefreshMsg:
      restart_hold(turn);
      return;
    case Event::OpenCollisionDump:  // CollisionDetectEstablishedState is off
      return;
    case Event::ConnectRetryTimerExpires:
    case Event::IdleHoldTimerExpires:
    case Event::BgpOpen:
    case Event::BgpOpenMsgErr:
      unexpected(turn, kUnexpectedInEstablished);
      return;
  }
}

}  // namespace pipit::bgp
