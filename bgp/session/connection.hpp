// One of the two connections of a Peer: its machine, what it still has to read and to write, and
// the OPENs that it exchanged. Plain state; Peer does everything with it.
#pragma once

#include <cstdint>
#include <optional>

#include "bgp/session/fsm.hpp"
#include "bgp/session/transport.hpp"
#include "bgp/session/write_queue.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/negotiated.hpp"
#include "bgp/wire/open.hpp"

namespace pipit::bgp {

struct Connection {
  Connection(bool passive, const SessionTimers& timers, Jitter jitter)
      : fsm(passive, timers, jitter) {}

  /// A TCP connection came up.
  void opened(const ConnectionEnds& both_ends) {
    clear();
    is_open = true;
    ends = both_ends;
  }

  /// It is gone, with all that was of it.
  void clear() {
    ++generation;
    is_open = false;
    write_requested = false;
    took_at.reset();
    frames = FrameBuffer();
    queue.clear();
    parked.clear();
    parked.shrink_to_fit();
    received.reset();
    wait_until.reset();
  }

  Fsm fsm;
  std::uint32_t generation = 0;  // tells a connection from the next one in its place
  bool is_open = false;
  bool write_requested = false;
  ConnectionEnds ends;
  FrameBuffer frames;
  net::Bytes parked;  // complete messages that arrived while nothing was to be read
  WriteQueue queue;
  net::Deadline took_at;  // when the socket took octets last, or could have
  Open sent;
  std::optional<Open> received;
  net::Deadline wait_until;  // the OPEN waits for what becomes of the other connection
  Negotiated negotiated;     // from OpenConfirm on
};

}  // namespace pipit::bgp
