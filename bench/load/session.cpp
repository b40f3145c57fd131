#include "bench/load/session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgp/wire/capability.hpp"
#include "bgp/wire/open.hpp"

namespace pipit::load {
namespace {

constexpr std::uint16_t kPort = 179;
constexpr std::size_t kReadSize = std::size_t{1} << 18;

sockaddr_in socket_address(const net::IpAddress& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address.to_v4());
  return result;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

Session::Session(const SessionEnds& ends, const Workload& workload, const ReceiverRole& role)
    : ends_(ends), receiver_(workload, role) {}

Session::~Session() {
  close();
}

void Session::close() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
  descriptor_ = -1;
  state_ = State::Idle;
  frames_.clear();
  queue_.clear();
  sent_of_front_ = 0;
}

bool Session::fail(std::string reason) {
  error_ = fmt::format("{}: {}", ends_.local.to_string(), reason);
  close();
  return false;
}

bool Session::connect() {
  close();
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) {
    return fail(std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (ends_.idle) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  }
  const sockaddr_in local = socket_address(ends_.local, 0);
  const sockaddr_in dut = socket_address(ends_.dut, kPort);
  if (::bind(descriptor_, generic(local), sizeof(local)) != 0 ||
      (::connect(descriptor_, generic(dut), sizeof(dut)) != 0 && errno != EINPROGRESS)) {
    return fail(std::strerror(errno));
  }
  state_ = State::Connecting;
  return true;
}

void Session::send(net::Bytes octets) {
  if (!octets.empty()) {
    queue_.push_back(std::move(octets));
  }
}

void Session::send_open() {
  bgp::Open open;
  open.my_as = ends_.asn;
  open.hold_time = ends_.hold_time;
  open.id = ends_.local.to_v4();
  open.capabilities = {bgp::multiprotocol(ends_.idle ? net::kIpv6Unicast : net::kIpv4Unicast),
                       bgp::plain(bgp::CapabilityCode::RouteRefresh),
                       bgp::four_octet_as(ends_.asn)};
  net::Bytes octets;
  bgp::encode_open(open, octets);
  send(std::move(octets));
  state_ = State::OpenSent;
}

bool Session::on_writable() {
  if (state_ == State::Connecting) {
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      return fail(std::strerror(error));
    }
    send_open();
  }
  while (!queue_.empty()) {
    const net::ByteView rest = net::ByteView(queue_.front()).subspan(sent_of_front_);
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return errno == EAGAIN || errno == EINTR || fail(std::strerror(errno));
    }
    sent_of_front_ += static_cast<std::size_t>(sent);
    if (sent_of_front_ < queue_.front().size()) {
      return true;
    }
    queue_.pop_front();
    sent_of_front_ = 0;
  }
  return true;
}

/// Of idle sessions notes when the octets came, whenever this program gets to read them.
ssize_t Session::receive(std::span<std::uint8_t> buffer) {
  if (!ends_.idle) {
    return ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  }
  iovec into{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, 256> control{};
  msghdr message{};
  message.msg_iov = &into;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(descriptor_, &message, 0);
  timespec when{};
  ::clock_gettime(CLOCK_REALTIME, &when);
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); got > 0 && part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
      std::memcpy(&when, CMSG_DATA(part), sizeof(when));
    }
  }
  arrived_ = static_cast<double>(when.tv_sec) + static_cast<double>(when.tv_nsec) / 1e9;
  return got;
}

bool Session::on_readable() {
  static std::array<std::uint8_t, kReadSize> buffer;
  const ssize_t got = receive(buffer);
  if (got < 0) {
    return errno == EAGAIN || errno == EINTR || fail(std::strerror(errno));
  }
  if (got == 0) {
    return fail("closed by the daemon");
  }
  const auto fed = frames_.feed(net::ByteView(buffer).first(static_cast<std::size_t>(got)),
                                [this](const bgp::Frame& frame) { return on_frame(frame); });
  if (!fed) {
    return fail(bgp::describe(fed.error()));
  }
  return descriptor_ >= 0;
}

bool Session::on_frame(const bgp::Frame& frame) {
  switch (frame.type) {
    case bgp::MessageType::Open: {
      net::Bytes octets;
      bgp::encode_keepalive(octets);
      send(std::move(octets));
      state_ = State::OpenConfirm;
      return true;
    }
    case bgp::MessageType::Keepalive:
      if (state_ == State::OpenConfirm) {
        state_ = State::Established;
      }
      if (last_keepalive_ != 0) {
        longest_silence_ = std::max(longest_silence_, arrived_ - last_keepalive_);
      }
      last_keepalive_ = arrived_;
      return true;
    case bgp::MessageType::Update:
      receiver_.take(frame.body);
      return true;
    case bgp::MessageType::Notification:
      return fail("NOTIFICATION " + bgp::describe(bgp::decode_notification(frame.body)));
    case bgp::MessageType::RouteRefresh:
      return true;
  }
  return true;
}

}  // namespace pipit::load
