// Adj-RIB-Out of one update group: six octets for each destination, by destination id. Stands in
// blocks, so that it grows without being copied; a copy shares them until one of both writes. Holds
// a reference to each handle, once for all that share a block; counts are kept, not computed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "rib/out/exporter.hpp"
#include "rib/store/attribute_store.hpp"
#include "rib/table/destination_id.hpp"

namespace pipit::rib {

class AdjRibOut {
 public:
  explicit AdjRibOut(AttributeStore& store) : store_(store) {}

  /// A copy of another one that is settled.
  explicit AdjRibOut(const AdjRibOut& other);
  AdjRibOut& operator=(const AdjRibOut&) = delete;
  ~AdjRibOut();

  /// One past the highest destination that may have a route.
  std::uint32_t size() const { return size_; }

  StoredRoute at(DestinationId destination) const {
    const auto i = static_cast<std::uint32_t>(destination);
    if (!has(i)) {
      return {};
    }
    const Block& block = *blocks_[i / kBlock];
    return {block.handles[i % kBlock], block.sources[i % kBlock]};
  }

  bool has(std::uint32_t destination) const {
    return destination < size_ &&
           blocks_[destination / kBlock]->handles[destination % kBlock] != AttributeHandle::None;
  }

  /// A bit for each of the 64 destinations from 64 * `word` on: set where there is a route.
  std::uint64_t present(std::uint32_t word) const {
    const std::uint32_t first = 64 * word;
    if (first >= size_) {
      return 0;
    }
    const AttributeHandle* const handles = &blocks_[first / kBlock]->handles[first % kBlock];
    std::uint64_t bits = 0;
    for (std::uint32_t i = 0; i < 64; ++i) {
      bits |= std::uint64_t{handles[i] != AttributeHandle::None} << i;
    }
    return bits;
  }

  enum class Reference : std::uint8_t { Take, Adopt };

  /// Stores a route, or none, in place of what was there. Takes a reference, or adopts the
  /// caller's; references are settled at settle().
  void set(DestinationId destination, StoredRoute route, Reference reference = Reference::Take);

  /// Gives references back and takes new ones. Call it before anybody else can release handles.
  void settle();

  std::uint32_t count() const { return count_; }

  std::uint32_t count_from(SourceId source) const {
    return source < by_source_.size() ? by_source_[source] : 0;
  }

  /// Empties the last `budget` destinations, so that a big one can be freed in slices. True when
  /// more is left.
  bool shrink(std::size_t budget);

  std::size_t memory() const;

 private:
  static constexpr std::uint32_t kBlock = 2048;  // destinations

  struct Block {
    std::array<AttributeHandle, kBlock> handles{};  // None
    std::array<SourceId, kBlock> sources;           // of those that have a handle
  };

  /// Equal handles tend to come in runs: one call for each run.
  struct Run {
    AttributeHandle handle = AttributeHandle::None;
    std::uint32_t count = 0;
  };

  void acquire(AttributeHandle handle);
  void release(AttributeHandle handle);
  void resize(std::uint32_t size);
  Block& writable(std::size_t number);
  void forget(std::uint32_t begin, std::uint32_t end);
  void settle_acquired();

  AttributeStore& store_;
  std::vector<std::shared_ptr<Block>> blocks_;
  std::uint32_t size_ = 0;
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> by_source_;
  Run acquired_;
  Run released_;
};

}  // namespace pipit::rib
