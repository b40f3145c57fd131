#include "kernel/netlink/fib_request.hpp"

#include <cstring>

#include <linux/netlink.h>

#include "kernel/netlink/route_message.hpp"

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

net::ByteView FibRequest::finish() {
  batch_.use_reserve();
  batch_.begin(NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, last(), 0);
  batch_.end();
  complete_ = false;
  return batch_.octets();
}

void FibRequest::on_answers(net::ByteView datagram) {
  MessageReader reader(datagram);
  while (const auto message = reader.next()) {
    const auto answer =
        message->type == NLMSG_ERROR ? parse_acknowledgement(*message) : std::nullopt;
    if (!answer) {
      continue;
    }
    complete_ = complete_ || answer->sequence == last();
    const std::uint32_t index = answer->sequence - first_;
    if (index < answers_.size()) {
      answers_[index] = {answer->error, true,
                         answer->text.empty() ? std::strerror(answer->error) : answer->text};
    }
  }
}

void FibRequest::on_answers_end(bool lost) {
  if (lost || !complete_) {
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
