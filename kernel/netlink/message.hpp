// Netlink messages and their attributes as bounded views, and a writer of batches. Nothing read
// here goes past the octets that were given, whatever lengths they claim.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "net/address.hpp"
#include "net/bytes.hpp"

struct nlmsghdr;
struct nlattr;

namespace pipit::kernel {

/// One message of a datagram.
struct MessageView {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t sequence = 0;
  std::uint32_t port = 0;
  net::ByteView payload;
};

/// The messages of a datagram in order; ends at the first one that does not fit.
class MessageReader {
 public:
  explicit MessageReader(net::ByteView datagram) : rest_(datagram) {}

  std::optional<MessageView> next();

 private:
  net::ByteView rest_;
};

struct AttributeView {
  std::uint16_t type = 0;  // without the nested and byte-order bits
  net::ByteView value;

  /// Integers are in host order, as netlink has them; nullopt when the length is another.
  std::optional<std::uint8_t> u8() const;
  std::optional<std::uint16_t> u16() const;
  std::optional<std::uint32_t> u32() const;
  /// An address of exactly 4 or 16 octets.
  std::optional<net::IpAddress> address() const;
  /// Up to the terminating zero.
  std::string_view text() const;
};

/// The attributes of a message or nest in order; ends at the first one that does not fit.
class AttributeReader {
 public:
  explicit AttributeReader(net::ByteView octets) : rest_(octets) {}

  std::optional<AttributeView> next();

 private:
  net::ByteView rest_;
};

/// Copies the fixed header off the front of a payload; what follows are its attributes.
template <typename T>
  requires std::is_trivially_copyable_v<T>
std::optional<T> take_fixed(net::ByteView& payload) {
  constexpr std::size_t kAligned = (sizeof(T) + 3) & ~std::size_t{3};
  if (payload.size() < sizeof(T)) {
    return std::nullopt;
  }
  T value;
  std::memcpy(&value, payload.data(), sizeof(T));
  payload = payload.subspan(payload.size() < kAligned ? payload.size() : kAligned);
  return value;
}

/// What an NLMSG_ERROR message says.
struct Acknowledgement {
  int error = 0;               // positive errno; 0: done
  std::uint32_t sequence = 0;  // of the request
  std::string text;            // the kernel's own words (NLMSGERR_ATTR_MSG), may be empty
};

/// Reads an NLMSG_ERROR or the tail of an NLMSG_DONE; nullopt when it is too short.
std::optional<Acknowledgement> parse_acknowledgement(const MessageView& message);

/// Builds messages one after the other in a buffer of fixed capacity, through libmnl. A message
/// that does not fit is dropped as a whole.
class MessageBatch {
 public:
  /// The capacity for a request that asks for one thing.
  static constexpr std::size_t kOneRequest = 256;

  /// Of the capacity, `reserve` octets are for what comes after use_reserve().
  explicit MessageBatch(std::size_t capacity, std::size_t reserve = 0)
      : buffer_(capacity), reserve_(reserve), limit_(capacity - reserve) {}

  /// Starts a message with a zeroed fixed header of `header_size` octets and returns that header;
  /// nullptr when it does not fit.
  void* begin(std::uint16_t type,
              std::uint16_t flags,
              std::uint32_t sequence,
              std::size_t header_size);
  void put(std::uint16_t type, net::ByteView value);
  void put_u32(std::uint16_t type, std::uint32_t value);
  /// Room for raw octets inside the open message (a struct rtnexthop), zeroed; nullptr when full.
  void* put_raw(std::size_t size);
  /// Where the next octet goes: to compute lengths of nested structures.
  std::size_t size() const;
  void begin_nest(std::uint16_t type);
  void end_nest();
  /// Closes the message. False when it did not fit: the batch is as before begin().
  bool end();

  /// Lets the messages from now on have the reserve.
  void use_reserve() { limit_ = buffer_.size(); }

  /// Starts over, with the reserve set aside again.
  void clear();

  bool empty() const { return used_ == 0; }

  net::ByteView octets() const { return net::ByteView(buffer_).first(used_); }

 private:
  std::vector<std::uint8_t> buffer_;
  std::size_t reserve_;
  std::size_t limit_;     // octets that may be used
  std::size_t used_ = 0;  // closed messages
  nlmsghdr* open_ = nullptr;
  nlattr* nest_ = nullptr;
  bool overflow_ = false;
};

}  // namespace pipit::kernel
