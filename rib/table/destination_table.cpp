#include "rib/table/destination_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "bgp/wire/family_table.hpp"
#include "net/hash.hpp"

namespace pipit::rib {

namespace {

std::size_t row_size(net::Family family) {
  const bgp::FamilyRow& row = bgp::family_row(family);
  return sizeof(Destination) + row.address_octets + row.distinguisher_octets;
}

std::uint8_t* address_of(Destination& row) {
  return reinterpret_cast<std::uint8_t*>(&row + 1);
}

const std::uint8_t* address_of(const Destination& row) {
  return reinterpret_cast<const std::uint8_t*>(&row + 1);
}

}  // namespace

DestinationTable::DestinationTable(net::Family family, std::uint64_t seed)
    : family_(family),
      afi_(family.afi),
      address_octets_(static_cast<std::uint8_t>(bgp::family_row(family).address_octets)),
      distinguished_(bgp::family_row(family).distinguisher_octets != 0),
      seed_(seed),
      rows_(row_size(family), net::IdIndex::kIdLimit) {}

std::uint8_t* DestinationTable::distinguisher_of(DestinationId id) {
  return address_of((*this)[id]) + address_octets_;
}

const std::uint8_t* DestinationTable::distinguisher_of(DestinationId id) const {
  return address_of((*this)[id]) + address_octets_;
}

void DestinationTable::set_hash(Key& key) const {
  key.hash =
      net::mix(key.high ^ seed_, net::mix(key.low ^ net::kMixB, seed_ ^ key.length) ^ net::kMixA);
  if (distinguished_) {
    key.hash = net::mix(key.hash ^ key.distinguisher, net::kMixB);
  }
}

DestinationTable::Key DestinationTable::key(const net::Prefix& prefix,
                                            const net::RouteDistinguisher& distinguisher) const {
  Key made;
  made.length = prefix.length();
  if (afi_ == net::Afi::Ipv4) {
    made.high = prefix.address().to_v4();
  } else {
    const net::ByteView octets = prefix.address().octets();
    std::memcpy(&made.high, octets.data(), 8);
    std::memcpy(&made.low, octets.data() + 8, 8);
  }
  if (distinguished_) {
    std::memcpy(&made.distinguisher, distinguisher.octets.data(), sizeof made.distinguisher);
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
  if (distinguished_) {
    std::memcpy(&made.distinguisher, distinguisher_of(id), sizeof made.distinguisher);
  }
  set_hash(made);
  return made;
}

bool DestinationTable::matches(std::uint32_t id, const Key& key) const {
  const Destination& row = (*this)[DestinationId{id}];
  if (row.length != key.length) {
    return false;
  }
  if (distinguished_ && std::memcmp(distinguisher_of(DestinationId{id}), &key.distinguisher,
                                    sizeof key.distinguisher) != 0) {
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

void DestinationTable::prefetch_row(const Key& key) const {
  const std::uint32_t id = index_.first(key.hash);
  if (id != net::IdIndex::kNone) {
    prefetch_row(DestinationId{id});
  }
}

DestinationId DestinationTable::find(const Key& key) const {
  return DestinationId{index_.find(key.hash, [&](std::uint32_t id) { return matches(id, key); })};
}

DestinationId DestinationTable::insert(const Key& key) {
  if (const DestinationId known = find(key); known != kNoDestination) {
    return known;
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
  if (distinguished_) {
    std::memcpy(distinguisher_of(DestinationId{id}), &key.distinguisher, sizeof key.distinguisher);
  }
  ++lengths_[key.length];
  index_.insert(key.hash, id,
                [this](std::uint32_t one) { return this->key(DestinationId{one}).hash; });
  return DestinationId{id};
}

void DestinationTable::erase(DestinationId id) {
  const Key gone = key(id);
  index_.erase(gone.hash, static_cast<std::uint32_t>(id),
               [this](std::uint32_t one) { return key(DestinationId{one}).hash; });
  --lengths_[gone.length];
  (*this)[id].in_use = false;
  rows_.free(static_cast<std::uint32_t>(id));
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

net::RouteKey DestinationTable::route_key(DestinationId id) const {
  net::RouteKey made{family_, {}, prefix(id)};
  if (distinguished_) {
    std::memcpy(made.distinguisher.octets.data(), distinguisher_of(id),
                net::RouteDistinguisher::kSize);
  }
  return made;
}

DestinationId DestinationTable::longest_match(const net::IpAddress& address,
                                              std::uint8_t max_length,
                                              const net::RouteDistinguisher& distinguisher) const {
  if (address.afi() != afi_) {
    return kNoDestination;
  }
  for (int length = std::min(max_length, address.bits()); length >= 0; --length) {
    const auto bits = static_cast<std::uint8_t>(length);
    if (lengths_[bits] != 0) {
      if (const DestinationId id = find(key(net::Prefix(address, bits), distinguisher));
          id != kNoDestination) {
        return id;
      }
    }
  }
  return kNoDestination;
}

}  // namespace pipit::rib
