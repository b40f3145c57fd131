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

std::size_t DestinationTable::locate(const Key& key) const {
  const std::uint32_t wanted = tag(key.hash);
  std::size_t at = home(key.hash);
  while (slots_[at] != kEmpty && ((slots_[at] & ~kIdMask) != wanted || !matches(slots_[at], key))) {
    at = (at + 1) & mask();
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
  const std::uint32_t slot = slots_[locate(key)];
  return slot == kEmpty ? kNoDestination : DestinationId{slot & kIdMask};
}

DestinationId DestinationTable::insert(const Key& key) {
  const std::size_t at = locate(key);
  if (slots_[at] != kEmpty) {
    return DestinationId{slots_[at] & kIdMask};
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
  if (rows_.size() * 10 > slots_.size() * 7) {
    rehash(slots_.size() * 2);
  }
  return DestinationId{id};
}

void DestinationTable::erase(DestinationId id) {
  const Key gone = key(id);
  std::size_t hole = locate(gone);
  for (std::size_t at = (hole + 1) & mask(); slots_[at] != kEmpty; at = (at + 1) & mask()) {
    const std::size_t start = home(key(DestinationId{slots_[at] & kIdMask}).hash);
    if (((at - start) & mask()) >= ((at - hole) & mask())) {
      slots_[hole] = slots_[at];
      hole = at;
    }
  }
  slots_[hole] = kEmpty;
  --lengths_[gone.length];
  (*this)[id].in_use = false;
  rows_.free(static_cast<std::uint32_t>(id));
  if (slots_.size() > kMinSlots && rows_.size() * 8 < slots_.size()) {
    rehash(slots_.size() / 2);
  }
}

void DestinationTable::rehash(std::size_t size) {
  slots_ = std::vector<std::uint32_t>(size, kEmpty);
  // Rows are read in order, slots are hit at random: load a batch of them ahead.
  constexpr std::size_t kBatch = 32;
  std::array<std::pair<std::uint32_t, std::uint64_t>, kBatch> batch;  // id, hash
  std::size_t filled = 0;
  const auto place = [&] {
    for (std::size_t i = 0; i < filled; ++i) {
      const auto [id, hash] = batch[i];
      std::size_t at = home(hash);
      while (slots_[at] != kEmpty) {
        at = (at + 1) & mask();
      }
      slots_[at] = tag(hash) | id;
    }
    filled = 0;
  };
  for (std::uint32_t id = 0; id < rows_.capacity(); ++id) {
    if (!contains(DestinationId{id})) {
      continue;
    }
    const Key moved = key(DestinationId{id});
    prefetch(moved);
    batch[filled++] = {id, moved.hash};
    if (filled == kBatch) {
      place();
    }
  }
  place();
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
