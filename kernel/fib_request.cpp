#include "kernel/fib_request.hpp"

#include <cstring>

#include <linux/netlink.h>

#include "kernel/route_message.hpp"

namespace pipit::kernel {

bool FibRequest::put_new(const Route& route, std::uint16_t flags) {
  const auto sequence = first_ + static_cast<std::uint32_t>(answers_.size());
  if (!put_new_route(batch_, route, flags, sequence)) {
    return false;
  }
  answers_.emplace_back();
  return true;
}

bool FibRequest::put_delete(const RouteKey& key, std::uint8_t protocol, const Hop* leg) {
  const auto sequence = first_ + static_cast<std::uint32_t>(answers_.size());
  if (!put_delete_route(batch_, key, protocol, sequence, leg)) {
    return false;
  }
  answers_.emplace_back();
  return true;
}

int FibRequest::send() {
  const auto last = first_ + static_cast<std::uint32_t>(answers_.size());
  batch_.use_reserve();
  batch_.begin(NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, last, 0);
  batch_.end();
  if (const int error = socket_.send(batch_.octets()); error != 0) {
    return error;
  }
  read_answers(last);
  return 0;
}

void FibRequest::read_answers(std::uint32_t last) {
  bool complete = false;
  bool lost = false;
  while (true) {
    const NetlinkSocket::Received received = socket_.receive();
    if (received == NetlinkSocket::Received::Lost) {
      lost = true;
      continue;
    }
    if (received != NetlinkSocket::Received::Data) {
      break;
    }
    for (const net::ByteView datagram : socket_.datagrams()) {
      MessageReader reader(datagram);
      while (const auto message = reader.next()) {
        const auto answer =
            message->type == NLMSG_ERROR ? parse_acknowledgement(*message) : std::nullopt;
        if (!answer) {
          continue;
        }
        complete = complete || answer->sequence == last;
        const std::uint32_t index = answer->sequence - first_;
        if (index < answers_.size()) {
          answers_[index] = {answer->error, true,
                             answer->text.empty() ? std::strerror(answer->error) : answer->text};
        }
      }
    }
  }
  if (lost || !complete) {
    for (Answer& answer : answers_) {
      answer.known = answer.error != 0;
    }
  }
}

void FibRequest::clear() {
  first_ += static_cast<std::uint32_t>(answers_.size()) + 1;
  answers_.clear();
  batch_.clear();
}

}  // namespace pipit::kernel
