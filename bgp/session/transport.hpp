// The seam between a Peer and its connections: what a Peer asks of sockets. Implemented by
// AsioTransport and by the in-memory networks of tests and simulation; used by Peer only. A
// transport reports back through the "From the transport" functions of the Peer, always from the
// loop and never from within one of these calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "bgp/session/connect_trouble.hpp"
#include "bgp/session/options.hpp"
#include "net/address.hpp"
#include "net/bytes.hpp"
#include "net/loop.hpp"

namespace pipit::bgp {

/// A peer has at most two connections: the one that we initiated and the one that the neighbor did.
enum class Way : std::uint8_t { Outgoing = 0, Incoming = 1 };
inline constexpr Way kWays[] = {Way::Outgoing, Way::Incoming};

constexpr Way other(Way way) {
  return way == Way::Outgoing ? Way::Incoming : Way::Outgoing;
}

/// Both ends of a TCP connection.
struct ConnectionEnds {
  net::IpAddress local;
  net::IpAddress remote;
  std::uint16_t local_port = 0;
  std::uint16_t remote_port = 0;
  std::uint32_t interface_index = 0;  // of a link-local connection, else 0

  friend bool operator==(const ConnectionEnds&, const ConnectionEnds&) = default;
};

class Transport {
 public:
  virtual ~Transport() = default;

  /// Begins to connect to the neighbor of these options. Ends in Peer::on_connected or
  /// Peer::on_connect_failed.
  virtual void connect(const SessionOptions& options) = 0;

  /// Ends that connection or the attempt at it: nothing more is reported for it. `farewell`, if not
  /// empty, is written first as far as the socket takes it within a short time; nobody waits.
  virtual void close(Way way, net::Bytes farewell) = 0;

  /// Asks for one Peer::on_writable, as soon as the socket takes octets.
  virtual void request_write(Way way) = 0;

  /// Writes without blocking; only from within Peer::on_writable. Returns how many octets the
  /// socket took, which may be none, or why the connection is broken.
  virtual std::expected<std::size_t, std::string> write(Way way,
                                                        std::span<const net::ByteView> octets) = 0;

  /// Flow control: while off, no Peer::on_octets for that connection.
  virtual void set_reading(Way way, bool on) = 0;

  /// How many SYNs the attempt under way has sent; 0: not known.
  virtual unsigned syns_sent() { return 0; }

  /// What the kernel dropped so far, of all connections.
  virtual SegmentDrops dropped_segments() { return {}; }

  /// True when octets of the neighbor wait to be read: it is alive, whatever the hold timer says.
  virtual bool has_unread(Way way) = 0;

  /// Has Peer::on_deadline called once that moment is reached; replaces the one before.
  virtual void arm(net::Deadline deadline) = 0;
};

}  // namespace pipit::bgp
