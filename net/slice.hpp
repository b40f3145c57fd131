// A part of an immutable shared buffer: what update groups encode once and every member session
// writes.
#pragma once

#include <cstdint>
#include <memory>

#include "net/bytes.hpp"

namespace pipit::net {

using SharedBytes = std::shared_ptr<const Bytes>;

/// `length` octets of `buffer` from `offset`; keeps the buffer alive.
struct Slice {
  SharedBytes buffer;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  ByteView view() const { return ByteView(*buffer).subspan(offset, length); }

  /// A slice over a whole buffer.
  static Slice whole(Bytes octets) {
    const auto length = static_cast<std::uint32_t>(octets.size());
    return {std::make_shared<const Bytes>(std::move(octets)), 0, length};
  }
};

}  // namespace pipit::net
