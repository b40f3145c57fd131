// Prefix -> destination of one family: dense rows, found by an open-addressing index of 32-bit
// slots. The prefix stands once, in the row. The index changes its size little by little: with each
// change a few rows move over, and until all have, both indices are looked into.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "net/address.hpp"
#include "rib/destination_id.hpp"
#include "rib/path.hpp"
#include "rib/slab.hpp"

namespace pipit::rib {

class DestinationTable {
 public:
  explicit DestinationTable(net::Afi afi);

  /// A prefix with its hash, for looking up many: prefetch() them all first.
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::uint64_t hash = 0;
    std::uint8_t length = 0;
  };

  Key key(const net::Prefix& prefix) const;

  /// Starts to load the index slot.
  void prefetch(const Key& key) const { __builtin_prefetch(&slots_[home(key.hash)]); }

  /// Starts to load the row that the index slot points to, if any.
  void prefetch_row(const Key& key) const;

  /// kNoDestination when there is none.
  DestinationId find(const Key& key) const;

  DestinationId find(const net::Prefix& prefix) const { return find(key(prefix)); }

  /// Finds or makes the row. kNoDestination when the table is full (67 million).
  DestinationId insert(const Key& key);
  void erase(DestinationId id);

  Destination& operator[](DestinationId id) {
    return *static_cast<Destination*>(rows_.at(static_cast<std::uint32_t>(id)));
  }

  const Destination& operator[](DestinationId id) const {
    return *static_cast<const Destination*>(rows_.at(static_cast<std::uint32_t>(id)));
  }

  bool contains(DestinationId id) const {
    return rows_.backed(static_cast<std::uint32_t>(id)) && (*this)[id].in_use;
  }

  net::Prefix prefix(DestinationId id) const;

  /// The longest prefix of the table that covers the address or prefix and is at most `max_length`
  /// long.
  DestinationId longest_match(const net::IpAddress& address, std::uint8_t max_length) const;

  std::size_t size() const { return rows_.size(); }

  std::uint32_t capacity() const { return rows_.capacity(); }

  net::Afi afi() const { return afi_; }

  std::size_t row_memory() const { return rows_.memory(); }

  std::size_t index_memory() const {
    return (slots_.capacity() + old_slots_.capacity()) * sizeof(slots_[0]);
  }

 private:
  // A slot: the low 26 bits are the id, the high 6 a tag from the hash that spares most looks at
  // rows of other prefixes.
  static constexpr std::uint32_t kIdBits = 26;
  static constexpr std::uint32_t kIdMask = (1U << kIdBits) - 1;
  static constexpr std::uint32_t kEmpty = 0xffffffff;
  static constexpr std::size_t kMinSlots = 256;

  using Slots = std::vector<std::uint32_t>;

  static std::size_t mask(const Slots& slots) { return slots.size() - 1; }

  std::size_t home(std::uint64_t hash) const { return hash & mask(slots_); }

  bool moving() const { return !old_slots_.empty(); }

  static std::uint32_t tag(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 58) << kIdBits;
  }

  void set_hash(Key& key) const;
  Key key(DestinationId id) const;
  bool matches(std::uint32_t slot, const Key& key) const;
  std::size_t locate(const Slots& slots, const Key& key) const;
  void remove(Slots& slots, const Key& key);
  void begin_resize(std::size_t size);
  void move_some();

  net::Afi afi_;
  std::uint64_t seed_;
  Slab rows_;
  Slots slots_;
  Slots old_slots_;          // of before the change of size; empty when there is none under way
  std::uint32_t moved_ = 0;  // rows before it are in slots_; those that are new are, too
  std::array<std::uint32_t, 129> lengths_{};  // destinations by prefix length
};

}  // namespace pipit::rib
