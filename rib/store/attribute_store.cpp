#include "rib/store/attribute_store.hpp"

#include <cstring>
#include <new>

#include "bgp/wire/as_path.hpp"
#include "net/hash.hpp"
#include "rib/store/attribute_image.hpp"

namespace pipit::rib {

/// Followed in the same allocation by `size` octets of image.
struct AttributeStore::Record {
  std::uint32_t size;
  std::uint32_t next_hop_index;
  Facts facts;

  /// Octets, image included.
  std::size_t whole() const { return sizeof *this + size; }

  std::uint8_t* image() { return reinterpret_cast<std::uint8_t*>(this + 1); }
};

namespace {

/// Both the slot, which its low bits choose, and the tag, its high ones, come from the hash.
std::uint64_t index_hash(std::uint32_t hash) {
  return (std::uint64_t{hash} << 32) | hash;
}

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

AttributeStore::AttributeStore(std::uint64_t seed) : seed_(seed) {
  entries_.push_back({});
}

AttributeStore::~AttributeStore() {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (Record* const record = entries_[i].record; record != nullptr) {
      blocks_.free(record, record->whole());
    }
  }
}

AttributeStore::Record& AttributeStore::record(AttributeHandle handle) const {
  return *entries_[static_cast<std::uint32_t>(handle)].record;
}

AttributeHandle AttributeStore::intern(const bgp::AttributesView& attributes) {
  write_image(attributes, image_);
  const auto hash = static_cast<std::uint32_t>(net::hash_octets(image_, seed_));
  const std::uint32_t known = index_.find(index_hash(hash), [this](std::uint32_t candidate) {
    Record& record = *entries_[candidate].record;
    return record.size == image_.size() &&
           std::memcmp(record.image(), image_.data(), image_.size()) == 0;
  });
  if (known != net::IdIndex::kNone) {
    ++entries_[known].references;
    return AttributeHandle{known};
  }
  const std::uint32_t number = new_number();
  void* memory = blocks_.allocate(sizeof(Record) + image_.size());
  auto* made = new (memory) Record{.size = static_cast<std::uint32_t>(image_.size()),
                                   .next_hop_index = 0,
                                   .facts = facts_of(attributes)};
  std::memcpy(made->image(), image_.data(), image_.size());
  entries_[number] = {.references = 1, .hash = hash, .record = made};
  index_.insert(index_hash(hash), number,
                [this](std::uint32_t one) { return index_hash(entries_[one].hash); });
  return AttributeHandle{number};
}

std::uint32_t AttributeStore::new_number() {
  if (first_free_ != 0) {
    const std::uint32_t number = first_free_;
    first_free_ = entries_[number].hash;
    --free_count_;
    return number;
  }
  if (entries_.size() == net::IdIndex::kIdLimit) {
    throw std::bad_alloc();  // it takes more than 8 GB to come here
  }
  entries_.push_back({});
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

void AttributeStore::destroy(AttributeHandle handle) {
  const auto number = static_cast<std::uint32_t>(handle);
  Entry& entry = entries_[number];
  blocks_.free(entry.record, entry.record->whole());
  index_.erase(index_hash(entry.hash), number,
               [this](std::uint32_t one) { return index_hash(entries_[one].hash); });
  entry = {.references = 0, .hash = first_free_, .record = nullptr};
  first_free_ = number;
  ++free_count_;
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
  return number < entries_.size() && entries_[number].record != nullptr;
}

std::size_t AttributeStore::size() const {
  return entries_.size() - 1 - free_count_;
}

std::size_t AttributeStore::memory() const {
  return blocks_.memory() + entries_.memory() + image_.capacity() + index_.memory();
}

std::size_t AttributeStore::capacity() const {
  return entries_.size();
}

}  // namespace pipit::rib
