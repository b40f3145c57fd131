// A BGP neighbor: options, up to two connections, collision detection, counters. Pure: time comes
// from net::Loop, octets from a Transport, and what happens goes up through PeerEvents, to the
// daemon or to a simulation.
//
//   daemon commands ─> Peer ─> PeerEvents         Owner: the daemon, which also owns the Transport
//                      │  ▲                        and destroys both outside of PeerEvents calls.
//          Transport <─┘  └─ on_connected, on_octets ...
//
// One thread. A command given from within a PeerEvents call is carried out right after that call
// returns; any other is carried out, with all its PeerEvents calls, before it returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/session/collision.hpp"
#include "bgp/session/connection.hpp"
#include "bgp/session/damping.hpp"
#include "bgp/session/options.hpp"
#include "bgp/session/peer_events.hpp"
#include "bgp/session/peer_observer.hpp"
#include "bgp/session/peer_record.hpp"
#include "bgp/session/queued_route.hpp"
#include "bgp/session/status.hpp"
#include "bgp/session/transport.hpp"
#include "net/log_limit.hpp"
#include "net/loop.hpp"
#include "net/slice.hpp"
#include "net/subscribers.hpp"

namespace pipit::bgp {

/// True when the new options are part of the OPEN or of the transport in a way that an existing
/// session cannot take over: it must be reset. Timers, `passive`, `shutdown` and the name are not.
bool needs_reset(const SessionOptions& before, const SessionOptions& after);

class Peer {
 public:
  /// Above this many queued octets congested() is true, until fewer than kLowWater are left.
  static constexpr std::size_t kHighWater = std::size_t{1024} * 1024;
  static constexpr std::size_t kLowWater = std::size_t{256} * 1024;
  /// A neighbor that takes nothing for so long has stopped reading.
  static constexpr std::chrono::seconds kStopped{1};
  /// How long an OPEN waits for the decision between two connections.
  static constexpr std::chrono::seconds kCollisionWait{3};

  /// What a peer works with; all of it outlives the peer.
  struct Surroundings {
    net::Loop& loop;
    Transport& transport;
    PeerEvents& events;
  };

  /// Does nothing until start(). `seed`: of the jitter.
  Peer(const Surroundings& surroundings, SessionOptions options, std::uint64_t seed);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Commands.

  /// Comes up as soon as possible, whatever kept it down (ManualStart).
  void start();
  /// Administratively down: ends all connections with that Cease and stays in Idle until start().
  void stop(Notification notification);
  /// Ends all connections and starts again at once, with no failures to its name. Nothing for a
  /// stopped peer.
  void reset(Notification notification);
  /// Ends all connections and starts again after that time, or, without one, never before
  /// start() (RFC 4486 §4: maximum number of prefixes).
  void hold_idle(Notification notification, std::optional<std::chrono::seconds> restart_after);
  /// Takes over new options and does what they ask for: resets when needs_reset(), stops or
  /// starts when `shutdown` came or went, else changes in place. Any change ends damping: it may
  /// have mended what failed.
  void set_options(SessionOptions options);

  // The session.

  const SessionOptions& options() const { return options_; }

  const std::string& name() const { return options_.name; }

  /// Of the connection that is furthest.
  State state() const;
  /// Valid from on_established until on_session_down has returned.
  const Negotiated& negotiated() const;

  bool established() const { return established_.has_value(); }

  /// Queues whole messages; nothing when not Established. Written soon, many at once.
  void send(std::span<const net::Slice> messages);
  /// Queues a ROUTE-REFRESH message, with Begin or End one of RFC 7313. False, and nothing is
  /// sent, when not Established or the peer does not understand it.
  bool send_route_refresh(net::Family family, RefreshSubtype subtype = RefreshSubtype::Request);

  std::size_t queued_octets() const;

  /// Octets held, but for the buffers of the write queue, which others share.
  std::size_t memory() const;
  /// What the write queue keeps alive.
  std::vector<const net::Bytes*> queued_buffers() const;

  /// What the write queue says of a prefix. Looks at all of it.
  QueuedRoute queued(const net::RouteKey& key) const;

  /// The write queue went above kHighWater and not yet below kLowWater: on_send_ready will come.
  bool congested() const { return congested_; }

  /// Takes the newest queued UPDATEs that name routes back, as long as there are any behind what
  /// must be written (WriteQueue::take_back); they count as not sent.
  std::optional<net::Slice> take_back();
  /// Goes on writing after on_reads_again().
  void resume_writing();

  /// Flow control: no on_update, on_route_refresh until resume_reading().
  void pause_reading();
  void resume_reading();

  PeerStatus status() const;

  /// Why no TCP connection comes about: of an attempt or a wait that takes long already what is
  /// known now, else how the last attempt failed. nullopt: there is one, or none is wanted.
  std::optional<Dated<ConnectTrouble>> connect_trouble() const;

  /// Tells an observer of all messages and sessions until the subscription ends, which may outlive
  /// the peer.
  [[nodiscard]] net::Subscription observe(PeerObserver& observer) {
    return observers_.add(observer);
  }

  const PeerRecord& record() const { return record_; }

  const PeerCounters& counters() const { return counters_; }

  // From the transport.

  /// A connection of the neighbor is there. Accepts, which makes room for it, or says what to
  /// close it with; after acceptance on_accepted must follow at once. Damping refuses nothing.
  std::expected<void, Notification> admit_incoming();
  void on_accepted(const ConnectionEnds& ends);
  /// A connection of the neighbor was refused for the TTL of its SYN (RFC 5082); nullopt: the SYN
  /// was not there to be checked.
  void on_low_ttl(std::optional<std::uint8_t> ttl, std::uint8_t least);
  void on_connected(const ConnectionEnds& ends);
  void on_connect_failed(ConnectTrouble trouble);

  void on_connect_failed(std::string_view reason) {
    on_connect_failed(ConnectTrouble{.text = std::string(reason)});
  }

  void on_octets(Way way, net::ByteView octets);
  /// The neighbor closed the connection, or it broke.
  void on_closed(Way way, std::string_view reason);
  void on_writable(Way way);
  void on_deadline();

 private:
  class ResumeTask;

  /// Why an event is fed, for the log and SessionDown.
  struct Cause {
    std::string reason;
    std::optional<Notification> received;
  };

  template <typename Work>
  void run(Work&& work);
  void run_pending();
  void settle(Event start);  // starts what should be under way
  void arm();

  Connection& at(Way way) { return connections_[static_cast<std::size_t>(way)]; }

  const Connection& at(Way way) const { return connections_[static_cast<std::size_t>(way)]; }

  Way furthest() const;

  void feed(Way way, const FsmInput& input, Cause cause);
  void send_open(Way way);
  void send_keepalive(Way way);
  void drop(Way way, const Actions& actions);
  void session_up(Way way);
  void session_down(const Actions& actions, const Cause& cause);
  void damp(Way way, Event event, const Actions& actions, const Cause& cause);
  void end_wait();
  bool may_start(Way way) const;
  void note_end_of_rib(std::span<const net::Slice> messages);
  void tell_sent(net::ByteView messages);
  void end_all(const Notification& notification);

  // peer_trouble.cpp
  void wait_anew();
  void tell_of_wait();
  void note_trouble(ConnectTrouble trouble);
  void note_unanswered();
  void note_closed(Way way, std::string_view reason);
  void note_error(Way way, const Cause& cause);
  std::string words_for(const Notification& received) const;

  bool on_frame(Way way, const Frame& frame);
  void dispatch(Way way, const Frame& frame);
  bool parks(Way way) const;
  void replay(Way way);
  void set_reading(Way way);
  void on_open(Way way, net::ByteView body);
  void decide_collision(Way way);
  void answer_open(Way way);
  void on_update(Way way, net::ByteView body);
  void on_notification(Way way, net::ByteView body);
  void on_route_refresh(Way way, net::ByteView body);
  void log_update_errors();
  void expire(Way way);
  void decide_waiting();

  void push(Way way, net::Slice slice);
  void wrote(Way way, std::size_t octets);
  bool waits_for_owner(Way way);

  bool paused(Way way) const { return writing_paused_ && established_ == way; }

  void enqueue(Way way, MessageType type, net::Bytes message);
  void request_write(Way way);

  net::Loop& loop_;
  Transport& transport_;
  PeerEvents& events_;
  SessionOptions options_;
  Jitter jitter_;
  Damping damping_;
  std::array<Connection, 2> connections_;
  std::optional<Way> established_;
  net::Deadline established_at_;
  HeldBy held_by_ = HeldBy::Administrator;  // until start()
  net::Deadline held_until_;
  std::optional<Notification> held_with_;
  std::string held_because_;
  bool busy_ = false;
  bool congested_ = false;
  bool reading_paused_ = false;
  bool writing_paused_ = false;  // of the established connection, since on_reads_again()
  std::vector<std::function<void()>> pending_;
  std::unique_ptr<ResumeTask> resume_task_;
  UpdateMessage update_;
  net::Deadline armed_;
  PeerCounters counters_;
  PeerRecord record_;
  net::TimePoint fed_at_;    // the last event
  net::Deadline wait_told_;  // when a passive peer tells that nobody comes
  std::optional<Dated<Notification>> last_sent_;
  std::optional<Dated<Notification>> last_received_;
  net::LogLimit error_log_limit_{std::chrono::seconds(5)};
  net::Subscribers<PeerObserver> observers_;
};

}  // namespace pipit::bgp
