// Fixed-size slots named by dense 32-bit ids, in chunks: growing copies nothing, an empty chunk
// goes back to the system. Holds destinations and paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "net/mapping.hpp"

namespace pipit::rib {

inline constexpr std::uint32_t kNoSlot = 0xffffffff;

class Slab {
 public:
  /// `slot_size`: octets of a slot, at least 4 and a multiple of 4. At most `limit` slots are ever
  /// given out at once.
  Slab(std::size_t slot_size, std::uint32_t limit);

  /// A slot with undefined content; kNoSlot when the limit is reached. Prefers low ids' chunks that
  /// have room.
  std::uint32_t allocate();
  void free(std::uint32_t id);

  /// The slot's octets. The id must have been given out.
  void* at(std::uint32_t id) { return slots_[id >> kShift] + (id & kMask) * slot_size_; }

  const void* at(std::uint32_t id) const {
    return slots_[id >> kShift] + (id & kMask) * slot_size_;
  }

  /// True when the slot was given out at some time and its memory is still there.
  bool backed(std::uint32_t id) const {
    const std::uint32_t chunk = id >> kShift;
    return chunk < chunks_.size() && (id & kMask) < chunks_[chunk].fresh;
  }

  std::size_t size() const { return size_; }

  /// One past the highest id that may be in use.
  std::uint32_t capacity() const;
  std::size_t memory() const;

 private:
  static constexpr std::uint32_t kShift = 13;
  static constexpr std::uint32_t kChunkSlots = 1U << kShift;
  static constexpr std::uint32_t kMask = kChunkSlots - 1;

  struct Chunk {
    net::Mapping octets;
    std::uint32_t first_free = kNoSlot;  // offset; the link stands in the slot's first four octets
    std::uint32_t fresh = 0;             // slots from here on were never given out
    std::uint32_t used = 0;
    bool listed = false;  // in partial_
  };

  bool has_room(const Chunk& chunk) const {
    return chunk.octets && (chunk.first_free != kNoSlot || chunk.fresh < kChunkSlots);
  }

  bool choose_chunk();
  void back(std::uint32_t chunk);

  std::size_t slot_size_;
  std::uint32_t limit_;
  std::size_t size_ = 0;
  std::uint32_t current_ = kNoSlot;
  std::vector<Chunk> chunks_;
  std::vector<std::byte*> slots_;       // chunks_[i].octets, for at()
  std::vector<std::uint32_t> partial_;  // chunks that may have room
  std::vector<std::uint32_t> unbacked_;
};

}  // namespace pipit::rib
