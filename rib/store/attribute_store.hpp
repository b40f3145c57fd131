// Interned path attributes: one immutable record for each distinct set, shared by every path that
// has it.
//
// Equality of attributes is equality of handles. References are counted without atomics: the RIB
// has one thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bgp/wire/attributes.hpp"
#include "net/id_index.hpp"
#include "net/steady_array.hpp"
#include "rib/store/record_blocks.hpp"

namespace pipit::rib {

/// Names a record of the store. Zero names none.
enum class AttributeHandle : std::uint32_t { None = 0 };

using bgp::kDefaultLocalPreference;

class AttributeStore {
 public:
  /// `seed`: of the hash (Loop::random_seed).
  explicit AttributeStore(std::uint64_t seed = 0);
  AttributeStore(const AttributeStore&) = delete;
  AttributeStore& operator=(const AttributeStore&) = delete;
  ~AttributeStore();

  /// Finds or makes the record of these attributes, next hop included, and adds one reference for
  /// the caller.
  AttributeHandle intern(const bgp::AttributesView& attributes);

  void acquire(AttributeHandle handle, std::uint32_t references = 1) {
    if (handle != AttributeHandle::None) {
      entries_[static_cast<std::uint32_t>(handle)].references += references;
    }
  }

  /// The last reference frees the record. None is ignored.
  void release(AttributeHandle handle, std::uint32_t references = 1) {
    if (handle != AttributeHandle::None) {
      Entry& held = entries_[static_cast<std::uint32_t>(handle)];
      held.references -= references;
      if (held.references == 0) {
        destroy(handle);
      }
    }
  }

  /// The attributes of a record; valid until its last reference goes.
  bgp::AttributesView view(AttributeHandle handle) const;

  /// Computed once per record, read by the decision process.
  struct Facts {
    std::uint32_t as_path_length = 0;
    std::uint32_t neighbor_as = 0;  // MED group; 0: none
    std::uint32_t local_preference = kDefaultLocalPreference;
    std::uint32_t med = 0;  // a missing one is 0
    std::uint32_t weight = 0;
    std::uint16_t cluster_list_length = 0;
    bgp::Origin origin = bgp::Origin::Igp;
    std::uint32_t originator_id = 0;  // 0: none
  };

  const Facts& facts(AttributeHandle handle) const;

  /// A number that the next hop tracking keeps with a record, 0 at first: no part of the
  /// attributes.
  std::uint32_t next_hop_index(AttributeHandle handle) const;
  void set_next_hop_index(AttributeHandle handle, std::uint32_t index);

  /// True when the handle value names a live record: for loops up to capacity().
  bool contains(AttributeHandle handle) const;

  std::size_t size() const;    // records
  std::size_t memory() const;  // octets held, index included
  std::size_t capacity()
      const;  // one past the highest handle value given out so far: for arrays by handle

 private:
  struct Record;

  /// What is touched most often stands dense, apart from the record.
  struct Entry {
    std::uint32_t references = 0;  // 0: free
    std::uint32_t hash = 0;        // of a free entry: the next free one
    Record* record = nullptr;
  };

  Record& record(AttributeHandle handle) const;
  std::uint32_t new_number();
  void destroy(AttributeHandle handle);

  std::uint64_t seed_;
  net::SteadyArray<Entry> entries_;  // by handle; the first is never used
  std::uint32_t first_free_ = 0;     // 0: none
  std::size_t free_count_ = 0;
  net::IdIndex index_;
  net::Bytes image_;  // scratch: the octets of the record that intern() looks for
  RecordBlocks blocks_;
};

}  // namespace pipit::rib
