// Bounded cursors over octets in network order. Reading never goes past the end and failure sticks:
// read a whole structure, then ask ok() once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pipit::net {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// Reads big-endian integers and slices. After the first read past the end every read gives zero or
/// an empty slice and ok() is false. Does not own the octets.
class ByteReader {
 public:
  explicit constexpr ByteReader(ByteView octets) : rest_(octets) {}

  constexpr bool ok() const { return ok_; }

  constexpr bool empty() const { return rest_.empty(); }

  constexpr std::size_t remaining() const { return rest_.size(); }

  constexpr ByteView rest() const { return rest_; }

  constexpr std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }

  constexpr std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }

  constexpr std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }

  constexpr std::uint64_t u64() { return integer(8); }

  /// The next `count` octets.
  constexpr ByteView take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const ByteView slice = rest_.first(count);
    rest_ = rest_.subspan(count);
    return slice;
  }

  /// A child cursor over exactly the next `count` octets. Of a failed take the child is failed too.
  constexpr ByteReader child(std::size_t count) {
    const bool fits = ok_ && count <= rest_.size();
    ByteReader reader(take(count));
    reader.ok_ = fits;
    return reader;
  }

 private:
  constexpr std::uint64_t integer(std::size_t count) {
    std::uint64_t value = 0;
    for (const std::uint8_t octet : take(count)) {
      value = (value << 8) | octet;
    }
    return value;
  }

  ByteView rest_;
  bool ok_ = true;
};

/// Appends big-endian integers to a byte vector that it does not own.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(value); }

  void u16(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value >> 8));
    u8(static_cast<std::uint8_t>(value));
  }

  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
  }

  void u64(std::uint64_t value) {
    u32(static_cast<std::uint32_t>(value >> 32));
    u32(static_cast<std::uint32_t>(value));
  }

  void bytes(ByteView octets) { out_.insert(out_.end(), octets.begin(), octets.end()); }

  std::size_t size() const { return out_.size(); }

  /// Overwrites two octets written earlier, e.g. a length that is known only afterwards.
  void put_u16(std::size_t at, std::uint16_t value) {
    out_[at] = static_cast<std::uint8_t>(value >> 8);
    out_[at + 1] = static_cast<std::uint8_t>(value);
  }

 private:
  Bytes& out_;
};

}  // namespace pipit::net
