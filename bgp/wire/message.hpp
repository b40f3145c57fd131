// The frame around every BGP message (RFC 4271 §4.1): header, its checks (§6.1), the buffer that
// cuts a TCP stream into messages, and the messages that are little more than a header.
//
// Fed by a session's read loop; what it cuts goes to decode_open, decode_update and so on.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <expected>
#include <string_view>

#include "bgp/wire/negotiated.hpp"
#include "bgp/wire/notification.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

enum class MessageType : std::uint8_t {
  Open = 1,
  Update = 2,
  Notification = 3,
  Keepalive = 4,
  RouteRefresh = 5,
};

/// "UPDATE", for logs and counters.
std::string_view name_of(MessageType type);

struct MessageHeader {
  std::uint16_t length = 0;  // of the whole message
  MessageType type = MessageType::Keepalive;
};

/// Decodes and checks the first 19 octets of a message. Errors: 1/1 marker, 1/2 with the bad length
/// as data, 1/3 with the bad type as data (RFC 4271 §6.1, RFC 8654 §4).
std::expected<MessageHeader, Notification> decode_header(net::ByteView octets,
                                                         std::size_t max_message);

/// One complete message; the octets are valid only during the callback.
struct Frame {
  MessageType type;
  net::ByteView body;   // what follows the header
  net::ByteView whole;  // with the header
};

/// Cuts a stream of octets into messages. Messages that lie complete in a chunk are handed out in
/// place; only the incomplete tail is copied, at most one message of it.
class FrameBuffer {
 public:
  /// Takes the next octets of the stream and calls `on_frame` for every message that is complete
  /// now. `on_frame` returns whether to go on: after false nothing of this object is touched any
  /// more, so it may have been destroyed, and the rest of the chunk is dropped. It may call
  /// set_max_message(). After an error the stream is of no use.
  template <std::predicate<const Frame&> OnFrame>
  std::expected<void, Notification> feed(net::ByteView chunk, OnFrame&& on_frame) {
    while (true) {
      const std::expected<Cut, Notification> cut = next(chunk);
      if (!cut) {
        return std::unexpected(cut.error());
      }
      if (cut->octets.empty()) {
        return {};
      }
      if (!on_frame(Frame{cut->type, cut->octets.subspan(kHeaderSize), cut->octets})) {
        return {};
      }
      if (cut->from_tail) {
        drop_tail();
      }
    }
  }

  /// 4,096 at first; 65,535 once extended messages were negotiated (RFC 8654).
  void set_max_message(std::size_t octets) { max_message_ = octets; }

  /// Octets of the incomplete message that are held.
  std::size_t held() const { return tail_.size(); }

  void clear() { tail_.clear(); }

 private:
  struct Cut {
    MessageType type = MessageType::Keepalive;
    net::ByteView octets;  // empty: no complete message
    bool from_tail = false;
  };

  std::expected<Cut, Notification> next(net::ByteView& chunk);
  std::expected<Cut, Notification> next_from_tail(net::ByteView& chunk);
  void fill_tail(net::ByteView& chunk, std::size_t size);
  void drop_tail();

  net::Bytes tail_;
  std::size_t max_message_ = kMaxMessage;
};

/// Appends a header; `body_size` octets must follow.
void encode_header(MessageType type, std::size_t body_size, net::Bytes& out);

void encode_keepalive(net::Bytes& out);

/// Appends a NOTIFICATION; data beyond what a message of 4,096 octets can hold is cut off.
void encode_notification(const Notification& notification, net::Bytes& out);

/// Decodes the body of a NOTIFICATION (at least 2 octets, which decode_header saw to; a shorter one
/// gives zeros). Any code is taken: there is no error in a NOTIFICATION to answer (RFC 4271 §6.4).
Notification decode_notification(net::ByteView body);

}  // namespace pipit::bgp
