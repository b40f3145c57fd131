// DampPeerOscillations (RFC 4271 §8.1.1): how long a peer waits with its own attempt to connect
// after a session or a connection failed. The time doubles with each failure in a row. What ends in
// an orderly way is no failure. Pure; owned by Peer, which says what happens and when.
//
// Unlike in the RFC only the attempts that we make wait: a neighbor that connects is let in.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "bgp/session/jitter.hpp"
#include "bgp/session/options.hpp"
#include "bgp/wire/negotiated.hpp"
#include "bgp/wire/notification.hpp"
#include "net/family.hpp"
#include "net/loop.hpp"

namespace pipit::bgp {

/// Which way an End-of-RIB marker (RFC 4724 §2) went.
enum class Direction : std::uint8_t { Sent = 0, Received = 1 };

/// How a connection ended that was not ended by a command.
struct ConnectionEnd {
  bool established = false;              // it was an Established session
  bool closed = false;                   // TCP was closed or reset, without a NOTIFICATION
  std::optional<Notification> received;  // of the neighbor
};

/// True for a received Cease that tells of a decision and not of an error: Administrative Shutdown,
/// Peer De-configured, Administrative Reset, Other Configuration Change, Connection Collision
/// Resolution, Hard Reset.
bool is_orderly(const Notification& received);

class Damping {
 public:
  /// A session that lasted so long was stable, even without End-of-RIB.
  static constexpr std::chrono::seconds kStable{30};

  /// An attempt to connect begins.
  void attempt_began(net::TimePoint now) { last_attempt_ = now; }

  /// A session reached Established with these families.
  void session_began(net::TimePoint now,
                     const std::array<NegotiatedFamily, net::kFamilyCount>& families);
  /// A marker of that session went by.
  void end_of_rib(Direction direction, net::Family family);
  /// End-of-RIB went both ways for all its families.
  bool synchronized() const;

  /// What the end of a connection costs.
  struct Wait {
    net::TimePoint until;  // no attempt before; may have passed
    bool failed = false;   // it counted as a failure
  };

  /// A session or a connection ended. A session that ended in an orderly way after End-of-RIB costs
  /// nothing, but that no two attempts begin within idle_hold; a failure costs idle_hold, twice
  /// that, ... idle_hold_max, counted anew after a session that was stable for longer than the last
  /// wait.
  Wait ended(const ConnectionEnd& end,
             net::TimePoint now,
             const SessionTimers& timers,
             Jitter& jitter);

  /// The next failure counts as the first.
  void reset();

  /// The unjittered wait of the last failure; 0 when there was none since the last reset.
  std::chrono::seconds current() const { return current_; }

  /// Failures in a row.
  std::uint32_t failures() const { return failures_; }

 private:
  bool was_stable(net::TimePoint now) const;

  std::chrono::seconds current_{0};
  std::uint32_t failures_ = 0;
  net::Deadline last_attempt_;
  net::Deadline session_began_;
  std::array<bool, net::kFamilyCount> active_{};
  std::array<std::array<bool, net::kFamilyCount>, 2> markers_{};  // by Direction
};

}  // namespace pipit::bgp
