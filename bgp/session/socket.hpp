// TCP sockets as BGP wants them: addresses, TTL and GTSM (RFC 5082), MD5 keys (RFC 2385). Thin over
// the system calls; used by AsioTransport and Listener.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bgp/session/connect_trouble.hpp"
#include "bgp/session/options.hpp"
#include "bgp/session/transport.hpp"
#include "net/address.hpp"

namespace pipit::bgp {

/// Owns a file descriptor.
class Socket {
 public:
  Socket() = default;

  explicit Socket(int fd) : fd_(fd) {}

  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  ~Socket();

  int fd() const { return fd_; }

  bool is_open() const { return fd_ >= 0; }

  /// Gives the descriptor away.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

using SocketResult = std::expected<Socket, std::string>;

/// "Connection refused"
std::string error_text(int error);

/// Name of an interface; empty when there is none of that index.
std::string interface_name(std::uint32_t index);

/// The TTL that this neighbor's connections send: 255 with GTSM, `multihop`, or 1 for eBGP and 64
/// for iBGP.
std::uint8_t sent_ttl(const SessionOptions& options);
/// The TTL below which nothing is accepted from it (RFC 5082); 0: no limit.
std::uint8_t minimum_ttl(const SessionOptions& options);

/// A socket that has begun to connect to the neighbor, with all that its options ask for.
std::expected<Socket, ConnectTrouble> begin_connect(const SessionOptions& options);
/// How a connect that became writable ended; nullopt: well.
std::optional<ConnectTrouble> connect_result(int fd, const SessionOptions& options);
/// How many SYNs a socket that connects has sent.
unsigned syns_sent(int fd);

/// A socket that is bound to the endpoint and will listen.
SocketResult open_listener(const net::Endpoint& endpoint);
/// From now on connections are taken. `backlog` is bounded by net.core.somaxconn.
std::expected<void, std::string> start_listening(int fd, int backlog);

/// TTL, GTSM and delay of a connection that was accepted.
std::expected<void, std::string> prepare_accepted(int fd, const SessionOptions& options);

/// Sets the least TTL that a socket accepts; 0: any.
std::expected<void, std::string> set_minimum_ttl(int fd, net::Afi afi, std::uint8_t ttl);

/// Sets the MD5 key for a neighbor, or removes it (empty). On a listener and on a connecting
/// socket.
std::expected<void, std::string> set_md5(int fd,
                                         const net::IpAddress& address,
                                         std::string_view key);

/// Both ends of a connected socket; nullopt when it is connected no more.
std::optional<ConnectionEnds> ends_of(int fd);

/// True when the other end has closed or reset the connection, whatever is still to be read.
bool closed_by_remote(int fd);

/// What a listening socket is bound to.
net::Endpoint bound_endpoint(int fd);

}  // namespace pipit::bgp
