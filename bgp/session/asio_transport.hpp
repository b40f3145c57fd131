// The sockets of one Peer: Transport on the Asio loop. Waits for readiness and calls the socket
// directly; one timer. Owned by whoever owns the Peer; Listener hands it accepted connections.
//
// Lifetime: it may be destroyed at any time outside of a call from it, together with its Peer.
// Farewells that are still being written live on by themselves, for two seconds at most.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bgp/session/socket.hpp"
#include "bgp/session/transport.hpp"
#include "net/asio_loop.hpp"

namespace pipit::bgp {

class Peer;

class AsioTransport final : public Transport {
 public:
  explicit AsioTransport(net::AsioLoop& loop);
  ~AsioTransport() override;
  AsioTransport(const AsioTransport&) = delete;
  AsioTransport& operator=(const AsioTransport&) = delete;

  /// Whom to report to; before the peer is started. The loop must not run between the end of one
  /// and the end of the other.
  void attach(Peer& peer);

  /// A connection that the neighbor made. Asks the peer whether it wants it.
  void accept(Socket socket);
  /// One that was refused for the TTL of its SYN; nullopt: not known. Tells the peer.
  void refuse_ttl(std::optional<std::uint8_t> ttl);

  void connect(const SessionOptions& options) override;
  void close(Way way, net::Bytes farewell) override;
  void request_write(Way way) override;
  std::expected<std::size_t, std::string> write(Way way,
                                                std::span<const net::ByteView> octets) override;
  void set_reading(Way way, bool on) override;
  unsigned syns_sent() override;
  SegmentDrops dropped_segments() override;
  bool has_unread(Way way) override;
  void arm(net::Deadline deadline) override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pipit::bgp
