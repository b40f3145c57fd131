// Fsm: every state by every event, timers, jitter, back-off.
#include "bgp/session/fsm.hpp"

#include <algorithm>
#include <vector>

#include "tests/unit/catch.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using A = Action;
using S = State;

const net::TimePoint kStart = net::TimePoint() + seconds(1000);
constexpr State kStates[] = {S::Idle,     S::Connect,     S::Active,
                             S::OpenSent, S::OpenConfirm, S::Established};
const Notification kGiven{ErrorCode::UpdateMessage, 7, {1, 2, 3}};

FsmInput input(Event event, seconds hold = seconds(90), seconds keepalive = seconds(30)) {
  FsmInput made{event, {}, hold, keepalive};
  made.notification = kGiven;
  return made;
}

Fsm machine(State state,
            seconds hold = seconds(90),
            seconds keepalive = seconds(30),
            const SessionTimers& timers = {}) {
  Fsm fsm(false, timers, Jitter(7));
  if (state == S::Idle) {
    return fsm;
  }
  fsm.handle(input(Event::ManualStart), kStart);
  if (state == S::Active) {
    fsm.handle(input(Event::TcpConnectionFails), kStart);
  }
  if (state >= S::OpenSent) {
    fsm.handle(input(Event::TcpCrAcked), kStart);
  }
  if (state >= S::OpenConfirm) {
    fsm.handle(input(Event::BgpOpen, hold, keepalive), kStart);
  }
  if (state == S::Established) {
    fsm.handle(input(Event::KeepAliveMsg), kStart);
  }
  REQUIRE(fsm.state() == state);
  return fsm;
}

/// What a row of the table expects; `code` 0: no NOTIFICATION.
struct Row {
  Event event;
  State next;
  std::vector<Action> actions;
  int code = 0;
  int subcode = 0;
};

struct Table {
  State state;
  std::vector<Row> rows;
};

const std::vector<Action> kNone;
const std::vector<Action> kDrop{A::DropConnection};
const std::vector<Action> kFail{A::DropConnection, A::Damp};
const std::vector<Action> kTell{A::SendNotification, A::DropConnection};
const std::vector<Action> kTellFail{A::SendNotification, A::DropConnection, A::Damp};
const std::vector<Action> kDown{A::DropConnection, A::SessionDown, A::Damp};
const std::vector<Action> kTellDown{A::SendNotification, A::DropConnection, A::SessionDown,
                                    A::Damp};
const std::vector<Action> kStopDown{A::SendNotification, A::DropConnection, A::SessionDown};

Table idle() {
  std::vector<Row> rows{
      {Event::ManualStart, S::Connect, {A::StartConnect}},
      {Event::AutomaticStart, S::Connect, {A::StartConnect}},
      {Event::IdleHoldTimerExpires, S::Connect, {A::StartConnect}},
      {Event::TcpCrAcked, S::Idle, kDrop},
      {Event::TcpConnectionConfirmed, S::Idle, kDrop},
  };
  for (const Event ignored :
       {Event::ManualStop, Event::AutomaticStop, Event::ConnectRetryTimerExpires,
        Event::HoldTimerExpires, Event::KeepaliveTimerExpires, Event::TcpConnectionFails,
        Event::BgpOpen, Event::BgpHeaderErr, Event::BgpOpenMsgErr, Event::OpenCollisionDump,
        Event::NotifMsgVerErr, Event::NotifMsg, Event::KeepAliveMsg, Event::UpdateMsg,
        Event::UpdateMsgErr, Event::RouteRefreshMsg, Event::RouteRefreshMsgErr,
        Event::SendHoldTimerExpires}) {
    rows.push_back({ignored, S::Idle, kNone});
  }
  return {S::Idle, rows};
}

/// Connect and Active: no message can have come.
std::vector<Row> without_connection(State state) {
  std::vector<Row> rows{
      {Event::ManualStart, state, kNone},
      {Event::AutomaticStart, state, kNone},
      {Event::ManualStop, S::Idle, kDrop},
      {Event::TcpCrAcked, S::OpenSent, {A::SendOpen}},
      {Event::TcpConnectionConfirmed, S::OpenSent, {A::SendOpen}},
      {Event::OpenCollisionDump, S::Idle, kDrop},
  };
  for (const Event fatal :
       {Event::AutomaticStop, Event::HoldTimerExpires, Event::KeepaliveTimerExpires,
        Event::IdleHoldTimerExpires, Event::BgpOpen, Event::BgpHeaderErr, Event::BgpOpenMsgErr,
        Event::NotifMsgVerErr, Event::NotifMsg, Event::KeepAliveMsg, Event::UpdateMsg,
        Event::UpdateMsgErr, Event::RouteRefreshMsg, Event::RouteRefreshMsgErr,
        Event::SendHoldTimerExpires}) {
    rows.push_back({fatal, S::Idle, kFail});
  }
  return rows;
}

Table connect() {
  std::vector<Row> rows = without_connection(S::Connect);
  rows.push_back(
      {Event::ConnectRetryTimerExpires, S::Connect, {A::DropConnection, A::StartConnect}});
  rows.push_back({Event::TcpConnectionFails, S::Active, kDrop});
  return {S::Connect, rows};
}

Table active() {
  std::vector<Row> rows = without_connection(S::Active);
  rows.push_back({Event::ConnectRetryTimerExpires, S::Connect, {A::StartConnect}});
  rows.push_back({Event::TcpConnectionFails, S::Idle, kFail});
  return {S::Active, rows};
}

Table open_sent() {
  return {S::OpenSent,
          {
              {Event::ManualStart, S::OpenSent, kNone},
              {Event::AutomaticStart, S::OpenSent, kNone},
              {Event::TcpCrAcked, S::OpenSent, kNone},
              {Event::TcpConnectionConfirmed, S::OpenSent, kNone},
              {Event::ManualStop, S::Idle, kTell, 3, 7},
              {Event::AutomaticStop, S::Idle, kTellFail, 3, 7},
              {Event::BgpHeaderErr, S::Idle, kTellFail, 3, 7},
              {Event::BgpOpenMsgErr, S::Idle, kTellFail, 3, 7},
              {Event::HoldTimerExpires, S::Idle, kTellFail, 4, 0},
              {Event::TcpConnectionFails, S::Active, kDrop},
              {Event::BgpOpen, S::OpenConfirm, {A::SendKeepalive}},
              {Event::OpenCollisionDump, S::Idle, kTell, 6, 7},
              {Event::NotifMsgVerErr, S::Idle, kFail},
              {Event::NotifMsg, S::Idle, kFail},
              {Event::ConnectRetryTimerExpires, S::Idle, kTellFail, 5, 0},
              {Event::KeepaliveTimerExpires, S::Idle, kTellFail, 5, 0},
              {Event::IdleHoldTimerExpires, S::Idle, kTellFail, 5, 0},
              {Event::SendHoldTimerExpires, S::Idle, kTellFail, 5, 0},
              {Event::KeepAliveMsg, S::Idle, kTellFail, 5, 1},
              {Event::UpdateMsg, S::Idle, kTellFail, 5, 1},
              {Event::UpdateMsgErr, S::Idle, kTellFail, 5, 1},
              {Event::RouteRefreshMsg, S::Idle, kTellFail, 5, 1},
              {Event::RouteRefreshMsgErr, S::Idle, kTellFail, 5, 1},
          }};
}

Table open_confirm() {
  return {S::OpenConfirm,
          {
              {Event::ManualStart, S::OpenConfirm, kNone},
              {Event::AutomaticStart, S::OpenConfirm, kNone},
              {Event::TcpCrAcked, S::OpenConfirm, kNone},
              {Event::TcpConnectionConfirmed, S::OpenConfirm, kNone},
              {Event::ManualStop, S::Idle, kTell, 3, 7},
              {Event::AutomaticStop, S::Idle, kTellFail, 3, 7},
              {Event::BgpHeaderErr, S::Idle, kTellFail, 3, 7},
              {Event::BgpOpenMsgErr, S::Idle, kTellFail, 3, 7},
              {Event::HoldTimerExpires, S::Idle, kTellFail, 4, 0},
              {Event::KeepaliveTimerExpires, S::OpenConfirm, {A::SendKeepalive}},
              {Event::OpenCollisionDump, S::Idle, kTell, 6, 7},
              {Event::TcpConnectionFails, S::Idle, kFail},
              {Event::NotifMsgVerErr, S::Idle, kFail},
              {Event::NotifMsg, S::Idle, kFail},
              {Event::KeepAliveMsg, S::Established, {A::SessionUp}},
              {Event::ConnectRetryTimerExpires, S::Idle, kTellFail, 5, 0},
              {Event::IdleHoldTimerExpires, S::Idle, kTellFail, 5, 0},
              {Event::SendHoldTimerExpires, S::Idle, kTellFail, 5, 0},
              {Event::BgpOpen, S::Idle, kTellFail, 5, 2},
              {Event::UpdateMsg, S::Idle, kTellFail, 5, 2},
              {Event::UpdateMsgErr, S::Idle, kTellFail, 5, 2},
              {Event::RouteRefreshMsg, S::Idle, kTellFail, 5, 2},
              {Event::RouteRefreshMsgErr, S::Idle, kTellFail, 5, 2},
          }};
}

Table established() {
  return {S::Established,
          {
              {Event::ManualStart, S::Established, kNone},
              {Event::AutomaticStart, S::Established, kNone},
              {Event::TcpCrAcked, S::Established, kNone},
              {Event::TcpConnectionConfirmed, S::Established, kNone},
              {Event::OpenCollisionDump, S::Established, kNone},
              {Event::ManualStop, S::Idle, kStopDown, 3, 7},
              {Event::AutomaticStop, S::Idle, kTellDown, 3, 7},
              {Event::BgpHeaderErr, S::Idle, kTellDown, 3, 7},
              {Event::UpdateMsgErr, S::Idle, kTellDown, 3, 7},
              {Event::RouteRefreshMsgErr, S::Idle, kTellDown, 3, 7},
              {Event::HoldTimerExpires, S::Idle, kTellDown, 4, 0},
              {Event::SendHoldTimerExpires, S::Idle, kTellDown, 8, 0},
              {Event::KeepaliveTimerExpires, S::Established, {A::SendKeepalive}},
              {Event::TcpConnectionFails, S::Idle, kDown},
              {Event::NotifMsgVerErr, S::Idle, kDown},
              {Event::NotifMsg, S::Idle, kDown},
              {Event::KeepAliveMsg, S::Established, kNone},
              {Event::UpdateMsg, S::Established, kNone},
              {Event::RouteRefreshMsg, S::Established, kNone},
              {Event::ConnectRetryTimerExpires, S::Idle, kTellDown, 5, 0},
              {Event::IdleHoldTimerExpires, S::Idle, kTellDown, 5, 0},
              {Event::BgpOpen, S::Idle, kTellDown, 5, 3},
              {Event::BgpOpenMsgErr, S::Idle, kTellDown, 5, 3},
          }};
}

TEST_CASE("Fsm does in every state with every event what RFC 4271 section 8.2.2 says") {
  for (const Table& table :
       {idle(), connect(), active(), open_sent(), open_confirm(), established()}) {
    REQUIRE(table.rows.size() == kEventCount);
    for (const Row& row : table.rows) {
      INFO(to_string(table.state) << " on " << to_string(row.event));
      CHECK(std::ranges::count(table.rows, row.event, &Row::event) == 1);
      Fsm fsm = machine(table.state);
      const Actions actions = fsm.handle(input(row.event), kStart + seconds(1));
      CHECK(fsm.state() == row.next);
      CHECK(std::vector<Action>(actions.begin(), actions.end()) == row.actions);
      if (row.code != 0) {
        CHECK(static_cast<int>(actions.notification.code) == row.code);
        CHECK(static_cast<int>(actions.notification.subcode) == row.subcode);
      }
      if (row.code == 3) {
        CHECK(actions.notification == kGiven);
      }
      if (fsm.state() == S::Idle) {
        CHECK_FALSE(fsm.next_deadline());
      }
    }
  }
}

TEST_CASE("A passive Fsm waits for the neighbor and never initiates a connection") {
  Fsm fsm(true, {}, Jitter(1));
  CHECK(fsm.handle(input(Event::AutomaticStart), kStart).size() == 0);
  CHECK(fsm.state() == S::Active);
  CHECK_FALSE(fsm.next_deadline());
  fsm.handle(input(Event::TcpConnectionConfirmed), kStart);
  CHECK(fsm.state() == S::OpenSent);
  fsm.handle(input(Event::TcpConnectionFails), kStart);
  CHECK(fsm.state() == S::Active);
  CHECK_FALSE(fsm.next_deadline());
}

TEST_CASE("The ConnectRetryTimer runs in Connect and Active, jittered anew each time") {
  Fsm fsm = machine(S::Connect);
  std::vector<net::Duration> lengths;
  net::TimePoint now = kStart;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(fsm.connect_retry_deadline());
    lengths.push_back(*fsm.connect_retry_deadline() - now);
    now = *fsm.connect_retry_deadline();
    CHECK_FALSE(fsm.expired(now - milliseconds(1)));
    REQUIRE(fsm.expired(now) == Event::ConnectRetryTimerExpires);
    fsm.handle(input(Event::ConnectRetryTimerExpires), now);
  }
  const auto [least, most] = std::ranges::minmax(lengths);
  CHECK(least >= milliseconds(22'500));
  CHECK(least < seconds(24));
  CHECK(most <= seconds(30));
  CHECK(most > seconds(28));
}

TEST_CASE("OpenSent is held for four minutes") {
  const Fsm fsm = machine(S::OpenSent);
  CHECK(fsm.hold_deadline() == kStart + kOpenSentHoldTime);
  CHECK_FALSE(fsm.connect_retry_deadline());
  CHECK(fsm.expired(kStart + seconds(240)) == Event::HoldTimerExpires);
}

TEST_CASE("The negotiated hold time runs from the last KEEPALIVE or UPDATE") {
  Fsm fsm = machine(S::OpenConfirm, seconds(9), seconds(3));
  CHECK(fsm.hold_deadline() == kStart + seconds(9));
  fsm.handle(input(Event::KeepAliveMsg), kStart + seconds(2));
  CHECK(fsm.hold_deadline() == kStart + seconds(11));
  fsm.handle(input(Event::UpdateMsg), kStart + seconds(5));
  CHECK(fsm.hold_deadline() == kStart + seconds(14));
  fsm.handle(input(Event::KeepAliveMsg), kStart + seconds(6));
  CHECK(fsm.hold_deadline() == kStart + seconds(15));
  CHECK(fsm.expired(kStart + seconds(15)) == Event::HoldTimerExpires);
}

TEST_CASE("A hold time of zero means no hold, keepalive and send hold timers") {
  const Fsm fsm = machine(S::Established, seconds(0), seconds(0));
  CHECK_FALSE(fsm.next_deadline());
  CHECK_FALSE(fsm.expired(kStart + std::chrono::hours(1000)));
}

TEST_CASE("Keepalives leave in intervals between 0.75 and 1.0 of the keepalive time") {
  Fsm fsm = machine(S::Established);
  net::TimePoint now = kStart;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(fsm.keepalive_deadline());
    const net::Duration length = *fsm.keepalive_deadline() - now;
    CHECK(length >= milliseconds(22'500));
    CHECK(length <= seconds(30));
    now += length;
    fsm.handle(input(Event::KeepAliveMsg), now);  // the neighbor lives
    fsm.octets_sent(now);
    REQUIRE(fsm.expired(now) == Event::KeepaliveTimerExpires);
    CHECK(fsm.handle(input(Event::KeepaliveTimerExpires), now).contains(A::SendKeepalive));
  }
}

TEST_CASE("The send hold timer runs from the last progress of the socket (RFC 9687)") {
  SessionTimers timers;
  timers.send_hold = seconds(100);
  Fsm fsm = machine(S::Established, seconds(90), seconds(30), timers);
  CHECK(fsm.send_hold_deadline() == kStart + seconds(100));
  fsm.octets_sent(kStart + seconds(40));
  CHECK(fsm.send_hold_deadline() == kStart + seconds(140));
  fsm.handle(input(Event::KeepAliveMsg), kStart + seconds(139));
  CHECK(fsm.expired(kStart + seconds(140)) == Event::SendHoldTimerExpires);
  timers.send_hold = seconds(0);
  CHECK_FALSE(machine(S::Established, seconds(90), seconds(30), timers).send_hold_deadline());
}

TEST_CASE("The ConnectRetryCounter counts failures until somebody stops the machine") {
  Fsm fsm = machine(S::Established);
  fsm.handle(input(Event::NotifMsg), kStart);
  CHECK(fsm.connect_retry_counter() == 1);
  fsm.handle(input(Event::AutomaticStart), kStart);
  fsm.handle(input(Event::TcpConnectionFails), kStart);
  CHECK(fsm.connect_retry_counter() == 2);
  fsm.handle(input(Event::ManualStop), kStart);
  CHECK(fsm.connect_retry_counter() == 0);
}

TEST_CASE("Changed timers count from the next time that they are set") {
  Fsm fsm = machine(S::Connect);
  SessionTimers timers;
  timers.connect_retry = seconds(4);
  const net::Deadline before = fsm.connect_retry_deadline();
  fsm.set_timers(timers);
  CHECK(fsm.connect_retry_deadline() == before);
  fsm.handle(input(Event::ConnectRetryTimerExpires), kStart);
  CHECK(*fsm.connect_retry_deadline() <= kStart + seconds(4));
}

TEST_CASE("Jitter stays between 0.75 and 1.0 and repeats with its seed") {
  Jitter one(42);
  Jitter two(42);
  Jitter three(43);
  int different = 0;
  for (int i = 0; i < 1000; ++i) {
    const net::Duration length = one(seconds(100));
    CHECK(length >= seconds(75));
    CHECK(length <= seconds(100));
    CHECK(length == two(seconds(100)));
    different += length != three(seconds(100)) ? 1 : 0;
  }
  CHECK(different > 990);
  CHECK(one(net::Duration(0)) == net::Duration(0));
}

TEST_CASE("Every state and event has the name of the RFC") {
  for (const State state : kStates) {
    CHECK(to_string(state).size() > 3);
  }
  CHECK(to_string(Event::SendHoldTimerExpires) == "SendHoldTimer_Expires");
  CHECK(to_string(Event::ManualStart) == "ManualStart");
}

}  // namespace
}  // namespace pipit::bgp
