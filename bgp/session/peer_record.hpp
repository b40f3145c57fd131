// What a Peer remembers of what happened to it: why its last session ended, why no connection comes
// about, its last changes of state, the last errors in UPDATEs. Written by Peer, read through
// PeerStatus. Pure: times are given.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bgp/session/connect_trouble.hpp"
#include "bgp/session/fsm.hpp"
#include "bgp/session/update_error_log.hpp"
#include "net/loop.hpp"

namespace pipit::bgp {

/// Something that happened, and when (of net::Loop::now).
template <typename What>
struct Dated {
  What what;
  net::TimePoint at;
};

/// A change of state that an operator wants to know of: a session came up or ended, or an attempt
/// failed. The same failure again and again is one entry.
struct StateChange {
  net::TimePoint first;
  net::TimePoint last;
  State from = State::Idle;
  State to = State::Idle;
  std::string reason;       // of the last time; empty: it went well
  std::uint32_t times = 1;  // in a row
};

class PeerRecord {
 public:
  static constexpr std::size_t kChanges = 16;
  static constexpr std::size_t kMaxReason = 400;  // octets that are kept
  /// The same trouble is told again after so long.
  static constexpr std::chrono::minutes kTellAgain{10};

  /// A connection is wanted from now on, or with other options: what hindered one before is
  /// forgotten, and what the kernel drops after this counts.
  void waiting_began(net::TimePoint now, const SegmentDrops& drops);
  void attempt_began(net::TimePoint now, const SegmentDrops& drops);

  /// An attempt failed. True: not the same as the last one, or long ago that it was told.
  bool connect_failed(net::TimePoint now, ConnectTrouble trouble);

  /// TCP is up: what hindered it does no longer.
  void connected() { connect_trouble_.reset(); }

  /// An exchange of OPENs failed.
  void open_failed(net::TimePoint now, std::string reason);
  void session_began(net::TimePoint now);
  void session_ended(net::TimePoint now, const std::string& reason);

  /// The state as it is shown is another now.
  void shows(State state, net::TimePoint now);

  void update_received(net::TimePoint now) { update_received_ = now; }

  void update_sent(net::TimePoint now) { update_sent_ = now; }

  /// Errors of one UPDATE, which was to announce `routes`.
  void update_errors(std::span<const UpdateError> errors,
                     std::span<const net::RouteKey> routes,
                     net::TimePoint now);

  /// What is known of an attempt that began, or of the wait, when nobody has answered by now.
  Unanswered unanswered(net::TimePoint now, unsigned syns, const SegmentDrops& drops) const;
  /// How long that has been.
  net::Duration waited(net::TimePoint now) const;

  const std::optional<Dated<ConnectTrouble>>& connect_trouble() const { return connect_trouble_; }

  /// What ended the last session, or the last exchange of OPENs if that was later.
  const std::optional<Dated<std::string>>& session_error() const { return session_error_; }

  /// True when that was an exchange of OPENs.
  bool open_has_failed() const { return open_has_failed_; }

  /// The newest last.
  const std::deque<StateChange>& changes() const { return changes_; }

  net::Deadline state_changed_at() const { return state_changed_at_; }

  net::Deadline last_update_received() const { return update_received_; }

  net::Deadline last_update_sent() const { return update_sent_; }

  /// nullptr: there were none.
  const UpdateErrorLog* update_error_log() const { return update_errors_.get(); }

 private:
  struct Baseline {
    net::TimePoint at;
    SegmentDrops drops;
  };

  void add_change(net::TimePoint now, State from, State to, std::string_view reason);

  Baseline older_;  // what drops are counted from: at least two minutes ago, once it waited so long
  Baseline newer_;
  net::Deadline attempt_began_;
  std::optional<Dated<ConnectTrouble>> connect_trouble_;
  net::Deadline told_at_;
  std::optional<Dated<std::string>> session_error_;
  bool open_has_failed_ = false;
  std::deque<StateChange> changes_;
  State shown_ = State::Idle;
  net::Deadline state_changed_at_;
  net::Deadline update_received_;
  net::Deadline update_sent_;
  std::unique_ptr<UpdateErrorLog> update_errors_;
};

}  // namespace pipit::bgp
