#include "kernel/netlink/message.hpp"

#include <algorithm>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

namespace pipit::kernel {

namespace {

template <typename T>
std::optional<T> exact(net::ByteView octets) {
  if (octets.size() != sizeof(T)) {
    return std::nullopt;
  }
  T value;
  std::memcpy(&value, octets.data(), sizeof(T));
  return value;
}

constexpr std::size_t aligned(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

net::ByteView after(net::ByteView octets, std::size_t length) {
  return octets.subspan(std::min(octets.size(), aligned(length)));
}

}  // namespace

std::optional<MessageView> MessageReader::next() {
  nlmsghdr header{};
  if (rest_.size() < sizeof header) {
    return std::nullopt;
  }
  std::memcpy(&header, rest_.data(), sizeof header);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest_.size()) {
    rest_ = {};
    return std::nullopt;
  }
  MessageView message{header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq, header.nlmsg_pid,
                      rest_.subspan(sizeof header, header.nlmsg_len - sizeof header)};
  rest_ = after(rest_, header.nlmsg_len);
  return message;
}

std::optional<AttributeView> AttributeReader::next() {
  nlattr header{};
  if (rest_.size() < sizeof header) {
    return std::nullopt;
  }
  std::memcpy(&header, rest_.data(), sizeof header);
  if (header.nla_len < sizeof header || header.nla_len > rest_.size()) {
    rest_ = {};
    return std::nullopt;
  }
  AttributeView attribute{static_cast<std::uint16_t>(header.nla_type & 0x3fff),
                          rest_.subspan(sizeof header, header.nla_len - sizeof header)};
  rest_ = after(rest_, header.nla_len);
  return attribute;
}

std::optional<std::uint8_t> AttributeView::u8() const {
  return exact<std::uint8_t>(value);
}

std::optional<std::uint16_t> AttributeView::u16() const {
  return exact<std::uint16_t>(value);
}

std::optional<std::uint32_t> AttributeView::u32() const {
  return exact<std::uint32_t>(value);
}

std::optional<net::IpAddress> AttributeView::address() const {
  return net::IpAddress::from_octets(value);
}

std::string_view AttributeView::text() const {
  const auto end = std::find(value.begin(), value.end(), std::uint8_t{0});
  return {reinterpret_cast<const char*>(value.data()),
          static_cast<std::size_t>(end - value.begin())};
}

std::optional<Acknowledgement> parse_acknowledgement(const MessageView& message) {
  net::ByteView payload = message.payload;
  const auto code = take_fixed<std::int32_t>(payload);
  if (!code || *code == INT32_MIN) {
    return std::nullopt;
  }
  Acknowledgement result{.error = *code < 0 ? -*code : *code, .sequence = message.sequence};
  if (message.type == NLMSG_ERROR) {
    const auto request = take_fixed<nlmsghdr>(payload);
    if (!request) {
      return std::nullopt;
    }
    result.sequence = request->nlmsg_seq;
    if ((message.flags & NLM_F_CAPPED) == 0) {
      payload = after(payload, request->nlmsg_len - std::min<std::size_t>(request->nlmsg_len, 16));
    }
  }
  if ((message.flags & NLM_F_ACK_TLVS) != 0) {
    AttributeReader attributes(payload);
    while (const auto attribute = attributes.next()) {
      if (attribute->type == NLMSGERR_ATTR_MSG) {
        result.text = attribute->text();
      }
    }
  }
  return result;
}

void* MessageBatch::begin(std::uint16_t type,
                          std::uint16_t flags,
                          std::uint32_t sequence,
                          std::size_t header_size) {
  nest_ = nullptr;
  overflow_ = limit_ - used_ < sizeof(nlmsghdr) + aligned(header_size);
  if (overflow_) {
    open_ = nullptr;
    return nullptr;
  }
  open_ = mnl_nlmsg_put_header(buffer_.data() + used_);
  open_->nlmsg_type = type;
  open_->nlmsg_flags = flags;
  open_->nlmsg_seq = sequence;
  return mnl_nlmsg_put_extra_header(open_, header_size);
}

void MessageBatch::put(std::uint16_t type, net::ByteView value) {
  if (!overflow_ && !mnl_attr_put_check(open_, limit_ - used_, type, value.size(), value.data())) {
    overflow_ = true;
  }
}

void MessageBatch::put_u32(std::uint16_t type, std::uint32_t value) {
  if (!overflow_ && !mnl_attr_put_u32_check(open_, limit_ - used_, type, value)) {
    overflow_ = true;
  }
}

void* MessageBatch::put_raw(std::size_t size) {
  if (overflow_ || limit_ - used_ - open_->nlmsg_len < aligned(size)) {
    overflow_ = true;
    return nullptr;
  }
  return mnl_nlmsg_put_extra_header(open_, size);
}

std::size_t MessageBatch::size() const {
  return used_ + (open_ == nullptr ? 0 : open_->nlmsg_len);
}

void MessageBatch::begin_nest(std::uint16_t type) {
  if (!overflow_) {
    nest_ = mnl_attr_nest_start_check(open_, limit_ - used_, type);
    overflow_ = nest_ == nullptr;
  }
}

void MessageBatch::end_nest() {
  if (!overflow_) {
    mnl_attr_nest_end(open_, nest_);
  }
}

bool MessageBatch::end() {
  if (!overflow_) {
    used_ += aligned(open_->nlmsg_len);
  }
  open_ = nullptr;
  return !overflow_;
}

void MessageBatch::clear() {
  limit_ = buffer_.size() - reserve_;
  used_ = 0;
  open_ = nullptr;
  overflow_ = false;
}

}  // namespace pipit::kernel
