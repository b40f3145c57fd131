#include "kernel/netlink/route_lookup.hpp"

#include <cerrno>
#include <cstring>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "kernel/netlink/message.hpp"
#include "kernel/netlink/netlink_socket.hpp"

namespace pipit::kernel {

namespace {

constexpr int kReceiveBuffer = 65536;

std::string words(int error) {
  switch (error) {
    case ENETUNREACH:
      return "no route";
    case EHOSTUNREACH:
      return "the route is unreachable";
    case EACCES:
      return "the route is prohibit";
    case EINVAL:
      return "the route is blackhole, or the source address is not on this host";
    default:
      return std::strerror(error);
  }
}

/// `entry`: asks for the entry that matches rather than for the way.
void put_question(MessageBatch& batch, const RouteQuestion& question, bool entry) {
  void* place = batch.begin(RTM_GETROUTE, NLM_F_REQUEST, entry ? 2 : 1, sizeof(rtmsg));
  if (place == nullptr) {
    return;
  }
  rtmsg header{};
  header.rtm_family = question.destination.is_v6() ? std::uint8_t{AF_INET6} : std::uint8_t{AF_INET};
  header.rtm_dst_len = static_cast<std::uint8_t>(question.destination.bits());
  header.rtm_src_len =
      question.source ? static_cast<std::uint8_t>(question.source->bits()) : std::uint8_t{0};
  header.rtm_flags = entry ? unsigned{RTM_F_FIB_MATCH} : 0U;
  std::memcpy(place, &header, sizeof header);
  batch.put(RTA_DST, question.destination.octets());
  if (question.source) {
    batch.put(RTA_SRC, question.source->octets());
  }
  if (question.interface_index != 0) {
    batch.put_u32(RTA_OIF, question.interface_index);
  }
  batch.end();
}

void read_attribute(const AttributeView& attribute, RouteAnswer& answer) {
  switch (attribute.type) {
    case RTA_OIF:
      answer.interface_index = attribute.u32().value_or(0);
      break;
    case RTA_GATEWAY:
      answer.gateway = attribute.address();
      break;
    case RTA_VIA:  // struct rtvia: a 16-bit family, then the address
      answer.gateway = attribute.value.size() < 2
                           ? std::nullopt
                           : net::IpAddress::from_octets(attribute.value.subspan(2));
      break;
    case RTA_PREFSRC:
      answer.source = attribute.address();
      break;
    default:
      break;
  }
}

/// The way: RTM_NEWROUTE, or an error.
std::expected<void, std::string> read_way(const MessageView& message, RouteAnswer& answer) {
  if (message.type == NLMSG_ERROR) {
    const auto said = parse_acknowledgement(message);
    return std::unexpected(words(said ? said->error : EBADMSG));
  }
  net::ByteView payload = message.payload;
  const auto header = take_fixed<rtmsg>(payload);
  if (!header) {
    return std::unexpected(words(EBADMSG));
  }
  // IPv6 answers with an entry where IPv4 has an error.
  switch (header->rtm_type) {
    case RTN_UNREACHABLE:
      return std::unexpected(words(EHOSTUNREACH));
    case RTN_PROHIBIT:
      return std::unexpected(words(EACCES));
    case RTN_BLACKHOLE:
      return std::unexpected("the route is blackhole");
    default:
      break;
  }
  answer.local = header->rtm_type == RTN_LOCAL;
  AttributeReader attributes(payload);
  while (const auto attribute = attributes.next()) {
    read_attribute(*attribute, answer);
  }
  return {};
}

/// The entry: what it is called.
void read_entry(const MessageView& message, RouteAnswer& answer) {
  net::ByteView payload = message.payload;
  const auto header = take_fixed<rtmsg>(payload);
  if (message.type != RTM_NEWROUTE || !header) {
    return;
  }
  net::IpAddress destination =
      net::IpAddress::any(header->rtm_family == AF_INET6 ? net::Afi::Ipv6 : net::Afi::Ipv4);
  answer.table = header->rtm_table;
  answer.protocol = header->rtm_protocol;
  AttributeReader attributes(payload);
  while (const auto attribute = attributes.next()) {
    if (attribute->type == RTA_DST) {
      destination = attribute->address().value_or(destination);
    } else if (attribute->type == RTA_TABLE) {
      answer.table = attribute->u32().value_or(answer.table);
    }
  }
  if (header->rtm_dst_len <= destination.bits()) {
    answer.prefix = net::Prefix(destination, header->rtm_dst_len);
  }
}

/// The first message of the answer to one request; rtnetlink has made it when send() returns.
std::expected<void, std::string> ask(NetlinkSocket& socket,
                                     const RouteQuestion& question,
                                     bool entry,
                                     RouteAnswer& answer) {
  MessageBatch batch(MessageBatch::kOneRequest);
  put_question(batch, question, entry);
  if (const int error = socket.send(batch.octets()); error != 0) {
    return std::unexpected(words(error));
  }
  if (socket.receive() != NetlinkSocket::Received::Data) {
    return std::unexpected("the kernel did not answer");
  }
  MessageReader reader(socket.datagrams().front());
  const auto message = reader.next();
  if (!message) {
    return std::unexpected(words(EBADMSG));
  }
  if (entry) {
    read_entry(*message, answer);
    return {};
  }
  return read_way(*message, answer);
}

}  // namespace

std::expected<RouteAnswer, std::string> look_up_route(const RouteQuestion& question) {
  auto socket = NetlinkSocket::open({}, kReceiveBuffer);
  if (!socket) {
    return std::unexpected(socket.error());
  }
  RouteAnswer answer;
  answer.prefix = net::Prefix(question.destination, question.destination.bits());
  if (auto asked = ask(*socket, question, false, answer); !asked) {
    return std::unexpected(asked.error());
  }
  (void)ask(*socket, question, true, answer);  // older kernels do not say
  return answer;
}

}  // namespace pipit::kernel
