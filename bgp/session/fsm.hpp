// The finite state machine of one BGP connection (RFC 4271 §8) as a pure value: events and times
// go in, actions come out. It owns no socket, no clock, no random source beyond its jitter. Peer
// owns one for the connection that it initiates and one for the connection that it accepts, feeds
// them, and carries out what they say.
//
// Choices that the RFC leaves or that we make: AllowAutomaticStart and DampPeerOscillations are on
// (Damping says for whom), DelayOpen and TrackTcpState are not built. A failed connection attempt
// leads from Connect to Active and not to Idle, since in Idle the neighbor's own attempt would be
// refused.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "bgp/session/jitter.hpp"
#include "bgp/session/options.hpp"
#include "bgp/wire/notification.hpp"
#include "net/loop.hpp"

namespace pipit::bgp {

/// In order of progress, Active aside (RFC 4271 §8.2.2). Values are those of the BGP MIB.
enum class State : std::uint8_t {
  Idle = 1,
  Connect = 2,
  Active = 3,
  OpenSent = 4,
  OpenConfirm = 5,
  Established = 6,
};

/// "Established"
std::string_view to_string(State state);

/// The events of RFC 4271 §8.1 by name, with their numbers. Whether a start is passive is an option
/// of the machine, so that events 4 to 7 are 1 and 3 here.
enum class Event : std::uint8_t {
  ManualStart,               // 1, 4
  ManualStop,                // 2
  AutomaticStart,            // 3, 5, 6, 7
  AutomaticStop,             // 8
  ConnectRetryTimerExpires,  // 9
  HoldTimerExpires,          // 10
  KeepaliveTimerExpires,     // 11
  IdleHoldTimerExpires,      // 13
  TcpCrAcked,                // 16: the connection we initiated is up
  TcpConnectionConfirmed,    // 17: a connection from the neighbor was accepted
  TcpConnectionFails,        // 18: also: closed by the neighbor
  BgpOpen,                   // 19
  BgpHeaderErr,              // 21
  BgpOpenMsgErr,             // 22
  OpenCollisionDump,         // 23
  NotifMsgVerErr,            // 24
  NotifMsg,                  // 25
  KeepAliveMsg,              // 26
  UpdateMsg,                 // 27
  UpdateMsgErr,              // 28
  RouteRefreshMsg,           // RFC 2918
  RouteRefreshMsgErr,        // RFC 7313 §5
  SendHoldTimerExpires,      // 29 (RFC 9687)
};
inline constexpr std::size_t kEventCount = 23;

std::string_view to_string(Event event);

/// An event with what belongs to it.
struct FsmInput {
  Event event;
  Notification notification;               // to be sent: 2, 8, 21, 22, 28, RouteRefreshMsgErr
  std::chrono::seconds hold_time{0};       // BgpOpen: negotiated
  std::chrono::seconds keepalive_time{0};  // BgpOpen: negotiated
};

enum class Action : std::uint8_t {
  StartConnect,
  DropConnection,  // also an attempt that is under way
  SendOpen,
  SendKeepalive,
  SendNotification,  // Actions::notification; DropConnection follows
  SessionUp,
  SessionDown,
  Damp,  // it ended without a command: ask peer oscillation damping when to start again
};

/// What one event leads to, in order.
class Actions {
 public:
  void add(Action action) { items_[size_++] = action; }

  const Action* begin() const { return items_.data(); }

  const Action* end() const { return items_.data() + size_; }

  std::size_t size() const { return size_; }

  bool contains(Action action) const;

  Notification notification;  // of SendNotification

 private:
  std::array<Action, 6> items_{};
  std::uint8_t size_ = 0;
};

/// RFC 4271 §8.2.2: "A HoldTimer value of 4 minutes is suggested" for OpenSent.
inline constexpr std::chrono::seconds kOpenSentHoldTime{240};

class Fsm {
 public:
  /// `passive`: never initiates a connection (PassiveTcpEstablishment).
  Fsm(bool passive, const SessionTimers& timers, Jitter jitter);

  Actions handle(const FsmInput& input, net::TimePoint now);

  State state() const { return state_; }

  /// How often this machine failed since the last manual start or stop (ConnectRetryCounter).
  std::uint32_t connect_retry_counter() const { return connect_retry_counter_; }

  /// Takes over new timer options: for each timer from the next time it is set. (The hold time is
  /// what the OPENs negotiated.)
  void set_timers(const SessionTimers& timers) { timers_ = timers; }

  /// The first moment at which expired() has something to say.
  net::Deadline next_deadline() const;
  /// The timer that has run out, to be handed to handle(); nullopt: none.
  std::optional<Event> expired(net::TimePoint now) const;

  /// Octets of the session left through the socket: it makes progress (RFC 9687).
  void octets_sent(net::TimePoint now);
  /// Lets the hold timer run on for `extra`: there is input that was not read yet.
  void extend_hold(net::TimePoint now, net::Duration extra);

  net::Deadline connect_retry_deadline() const { return connect_retry_; }

  net::Deadline hold_deadline() const { return hold_; }

  net::Deadline keepalive_deadline() const { return keepalive_; }

  net::Deadline send_hold_deadline() const { return send_hold_; }

 private:
  /// One handle() call.
  struct Turn {
    const FsmInput& input;
    net::TimePoint now;
    Actions actions;
  };

  void idle(Turn& turn);
  void connect(Turn& turn);
  void active(Turn& turn);
  void open_sent(Turn& turn);
  void open_confirm(Turn& turn);
  void established(Turn& turn);

  void to_open_sent(Turn& turn);
  void to_active(Turn& turn);
  void start_connect(Turn& turn);
  void restart_hold(Turn& turn);
  void send_keepalive(Turn& turn);
  void manual_stop(Turn& turn);
  void collision_dump(Turn& turn);
  void leave(Turn& turn);
  void fail(Turn& turn);
  void fail_with(Turn& turn, Notification notification);
  void unexpected(Turn& turn, std::uint8_t subcode);

  bool passive_;
  State state_ = State::Idle;
  SessionTimers timers_;
  Jitter jitter_;
  std::uint32_t connect_retry_counter_ = 0;
  std::chrono::seconds hold_time_{0};
  std::chrono::seconds keepalive_time_{0};
  net::Deadline connect_retry_;
  net::Deadline hold_;
  net::Deadline keepalive_;
  net::Deadline send_hold_;
};

}  // namespace pipit::bgp
