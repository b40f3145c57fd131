#include "bgp/session/socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgp/session/icmp_error.hpp"

namespace pipit::bgp {

namespace {

constexpr int kInternetworkControl = 0xc0;  // precedence of routing traffic (RFC 4271 appendix E)
/// What the kernel takes beyond what it can send: of a neighbor that does not read it cannot be
/// taken back when it is outdated.
constexpr int kUnsentOctets = 256 * 1024;
constexpr std::uint8_t kTcpEstablished = 1;  // of tcp_info::tcpi_state
constexpr std::uint8_t kMaxTtl = 255;
constexpr std::uint8_t kInternalTtl = 64;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::unexpected<std::string> failure(std::string_view what) {
  return std::unexpected(std::string(what) + ": " + error_text(errno));
}

SocketAddress to_socket(const net::IpAddress& address, std::uint16_t port, std::uint32_t scope) {
  SocketAddress result;
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, address.octets().data(), sizeof in.sin_addr);
    result.length = sizeof in;
    std::memcpy(&result.storage, &in, sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    in.sin6_scope_id = scope;
    std::memcpy(&in.sin6_addr, address.octets().data(), sizeof in.sin6_addr);
    result.length = sizeof in;
    std::memcpy(&result.storage, &in, sizeof in);
  }
  return result;
}

struct End {
  net::IpAddress address;
  std::uint16_t port = 0;
  std::uint32_t scope = 0;
};

End from_socket(const SocketAddress& address) {
  End end;
  if (address.storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof in);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &in.sin6_addr, octets.size());
    end.address = net::IpAddress::v6(octets);
    end.port = ntohs(in.sin6_port);
    end.scope = end.address.is_link_local() ? in.sin6_scope_id : 0;
  } else if (address.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof in);
    end.address = net::IpAddress::v4(ntohl(in.sin_addr.s_addr));
    end.port = ntohs(in.sin_port);
  }
  return end;
}

std::expected<void, std::string> set(
    int fd, int level, int option, int value, std::string_view name) {
  if (::setsockopt(fd, level, option, &value, sizeof value) != 0) {
    return failure(name);
  }
  return {};
}

std::expected<void, std::string> set_sent_ttl(int fd, net::Afi afi, std::uint8_t ttl) {
  return afi == net::Afi::Ipv4 ? set(fd, IPPROTO_IP, IP_TTL, ttl, "IP_TTL")
                               : set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl, "IPV6_UNICAST_HOPS");
}

void set_precedence(int fd, net::Afi afi) {
  // A wish, not a need: no error when it is not granted.
  if (afi == net::Afi::Ipv4) {
    (void)set(fd, IPPROTO_IP, IP_TOS, kInternetworkControl, "IP_TOS");
  } else {
    (void)set(fd, IPPROTO_IPV6, IPV6_TCLASS, kInternetworkControl, "IPV6_TCLASS");
  }
}

SocketResult open_stream(net::Afi afi) {
  Socket socket(::socket(afi == net::Afi::Ipv4 ? AF_INET : AF_INET6,
                         SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket.is_open()) {
    return failure("socket");
  }
  set_precedence(socket.fd(), afi);
  return socket;
}

/// The index of the interface that the address needs; 0 when it needs none.
std::expected<std::uint32_t, std::string> scope_of(const net::ScopedAddress& host) {
  if (host.interface.empty()) {
    return 0;
  }
  const std::uint32_t index = ::if_nametoindex(host.interface.c_str());
  if (index == 0) {
    return std::unexpected("no interface " + host.interface);
  }
  return index;
}

bool is_internal(const SessionOptions& options) {
  switch (options.expected_asn.kind) {
    case ExpectedAsn::Kind::Number:
      return options.expected_asn.number == options.local_asn;
    case ExpectedAsn::Kind::Internal:
      return true;
    case ExpectedAsn::Kind::External:
      return false;
  }
  return false;
}

std::expected<void, std::string> bind_local(int fd,
                                            const SessionOptions& options,
                                            std::uint32_t scope) {
  if (!options.local_address) {
    return {};
  }
  // The port is chosen at connect: many sessions may share an address.
  if (auto result = set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1, "IP_BIND_ADDRESS_NO_PORT");
      !result) {
    return result;
  }
  const SocketAddress local =
      to_socket(*options.local_address, 0, options.local_address->is_link_local() ? scope : 0);
  if (::bind(fd, local.get(), local.length) != 0) {
    return failure("bind to " + options.local_address->to_string());
  }
  return {};
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

std::string error_text(int error) {
  std::array<char, 128> buffer{};
  return ::strerror_r(error, buffer.data(), buffer.size());
}

std::string interface_name(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return index != 0 && ::if_indextoname(index, name.data()) != nullptr ? name.data() : "";
}

std::uint8_t sent_ttl(const SessionOptions& options) {
  if (options.ttl_security) {
    return kMaxTtl;
  }
  return options.multihop.value_or(is_internal(options) ? kInternalTtl : std::uint8_t{1});
}

std::uint8_t minimum_ttl(const SessionOptions& options) {
  if (!options.ttl_security) {
    return 0;
  }
  const std::uint8_t hops = std::max<std::uint8_t>(1, *options.ttl_security);
  return static_cast<std::uint8_t>(kMaxTtl - (hops - 1));
}

std::expected<void, std::string> prepare_accepted(int fd, const SessionOptions& options) {
  const net::Afi afi = options.address.address.afi();
  auto result = set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  if (result) {
    result = set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentOctets, "TCP_NOTSENT_LOWAT");
  }
  if (result) {
    result = set_sent_ttl(fd, afi, sent_ttl(options));
  }
  if (result) {
    result = set_minimum_ttl(fd, afi, minimum_ttl(options));
  }
  return result;
}

std::expected<Socket, ConnectTrouble> begin_connect(const SessionOptions& options) {
  const net::IpAddress& address = options.address.address;
  const auto scope = scope_of(options.address);
  if (!scope) {
    return std::unexpected(ConnectTrouble{.cause = ConnectCause::Interface, .text = scope.error()});
  }
  SocketResult socket = open_stream(address.afi());
  if (!socket) {
    return std::unexpected(ConnectTrouble{.text = socket.error()});
  }
  auto result = prepare_accepted(socket->fd(), options);
  if (result && !options.password.empty()) {
    result = set_md5(socket->fd(), address, options.password);
  }
  if (!result) {
    return std::unexpected(ConnectTrouble{.text = result.error()});
  }
  if (result = bind_local(socket->fd(), options, *scope); !result) {
    const bool absent = errno == EADDRNOTAVAIL;
    return std::unexpected(
        ConnectTrouble{.cause = absent ? ConnectCause::SourceAddress : ConnectCause::Other,
                       .text = absent ? fmt::format("local-address {} is on no interface",
                                                    options.local_address->to_string())
                                      : result.error()});
  }
  keep_icmp_errors(socket->fd(), address.afi(), true);
  const SocketAddress remote = to_socket(address, options.port, *scope);
  if (::connect(socket->fd(), remote.get(), remote.length) != 0 && errno != EINPROGRESS) {
    return std::unexpected(connect_trouble(errno, true, options));
  }
  return std::move(*socket);
}

std::optional<ConnectTrouble> connect_result(int fd, const SessionOptions& options) {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
    error = errno;
  }
  if (const std::optional<IcmpError> icmp = take_icmp_error(fd)) {
    return icmp_trouble(*icmp, options);
  }
  if (error != 0) {
    return connect_trouble(error, false, options);
  }
  // From now on an ICMP message must not end the connection.
  keep_icmp_errors(fd, options.address.address.afi(), false);
  return std::nullopt;
}

unsigned syns_sent(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  const bool known = ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0;
  return known ? 1 + info.tcpi_total_retrans : 0;
}

SocketResult open_listener(const net::Endpoint& endpoint) {
  const net::Afi afi = endpoint.host.address.afi();
  const auto scope = scope_of(endpoint.host);
  if (!scope) {
    return std::unexpected(scope.error());
  }
  SocketResult socket = open_stream(afi);
  if (!socket) {
    return socket;
  }
  const int fd = socket->fd();
  auto result = set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
  if (result && afi == net::Afi::Ipv6) {
    result = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
  }
  if (result && !endpoint.host.address.is_unspecified() && *scope == 0) {
    // The address may come later than the daemon.
    result = afi == net::Afi::Ipv4 ? set(fd, IPPROTO_IP, IP_FREEBIND, 1, "IP_FREEBIND")
                                   : set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1, "IPV6_FREEBIND");
  }
  if (result) {
    // A neighbor with GTSM wants 255 from the handshake on.
    result = set_sent_ttl(fd, afi, kMaxTtl);
  }
  if (!result) {
    return std::unexpected(result.error());
  }
  const SocketAddress local = to_socket(endpoint.host.address, endpoint.port, *scope);
  if (::bind(fd, local.get(), local.length) != 0) {
    return failure("bind");
  }
  return socket;
}

std::expected<void, std::string> start_listening(int fd, int backlog) {
  if (::listen(fd, backlog) != 0) {
    return failure("listen");
  }
  return {};
}

std::expected<void, std::string> set_minimum_ttl(int fd, net::Afi afi, std::uint8_t ttl) {
  return afi == net::Afi::Ipv4 ? set(fd, IPPROTO_IP, IP_MINTTL, ttl, "IP_MINTTL")
                               : set(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, ttl, "IPV6_MINHOPCOUNT");
}

std::expected<void, std::string> set_md5(int fd,
                                         const net::IpAddress& address,
                                         std::string_view key) {
  tcp_md5sig signature{};
  if (key.size() > sizeof signature.tcpm_key) {
    return std::unexpected("the MD5 password is longer than 80 octets");
  }
  const SocketAddress remote = to_socket(address, 0, 0);
  std::memcpy(&signature.tcpm_addr, &remote.storage, sizeof remote.storage);
  signature.tcpm_keylen = static_cast<std::uint16_t>(key.size());
  std::copy(key.begin(), key.end(), signature.tcpm_key);
  if (::setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof signature) != 0 &&
      !(key.empty() && errno == ENOENT)) {
    return failure("TCP_MD5SIG");
  }
  return {};
}

std::optional<ConnectionEnds> ends_of(int fd) {
  SocketAddress local;
  local.length = sizeof local.storage;
  SocketAddress remote = local;
  if (::getsockname(fd, local.get(), &local.length) != 0 ||
      ::getpeername(fd, remote.get(), &remote.length) != 0) {
    return std::nullopt;
  }
  const End here = from_socket(local);
  const End there = from_socket(remote);
  return ConnectionEnds{here.address, there.address, here.port, there.port, there.scope};
}

bool closed_by_remote(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
         info.tcpi_state != kTcpEstablished;
}

net::Endpoint bound_endpoint(int fd) {
  SocketAddress local;
  local.length = sizeof local.storage;
  if (::getsockname(fd, local.get(), &local.length) != 0) {
    return {};
  }
  const End end = from_socket(local);
  return {{end.address, interface_name(end.scope)}, end.port};
}

}  // namespace pipit::bgp
