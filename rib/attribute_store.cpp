#include "rib/attribute_store.hpp"

#include <cstring>
#include <new>

#include "bgp/wire/as_path.hpp"
#include "net/footprint.hpp"
#include "rib/attribute_image.hpp"
#include "rib/hash.hpp"

namespace pipit::rib {

/// Followed in the same allocation by `size` octets of image.
struct AttributeStore::Record {
  std::uint32_t references;
  std::uint32_t hash;
  std::uint32_t size;
  std::uint32_t next_hop_index;
  Facts facts;

  std::uint8_t* image() { return reinterpret_cast<std::uint8_t*>(this + 1); }
};

/// Open addressing: handles with their hashes, linear probing, no tombstones.
class AttributeStore::Index {
 public:
  struct Slot {
    std::uint32_t handle = 0;  // 0: empty
    std::uint32_t hash = 0;
  };

  Index() : slots_(kMinSlots) {}

  std::uint64_t seed() const { return seed_; }

  std::size_t memory() const { return slots_.capacity() * sizeof(Slot); }

  /// The slot for which `matches(handle)` holds, else the empty one where the record belongs.
  template <typename Matches>
  Slot& find(std::uint32_t hash, const Matches& matches) {
    std::size_t at = hash & mask();
    while (slots_[at].handle != 0 &&
           (slots_[at].hash != hash || !matches(AttributeHandle{slots_[at].handle}))) {
      at = (at + 1) & mask();
    }
    return slots_[at];
  }

  void put(Slot& slot, AttributeHandle handle, std::uint32_t hash) {
    slot = {static_cast<std::uint32_t>(handle), hash};
    ++used_;
    if (used_ * 10 > slots_.size() * 7) {
      rehash(slots_.size() * 2);
    }
  }

  void erase(AttributeHandle handle, std::uint32_t hash) {
    const auto same = [handle](AttributeHandle other) { return other == handle; };
    std::size_t hole = static_cast<std::size_t>(&find(hash, same) - slots_.data());
    for (std::size_t at = (hole + 1) & mask(); slots_[at].handle != 0; at = (at + 1) & mask()) {
      const std::size_t home = slots_[at].hash & mask();
      if (((at - home) & mask()) >= ((at - hole) & mask())) {
        slots_[hole] = slots_[at];
        hole = at;
      }
    }
    slots_[hole] = {};
    --used_;
    if (slots_.size() > kMinSlots && used_ * 8 < slots_.size()) {
      rehash(slots_.size() / 2);
    }
  }

 private:
  static constexpr std::size_t kMinSlots = 64;

  std::size_t mask() const { return slots_.size() - 1; }

  void rehash(std::size_t size) {
    std::vector<Slot> old(size);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.handle != 0) {
        find(slot.hash, [](AttributeHandle) { return false; }) = slot;
      }
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::uint64_t seed_ = random_seed();
};

namespace {

AttributeStore::Facts facts_of(const bgp::AttributesView& attributes) {
  const bgp::AsPathView path(attributes.as_path);
  return {.as_path_length = path.length(),
          .neighbor_as = path.neighbor().value_or(0),
          .local_preference = attributes.local_preference.value_or(kDefaultLocalPreference),
          .med = attributes.med.value_or(0),
          .weight = attributes.local.weight,
          .cluster_list_length = static_cast<std::uint16_t>(attributes.cluster_list.size() / 4),
          .origin = attributes.origin,
          .originator_id = attributes.originator_id.value_or(0)};
}

}  // namespace

AttributeStore::AttributeStore() : records_(1, nullptr), index_(std::make_unique<Index>()) {}

AttributeStore::~AttributeStore() {
  for (Record* record : records_) {
    ::operator delete(record);
  }
}

AttributeStore::Record& AttributeStore::record(AttributeHandle handle) const {
  return *records_[static_cast<std::uint32_t>(handle)];
}

AttributeHandle AttributeStore::intern(const bgp::AttributesView& attributes) {
  write_image(attributes, image_);
  const auto hash = static_cast<std::uint32_t>(hash_octets(image_, index_->seed()));
  Index::Slot& slot = index_->find(hash, [this](AttributeHandle candidate) {
    Record& found = record(candidate);
    return found.size == image_.size() &&
           std::memcmp(found.image(), image_.data(), image_.size()) == 0;
  });
  if (slot.handle != 0) {
    const AttributeHandle found{slot.handle};
    ++record(found).references;
    return found;
  }
  std::uint32_t number = 0;
  if (free_.empty()) {
    number = static_cast<std::uint32_t>(records_.size());
    records_.push_back(nullptr);
  } else {
    number = free_.back();
    free_.pop_back();
  }
  void* memory = ::operator new(sizeof(Record) + image_.size());
  auto* made = new (memory) Record{.references = 1,
                                   .hash = hash,
                                   .size = static_cast<std::uint32_t>(image_.size()),
                                   .next_hop_index = 0,
                                   .facts = facts_of(attributes)};
  std::memcpy(made->image(), image_.data(), image_.size());
  records_[number] = made;
  octets_ += net::allocated(made);
  const AttributeHandle handle{number};
  index_->put(slot, handle, hash);
  return handle;
}

void AttributeStore::acquire(AttributeHandle handle, std::uint32_t references) {
  if (handle != AttributeHandle::None) {
    record(handle).references += references;
  }
}

void AttributeStore::release(AttributeHandle handle, std::uint32_t references) {
  if (handle == AttributeHandle::None) {
    return;
  }
  Record& held = record(handle);
  held.references -= references;
  if (held.references == 0) {
    destroy(handle, held);
  }
}

void AttributeStore::destroy(AttributeHandle handle, Record& record) {
  index_->erase(handle, record.hash);
  octets_ -= net::allocated(&record);
  records_[static_cast<std::uint32_t>(handle)] = nullptr;
  free_.push_back(static_cast<std::uint32_t>(handle));
  ::operator delete(&record);
}

bgp::AttributesView AttributeStore::view(AttributeHandle handle) const {
  return read_image(record(handle).image());
}

const AttributeStore::Facts& AttributeStore::facts(AttributeHandle handle) const {
  return record(handle).facts;
}

std::uint32_t AttributeStore::next_hop_index(AttributeHandle handle) const {
  return record(handle).next_hop_index;
}

void AttributeStore::set_next_hop_index(AttributeHandle handle, std::uint32_t index) {
  record(handle).next_hop_index = index;
}

bool AttributeStore::contains(AttributeHandle handle) const {
  const auto number = static_cast<std::uint32_t>(handle);
  return number < records_.size() && records_[number] != nullptr;
}

std::size_t AttributeStore::size() const {
  return records_.size() - 1 - free_.size();
}

std::size_t AttributeStore::memory() const {
  return octets_ + net::footprint(records_) + net::footprint(free_) + image_.capacity() +
         index_->memory();
}

std::size_t AttributeStore::capacity() const {
  return records_.size();
}

}  // namespace pipit::rib
