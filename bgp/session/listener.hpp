// The listening sockets: who may connect, with which MD5 key and TTL. Accepts only configured
// neighbors and hands their connections to their AsioTransport. Owned by daemon/.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bgp/session/asio_transport.hpp"
#include "bgp/session/peer.hpp"
#include "net/address.hpp"
#include "net/asio_loop.hpp"

namespace pipit::bgp {

/// Counted since the listener was made.
struct ListenerCounters {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;   // no such neighbor
  std::uint64_t low_ttl = 0;    // refused for the TTL of the SYN (RFC 5082)
  std::uint64_t exhausted = 0;  // accept failed for want of file descriptors or memory
};

/// An endpoint that is wanted and not open.
struct ListenFailure {
  net::Endpoint endpoint;
  std::string error;              // of the last attempt, in words
  std::chrono::seconds pause{0};  // before the next one
  net::TimePoint next_attempt;
};

class Listener {
 public:
  explicit Listener(net::AsioLoop& loop);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Listens on exactly these endpoints: opens what is new, closes what is gone, leaves the rest
  /// alone. Returns what failed, in words; the others are open nevertheless, and what failed is
  /// tried again after a second, two, ... ten.
  std::vector<std::string> listen(const std::vector<net::Endpoint>& endpoints);

  /// Tries at once what failed: addresses or interfaces have changed.
  void retry_now();

  /// What failed and is tried again. Valid until the loop runs.
  const std::vector<ListenFailure>& failures() const;

  /// The endpoints that are open, with the ports that they really have.
  std::vector<net::Endpoint> endpoints() const;

  /// Admits the neighbor of these options, or takes over what changed of them (key, TTL). Call it
  /// after each Peer::set_options. `peer` and `transport` must be removed before they are
  /// destroyed.
  void set_neighbor(const Peer& peer, AsioTransport& transport);
  void remove_neighbor(const Peer& peer);

  const ListenerCounters& counters() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pipit::bgp
