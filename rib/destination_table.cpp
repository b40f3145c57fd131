#include "rib/destination_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "rib/hash.hpp"

namespace pipit::rib {

namespace {

constexpr std::size_t row_size(net::Afi afi) {
  return sizeof(Destination) + (afi == net::Afi::Ipv6 ? 16 : 4);
}

std::uint8_t* address_of(Destination& row) {
  return reinterpret_cast<std::uint8_t*>(&row + 1);
}

const std::uint8_t* address_of(const Destination& row) {
  return reinterpret_cast<const std::uint8_t*>(&row + 1);
}

}  // namespace

DestinationTable::DestinationTable(net::Afi afi)
    : afi_(afi),
      seed_(random_seed()),
      rows_(row_size(afi), kIdMask - (1U << 15)),
      slots_(kMinSlots, kEmpty) {}

void DestinationTable::set_hash(Key& key) const {
  key.hash = mix(key.high ^ seed_, mix(key.low ^ kMixB, seed_ ^ key.length) ^ kMixA);
}

DestinationTable::Key DestinationTable::key(const net::Prefix& prefix) const {
  Key made;
  made.length = prefix.length();
  if (afi_ == net::Afi::Ipv4) {
    made.high = prefix.address().to_v4();
  } else {
    const net::ByteView octets = prefix.address().octets();
    std::memcpy(&made.high, octets.data(), 8);
    std::memcpy(&made.low, octets.data() + 8, 8);
  }
  set_hash(made);
  return made;
}

DestinationTable::Key DestinationTable::key(DestinationId id) const {
  const Destination& row = (*this)[id];
  Key made;
  made.length = row.length;
  if (afi_ == net::Afi::Ipv4) {
    std::uint32_t address = 0;
    std::memcpy(&address, address_of(row), 4);
    made.high = address;
  } else {
    std::memcpy(&made.high, address_of(row), 8);
    std::memcpy(&made.low, address_of(row) + 8, 8);
  }
  set_hash(made);
  return made;
}

bool DestinationTable::matches(std::uint32_t slot, const Key& key) const {
  const Destination& row = (*this)[DestinationId{slot & kIdMask}];
  if (row.length != key.length) {
    return false;
  }
  if (afi_ == net::Afi::Ipv4) {
    std::uint32_t address = 0;
    std::memcpy(&address, address_of(row), 4);
    return address == key.high;
  }
  return std::memcmp(address_of(row), &key.high, 8) == 0 &&
         std::memcmp(address_of(row) + 8, &key.low, 8) == 0;
}

std::size_t DestinationTable::locate(const Slots& slots, const Key& key) const {
  const std::uint32_t wanted = tag(key.hash);
  std::size_t at = key.hash & mask(slots);
  while (slots[at] != kEmpty && ((slots[at] & ~kIdMask) != wanted || !matches(slots[at], key))) {
    at = (at + 1) & mask(slots);
  }
  return at;
}

void DestinationTable::prefetch_row(const Key& key) const {
  const std::uint32_t slot = slots_[home(key.hash)];
  if (slot != kEmpty) {
    __builtin_prefetch(rows_.at(slot & kIdMask));
  }
}

DestinationId DestinationTable::find(const Key& key) const {
  std::uint32_t slot = slots_[locate(slots_, key)];
  if (slot == kEmpty && moving()) {
    slot = old_slots_[locate(old_slots_, key)];
  }
  return slot == kEmpty ? kNoDestination : DestinationId{slot & kIdMask};
}

DestinationId DestinationTable::insert(const Key& key) {
  const std::size_t at = locate(slots_, key);
  if (slots_[at] != kEmpty) {
    return DestinationId{slots_[at] & kIdMask};
  }
  if (moving()) {
    const std::uint32_t old = old_slots_[locate(old_slots_, key)];
    if (old != kEmpty) {
      return DestinationId{old & kIdMask};
    }
  }
  const std::uint32_t id = rows_.allocate();
  if (id == kNoSlot) {
    return kNoDestination;
  }
  Destination& row = *new (rows_.at(id)) Destination;
  row.length = key.length;
  row.in_use = true;
  if (afi_ == net::Afi::Ipv4) {
    const auto address = static_cast<std::uint32_t>(key.high);
    std::memcpy(address_of(row), &address, 4);
  } else {
    std::memcpy(address_of(row), &key.high, 8);
    std::memcpy(address_of(row) + 8, &key.low, 8);
  }
  slots_[at] = tag(key.hash) | id;
  ++lengths_[key.length];
  if (moving()) {
    move_some();
  } else if (rows_.size() * 10 > slots_.size() * 7) {
    begin_resize(slots_.size() * 2);
  }
  return DestinationId{id};
}

void DestinationTable::erase(DestinationId id) {
  const Key gone = key(id);
  remove(slots_, gone);
  if (moving()) {
    remove(old_slots_, gone);
  }
  --lengths_[gone.length];
  (*this)[id].in_use = false;
  rows_.free(static_cast<std::uint32_t>(id));
  if (moving()) {
    move_some();
  } else if (slots_.size() > kMinSlots && rows_.size() * 8 < slots_.size()) {
    begin_resize(slots_.size() / 2);
  }
}

/// Takes the row out of an index that may have it, and closes the hole.
void DestinationTable::remove(Slots& slots, const Key& key) {
  std::size_t hole = locate(slots, key);
  if (slots[hole] == kEmpty) {
    return;
  }
  for (std::size_t at = (hole + 1) & mask(slots); slots[at] != kEmpty;
       at = (at + 1) & mask(slots)) {
    const std::size_t start = this->key(DestinationId{slots[at] & kIdMask}).hash & mask(slots);
    if (((at - start) & mask(slots)) >= ((at - hole) & mask(slots))) {
      slots[hole] = slots[at];
      hole = at;
    }
  }
  slots[hole] = kEmpty;
}

void DestinationTable::begin_resize(std::size_t size) {
  old_slots_ = std::exchange(slots_, Slots(size, kEmpty));
  moved_ = 0;
  move_some();
}

/// Rows are read in order, slots are hit at random: a batch of them is loaded ahead.
void DestinationTable::move_some() {
  constexpr std::size_t kBatch = 32;
  std::array<std::pair<std::uint32_t, Key>, kBatch> batch;  // id, its key
  std::size_t filled = 0;
  const std::uint32_t end =
      std::min(rows_.capacity(), moved_ + static_cast<std::uint32_t>(2 * kBatch));
  for (; moved_ < end && filled < kBatch; ++moved_) {
    if (contains(DestinationId{moved_})) {
      batch[filled] = {moved_, key(DestinationId{moved_})};
      prefetch(batch[filled++].second);
    }
  }
  for (std::size_t i = 0; i < filled; ++i) {
    const auto& [id, key] = batch[i];
    const std::size_t at = locate(slots_, key);  // it may be new, and be there
    slots_[at] = tag(key.hash) | id;
  }
  if (moved_ >= rows_.capacity()) {  // which falls when the last rows are given back
    old_slots_ = Slots();
  }
}

net::Prefix DestinationTable::prefix(DestinationId id) const {
  const Destination& row = (*this)[id];
  if (afi_ == net::Afi::Ipv4) {
    std::uint32_t address = 0;
    std::memcpy(&address, address_of(row), 4);
    return net::Prefix::from_masked(net::IpAddress::v4(address), row.length);
  }
  return net::Prefix::from_masked(
      net::IpAddress::v6(std::span<const std::uint8_t, 16>(address_of(row), 16)), row.length);
}

DestinationId DestinationTable::longest_match(const net::IpAddress& address,
                                              std::uint8_t max_length) const {
  if (address.afi() != afi_) {
    return kNoDestination;
  }
  for (int length = std::min(max_length, address.bits()); length >= 0; --length) {
    const auto bits = static_cast<std::uint8_t>(length);
    if (lengths_[bits] != 0) {
      if (const DestinationId id = find(net::Prefix(address, bits)); id != kNoDestination) {
        return id;
      }
    }
  }
  return kNoDestination;
}

}  // namespace pipit::rib
