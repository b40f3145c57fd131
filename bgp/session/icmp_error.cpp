#include "bgp/session/icmp_error.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>  // before errqueue.h, which uses struct timespec

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/bytes.hpp"

namespace pipit::bgp {

namespace {

std::optional<net::IpAddress> address_in(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return net::IpAddress::v4(ntohl(in.sin_addr.s_addr));
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &in.sin6_addr, octets.size());
    return net::IpAddress::v6(octets);
  }
  return std::nullopt;
}

std::optional<net::IpAddress> local_address_of(int fd) {
  sockaddr_storage local{};
  socklen_t length = sizeof local;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &length) != 0) {
    return std::nullopt;
  }
  return address_in(local);
}

std::optional<IcmpError> read_error(const cmsghdr& header, net::ByteView data) {
  const bool v4 = header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_RECVERR;
  const bool v6 = header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_RECVERR;
  sock_extended_err error{};
  if ((!v4 && !v6) || data.size() < sizeof error) {
    return std::nullopt;
  }
  std::memcpy(&error, data.data(), sizeof error);
  const net::ByteView offender = data.subspan(sizeof error);
  sockaddr_storage storage{};
  std::memcpy(&storage, offender.data(), std::min(offender.size(), sizeof storage));
  const auto from = address_in(storage);
  const bool icmp = error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
  if (!icmp || !from) {
    return std::nullopt;
  }
  return IcmpError{.type = error.ee_type, .code = error.ee_code, .from = *from};
}

}  // namespace

void keep_icmp_errors(int fd, net::Afi afi, bool on) {
  // A wish, not a need: without it the errno has to do.
  const int value = on ? 1 : 0;
  if (afi == net::Afi::Ipv4) {
    (void)::setsockopt(fd, IPPROTO_IP, IP_RECVERR, &value, sizeof value);
  } else {
    (void)::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &value, sizeof value);
  }
}

std::optional<IcmpError> take_icmp_error(int fd) {
  alignas(cmsghdr) std::array<std::uint8_t, 512> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
    return std::nullopt;
  }
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    const net::ByteView data(CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
    if (std::optional<IcmpError> found = read_error(*header, data)) {
      found->from_us = local_address_of(fd) == found->from;
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace pipit::bgp
