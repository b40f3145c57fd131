// What a Peer tells about itself: counters and the view for `show neighbor`. Written by Peer, read
// by control/ and by tests.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgp/session/fsm.hpp"
#include "bgp/session/options.hpp"
#include "bgp/session/peer_record.hpp"
#include "bgp/session/transport.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/notification.hpp"
#include "bgp/wire/open.hpp"
#include "bgp/wire/update.hpp"
#include "net/loop.hpp"

namespace pipit::bgp {

/// Messages of one direction since the peer was made.
struct MessageCounters {
  std::array<std::uint64_t, 5> by_type{};  // by MessageType - 1
  std::uint64_t octets = 0;

  std::uint64_t& of(MessageType type) { return by_type[static_cast<std::size_t>(type) - 1]; }

  std::uint64_t of(MessageType type) const { return by_type[static_cast<std::size_t>(type) - 1]; }

  std::uint64_t total() const;
};

struct PeerCounters {
  MessageCounters in;
  MessageCounters out;
  std::array<std::uint64_t, 4> update_errors{};  // by ErrorAction (RFC 7606 §6)
  std::uint64_t established = 0;                 // how often Established was reached
  std::uint64_t collisions = 0;                  // connections closed by collision detection
  std::uint64_t connections_refused = 0;         // of the neighbor, by state or shutdown
  std::uint64_t low_ttl = 0;                     // of these, for the TTL of their SYN
  std::uint64_t failures = 0;                    // ends that lengthened the wait (Damping)
};

/// Why a peer does not try to come up. While it is damped only its own attempts wait: a connection
/// of the neighbor is taken. Else connections are refused as well.
enum class HeldBy : std::uint8_t {
  Nothing,
  Administrator,  // stop(), until start()
  Damping,        // until held_until
  IdleHold,       // hold_idle(), until held_until
  Never,          // hold_idle() without a time, until start()
};

/// A snapshot; the pointers are valid until the Peer does anything.
struct PeerStatus {
  State state = State::Idle;
  HeldBy held_by = HeldBy::Nothing;
  net::Deadline held_until;                   // HeldBy::Damping and IdleHold
  std::optional<Notification> held_with;      // what stop() or hold_idle() was told, for its text
  const std::string* held_because = nullptr;  // HeldBy::Damping: what ended, in words
  std::uint32_t failures = 0;                 // in a row, as damping counts them
  net::Deadline established_at;
  std::uint32_t connect_retry_counter = 0;
  const PeerCounters* counters = nullptr;
  const PeerRecord* record = nullptr;
  const std::optional<Dated<Notification>>* last_sent = nullptr;
  const std::optional<Dated<Notification>>* last_received = nullptr;
  /// The connection that is furthest, from OpenSent on; else these are nullptr.
  const ConnectionEnds* ends = nullptr;
  const Open* sent_open = nullptr;
  const Open* received_open = nullptr;     // from its arrival on
  const Negotiated* negotiated = nullptr;  // from OpenConfirm on
  net::Deadline hold_deadline;
  net::Deadline keepalive_deadline;
  net::Deadline connect_retry_deadline;  // of the next attempt to connect
  std::size_t queued_octets = 0;
  bool congested = false;
  bool reading_paused = false;
};

}  // namespace pipit::bgp
