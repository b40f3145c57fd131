#include "bgp/wire/message.hpp"

#include <array>

namespace pipit::bgp {
namespace {

constexpr std::size_t kMarkerSize = 16;
constexpr std::size_t kKeptTail = 4096;  // memory that an empty tail may keep

/// Sizes of the whole message (RFC 4271 §6.1, RFC 8654 §4).
struct MessageRow {
  MessageType type;
  std::string_view name;
  std::size_t min;
  std::size_t max;
};

// ROUTE-REFRESH has no minimum here: its own error says more (RFC 7313 §5).
constexpr std::array<MessageRow, 5> kMessages{{
    {MessageType::Open, "OPEN", 29, kMaxMessage},
    {MessageType::Update, "UPDATE", 23, kMaxExtendedMessage},
    {MessageType::Notification, "NOTIFICATION", 21, kMaxExtendedMessage},
    {MessageType::Keepalive, "KEEPALIVE", kHeaderSize, kHeaderSize},
    {MessageType::RouteRefresh, "ROUTE-REFRESH", kHeaderSize, kMaxExtendedMessage},
}};

constexpr std::uint8_t kNotSynchronized = 1;
constexpr std::uint8_t kBadLength = 2;
constexpr std::uint8_t kBadType = 3;

const MessageRow* row_of(std::uint8_t type) {
  return type >= 1 && type <= kMessages.size() ? &kMessages[type - 1U] : nullptr;
}

std::unexpected<Notification> header_error(std::uint8_t subcode, net::Bytes data = {}) {
  return std::unexpected(
      Notification{.code = ErrorCode::MessageHeader, .subcode = subcode, .data = std::move(data)});
}

}  // namespace

std::string_view name_of(MessageType type) {
  const MessageRow* row = row_of(static_cast<std::uint8_t>(type));
  return row == nullptr ? "unknown" : row->name;
}

std::expected<MessageHeader, Notification> decode_header(net::ByteView octets,
                                                         std::size_t max_message) {
  net::ByteReader reader(octets);
  const net::ByteView marker = reader.take(kMarkerSize);
  const std::uint16_t length = reader.u16();
  const std::uint8_t type = reader.u8();
  const bool synchronized =
      std::all_of(marker.begin(), marker.end(), [](std::uint8_t octet) { return octet == 0xff; });
  if (!reader.ok() || !synchronized) {
    return header_error(kNotSynchronized);
  }
  const MessageRow* row = row_of(type);
  const std::size_t min = row == nullptr ? kHeaderSize : row->min;
  const std::size_t max = row == nullptr ? max_message : std::min(max_message, row->max);
  if (length < min || length > max) {
    return header_error(
        kBadLength, {static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)});
  }
  if (row == nullptr) {
    return header_error(kBadType, {type});
  }
  return MessageHeader{.length = length, .type = row->type};
}

std::expected<FrameBuffer::Cut, Notification> FrameBuffer::next(net::ByteView& chunk) {
  if (!tail_.empty()) {
    return next_from_tail(chunk);
  }
  if (chunk.size() < kHeaderSize) {
    fill_tail(chunk, chunk.size());
    return Cut{};
  }
  const auto header = decode_header(chunk.first(kHeaderSize), max_message_);
  if (!header) {
    return std::unexpected(header.error());
  }
  if (chunk.size() < header->length) {
    tail_.reserve(header->length);
    fill_tail(chunk, chunk.size());
    return Cut{};
  }
  const net::ByteView whole = chunk.first(header->length);
  chunk = chunk.subspan(header->length);
  return Cut{.type = header->type, .octets = whole, .from_tail = false};
}

std::expected<FrameBuffer::Cut, Notification> FrameBuffer::next_from_tail(net::ByteView& chunk) {
  fill_tail(chunk, kHeaderSize);
  if (tail_.size() < kHeaderSize) {
    return Cut{};
  }
  const auto header = decode_header(net::ByteView(tail_).first(kHeaderSize), max_message_);
  if (!header) {
    return std::unexpected(header.error());
  }
  fill_tail(chunk, header->length);
  if (tail_.size() < header->length) {
    return Cut{};
  }
  return Cut{.type = header->type, .octets = tail_, .from_tail = true};
}

/// Moves octets from the chunk until the tail has `size` of them.
void FrameBuffer::fill_tail(net::ByteView& chunk, std::size_t size) {
  if (tail_.size() < size) {
    const std::size_t count = std::min(size - tail_.size(), chunk.size());
    tail_.insert(tail_.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
    chunk = chunk.subspan(count);
  }
}

void FrameBuffer::drop_tail() {
  tail_.clear();
  if (tail_.capacity() > kKeptTail) {
    tail_.shrink_to_fit();
  }
}

void encode_header(MessageType type, std::size_t body_size, net::Bytes& out) {
  net::ByteWriter writer(out);
  out.insert(out.end(), kMarkerSize, 0xff);
  writer.u16(static_cast<std::uint16_t>(kHeaderSize + body_size));
  writer.u8(static_cast<std::uint8_t>(type));
}

void encode_keepalive(net::Bytes& out) {
  encode_header(MessageType::Keepalive, 0, out);
}

void encode_notification(const Notification& notification, net::Bytes& out) {
  constexpr std::size_t kMaxData = kMaxMessage - kHeaderSize - 2;
  const std::size_t size = std::min(notification.data.size(), kMaxData);
  encode_header(MessageType::Notification, 2 + size, out);
  net::ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(notification.code));
  writer.u8(notification.subcode);
  writer.bytes(net::ByteView(notification.data).first(size));
}

Notification decode_notification(net::ByteView body) {
  net::ByteReader reader(body);
  Notification notification;
  notification.code = static_cast<ErrorCode>(reader.u8());
  notification.subcode = reader.u8();
  notification.data.assign(reader.rest().begin(), reader.rest().end());
  return notification;
}

}  // namespace pipit::bgp
