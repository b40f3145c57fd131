#include "kernel/netlink/netlink_socket.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <sys/socket.h>

namespace pipit::kernel {

namespace {

constexpr int kOverhead = 1024;  // of a datagram in a send buffer, more than enough

std::string error_text(const char* what, int error) {
  return fmt::format("{}: {}", what, std::strerror(error));
}

void set_receive_buffer(int descriptor, int octets) {
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) != 0) {
    // Without CAP_NET_ADMIN the kernel's limit applies; losses are noticed and repaired anyway.
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
  }
}

}  // namespace

void NetlinkSocket::Close::operator()(mnl_socket* socket) const {
  mnl_socket_close(socket);
}

NetlinkSocket::NetlinkSocket(mnl_socket* socket) : socket_(socket) {}

std::expected<NetlinkSocket, std::string> NetlinkSocket::open(std::span<const unsigned> groups,
                                                              int receive_buffer) {
  mnl_socket* raw = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (raw == nullptr) {
    return std::unexpected(error_text("cannot open a netlink socket", errno));
  }
  NetlinkSocket socket(raw);
  if (mnl_socket_bind(raw, 0, MNL_SOCKET_AUTOPID) != 0) {
    return std::unexpected(error_text("cannot bind a netlink socket", errno));
  }
  int on = 1;
  // Older kernels refuse some of these; nothing below depends on them for being right.
  mnl_socket_setsockopt(raw, NETLINK_EXT_ACK, &on, sizeof on);
  mnl_socket_setsockopt(raw, NETLINK_CAP_ACK, &on, sizeof on);
  mnl_socket_setsockopt(raw, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  set_receive_buffer(socket.descriptor(), receive_buffer);
  for (unsigned group : groups) {
    if (mnl_socket_setsockopt(raw, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
      return std::unexpected(error_text("cannot join a netlink group", errno));
    }
  }
  return socket;
}

int NetlinkSocket::descriptor() const {
  return mnl_socket_get_fd(socket_.get());
}

std::uint32_t NetlinkSocket::port() const {
  return mnl_socket_get_portid(socket_.get());
}

void NetlinkSocket::allow_sending(std::size_t octets) {
  const int size = static_cast<int>(octets) + kOverhead;
  int allowed = 0;
  socklen_t length = sizeof allowed;
  getsockopt(descriptor(), SOL_SOCKET, SO_SNDBUF, &allowed, &length);
  if (allowed < size) {
    setsockopt(descriptor(), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  }
}

int NetlinkSocket::send(net::ByteView messages) {
  return mnl_socket_sendto(socket_.get(), messages.data(), messages.size()) < 0 ? errno : 0;
}

NetlinkSocket::Received NetlinkSocket::receive(Datagrams& into) {
  into.count_ = 0;
  if (truncated_) {
    truncated_ = false;
    return Received::Lost;
  }
  std::array<mmsghdr, Datagrams::kMost> headers{};
  std::array<iovec, Datagrams::kMost> vectors{};
  std::array<sockaddr_nl, Datagrams::kMost> senders{};
  for (std::size_t i = 0; i < into.most_; ++i) {
    vectors[i] = {into.buffer_.get() + i * Datagrams::kSize, Datagrams::kSize};
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
    headers[i].msg_hdr.msg_name = &senders[i];
    headers[i].msg_hdr.msg_namelen = sizeof(sockaddr_nl);
  }
  int received = -1;
  do {
    received = recvmmsg(descriptor(), headers.data(), static_cast<unsigned>(into.most_),
                        MSG_DONTWAIT, nullptr);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    if (errno == EAGAIN) {
      return Received::Empty;
    }
    return errno == ENOBUFS || errno == ENOMEM ? Received::Lost : Received::Failed;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
    if ((headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      truncated_ = true;
    } else if (senders[i].nl_pid == 0) {
      into.views_[into.count_++] =
          net::ByteView(into.buffer_.get() + i * Datagrams::kSize, headers[i].msg_len);
    }
  }
  return Received::Data;
}

}  // namespace pipit::kernel
