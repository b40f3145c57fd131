#include "tests/unit/kernel/simulated_socket.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "kernel/netlink/route_message.hpp"

namespace pipit::kernel::test {

namespace {

constexpr std::uint32_t kMonitorPort = 1000;
constexpr std::size_t kMessageSize = 4096;
constexpr unsigned kMostPerPart = 6;  // routes of a dump
constexpr std::chrono::microseconds kLatency{400};

/// The octets of the only message of a batch, with what the kernel sets.
net::Bytes finished(const MessageBatch& batch, std::uint16_t type, std::uint32_t port) {
  net::Bytes octets(batch.octets().begin(), batch.octets().end());
  nlmsghdr header{};
  std::memcpy(&header, octets.data(), sizeof header);
  header.nlmsg_type = type;
  header.nlmsg_pid = port;
  header.nlmsg_flags &= static_cast<std::uint16_t>(~NLM_F_REQUEST);
  std::memcpy(octets.data(), &header, sizeof header);
  return octets;
}

}  // namespace

net::Bytes route_message(const Route& route,
                         std::uint16_t type,
                         std::uint16_t flags,
                         std::uint32_t sequence,
                         std::uint32_t port) {
  MessageBatch batch(kMessageSize);
  put_new_route(batch, route, flags, sequence);
  return finished(batch, type, port);
}

net::Bytes link_message(std::uint32_t index,
                        const SimulatedKernel::Port& link,
                        std::uint16_t type,
                        std::uint32_t sequence,
                        std::uint32_t port) {
  MessageBatch batch(kMessageSize);
  auto* header = static_cast<ifinfomsg*>(batch.begin(type, 0, sequence, sizeof(ifinfomsg)));
  header->ifi_index = static_cast<int>(index);
  header->ifi_flags = link.up ? IFF_UP | IFF_RUNNING | IFF_LOWER_UP : 0U;
  batch.put(IFLA_IFNAME, net::ByteView(reinterpret_cast<const std::uint8_t*>(link.name.c_str()),
                                       link.name.size() + 1));
  batch.end();
  return finished(batch, type, port);
}

net::Bytes address_message(const InterfaceAddress& address,
                           std::uint16_t type,
                           std::uint32_t sequence,
                           std::uint32_t port) {
  MessageBatch batch(kMessageSize);
  auto* header = static_cast<ifaddrmsg*>(batch.begin(type, 0, sequence, sizeof(ifaddrmsg)));
  header->ifa_family = address.address.is_v6() ? AF_INET6 : AF_INET;
  header->ifa_prefixlen = address.prefix_length;
  header->ifa_index = address.interface_index;
  if (address.address.is_v4()) {
    batch.put(IFA_LOCAL, address.address.octets());
  }
  batch.put(IFA_ADDRESS, address.address.octets());
  batch.end();
  return finished(batch, type, port);
}

net::Bytes end_message(std::uint16_t type, int error, std::uint32_t sequence, std::uint32_t port) {
  MessageBatch batch(kMessageSize);
  auto* body = static_cast<std::uint8_t*>(
      batch.begin(type, type == NLMSG_ERROR ? NLM_F_CAPPED : 0, sequence,
                  sizeof(std::int32_t) + (type == NLMSG_ERROR ? sizeof(nlmsghdr) : 0)));
  const std::int32_t code = -error;
  std::memcpy(body, &code, sizeof code);
  if (type == NLMSG_ERROR) {
    nlmsghdr request{};
    request.nlmsg_len = sizeof request;
    request.nlmsg_seq = sequence;
    std::memcpy(body + sizeof code, &request, sizeof request);
  }
  batch.end();
  return finished(batch, type, port);
}

bool leads_over(const RouteBody& body, std::uint32_t index) {
  return std::any_of(body.hops.begin(), body.hops.end(),
                     [&](const Hop& hop) { return hop.interface_index == index; });
}

SimulatedSocket::SimulatedSocket(SimulatedKernel& kernel, std::function<void()> on_readable)
    : kernel_(kernel), on_readable_(std::move(on_readable)) {
  kernel_.attach(this);
}

SimulatedSocket::~SimulatedSocket() {
  kernel_.attach(nullptr);
  *alive_ = false;
}

std::uint32_t SimulatedSocket::port() const {
  return kMonitorPort;
}

int SimulatedSocket::send(net::ByteView request) {
  MessageReader reader(request);
  const auto message = reader.next();
  if (message->type == RTM_GETLINK && (message->flags & NLM_F_DUMP) == 0) {
    queue_.push_back(
        {link_message(1, kernel_.links().at(1), RTM_NEWLINK, message->sequence, kMonitorPort),
         std::nullopt});
    return 0;
  }
  dump_ = Dump{.sequence = message->sequence};
  if (message->type == RTM_GETLINK) {
    for (const auto& [index, link] : kernel_.links()) {
      queue_.push_back(
          {link_message(index, link, RTM_NEWLINK, message->sequence, kMonitorPort), std::nullopt});
    }
  } else if (message->type == RTM_GETADDR) {
    for (const InterfaceAddress& address : kernel_.addresses()) {
      queue_.push_back(
          {address_message(address, RTM_NEWADDR, message->sequence, kMonitorPort), std::nullopt});
    }
  } else if (message->type == RTM_GETROUTE) {
    begin_dump(message->payload);
  }
  go_on_with_dump();
  return 0;
}

void SimulatedSocket::send_for_long_answer(net::ByteView request) {
  send(request);
  ahead_ = true;
}

std::optional<MonitorSocket::Received> SimulatedSocket::receive() {
  taken_.clear();
  views_.clear();
  kernel_.interrupt();
  if (ahead_ && kernel_.chance(200)) {
    call_soon();
    return std::nullopt;
  }
  if (std::exchange(overrun_, false)) {
    return Received::Lost;
  }
  if (queue_.empty()) {
    ahead_ = false;
    return Received::Empty;
  }
  for (unsigned most = 1 + kernel_.random(8); most != 0 && !queue_.empty(); --most) {
    taken_.push_back(std::move(queue_.front().octets));
    queue_.pop_front();
    go_on_with_dump();
  }
  for (const net::Bytes& octets : taken_) {
    views_.emplace_back(octets);
  }
  return Received::Data;
}

void SimulatedSocket::arm() {
  armed_ = true;
  if (!heard()) {
    call_soon();
  }
}

void SimulatedSocket::tell(net::Bytes octets, std::optional<net::Prefix> about) {
  if (about && kernel_.chance(kernel_.faults.lost_in_silence)) {
    return;
  }
  if (queue_.size() >= kernel_.faults.queue) {
    overrun_ = true;
  } else {
    queue_.push_back({std::move(octets), about});
    const std::size_t count = queue_.size();
    if (count > 1 && about && queue_[count - 2].about && queue_[count - 2].about != about &&
        kernel_.chance(kernel_.faults.swapped)) {
      std::swap(queue_[count - 1], queue_[count - 2]);
    }
  }
  if (armed_) {
    call_soon();
  }
}

void SimulatedSocket::begin_dump(net::ByteView payload) {
  const auto header = take_fixed<rtmsg>(payload);
  dump_->routes = true;
  dump_->scope.afi = header->rtm_family == AF_INET6 ? net::Afi::Ipv6 : net::Afi::Ipv4;
  AttributeReader attributes(payload);
  while (const auto attribute = attributes.next()) {
    if (attribute->type == RTA_TABLE) {
      dump_->scope.table = *attribute->u32();
    } else if (attribute->type == RTA_OIF) {
      dump_->scope.interface_index = *attribute->u32();
    }
  }
}

/// One more part of the dump, or its end.
void SimulatedSocket::go_on_with_dump() {
  if (!dump_) {
    return;
  }
  net::Bytes part;
  if (dump_->routes) {
    kernel_.interrupt();
    auto at = dump_->last ? kernel_.routes().upper_bound(*dump_->last) : kernel_.routes().begin();
    unsigned count = 1 + kernel_.random(kMostPerPart);
    for (; at != kernel_.routes().end() && count != 0; ++at) {
      dump_->last = at->first;
      if (in_scope(at->first, at->second)) {
        const net::Bytes route = route_message({at->first, at->second}, RTM_NEWROUTE, NLM_F_MULTI,
                                               dump_->sequence, kMonitorPort);
        part.insert(part.end(), route.begin(), route.end());
        --count;
      }
    }
  }
  if (part.empty()) {
    part = end_message(NLMSG_DONE, 0, dump_->sequence, kMonitorPort);
    dump_.reset();
  }
  queue_.push_back({std::move(part), std::nullopt});
}

bool SimulatedSocket::in_scope(const RouteKey& key, const RouteBody& body) const {
  const RouteScope& scope = dump_->scope;
  return key.prefix.afi() == scope.afi && (scope.table == 0 || scope.table == key.table) &&
         (scope.interface_index == 0 || leads_over(body, scope.interface_index));
}

void SimulatedSocket::call_soon() {
  if (!std::exchange(called_, true)) {
    kernel_.after(kernel_.moment(kLatency), [this, alive = alive_] {
      if (*alive) {
        called_ = false;
        armed_ = false;
        on_readable_();
      }
    });
  }
}

}  // namespace pipit::kernel::test
