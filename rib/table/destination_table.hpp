// Key -> destination of one family: dense rows, found by an index of their ids. The key stands
// once, in the row: a prefix, and in VPN families the Route Distinguisher behind it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "net/address.hpp"
#include "net/id_index.hpp"
#include "net/route_key.hpp"
#include "rib/store/slab.hpp"
#include "rib/table/destination_id.hpp"
#include "rib/table/path.hpp"

namespace pipit::rib {

class DestinationTable {
 public:
  /// `seed`: of the hash (Loop::random_seed).
  explicit DestinationTable(net::Family family, std::uint64_t seed = 0);

  /// A key with its hash, for looking up many: prefetch() them all first.
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::uint64_t hash = 0;
    std::uint8_t length = 0;
    std::uint64_t distinguisher = 0;
  };

  /// `distinguisher`: of families that have one.
  Key key(const net::Prefix& prefix, const net::RouteDistinguisher& distinguisher = {}) const;

  /// Of a key of this family.
  Key key(const net::RouteKey& key) const { return this->key(key.prefix, key.distinguisher); }

  /// Starts to load what find() and insert() look at first.
  void prefetch(const Key& key) const { index_.prefetch(key.hash); }

  /// Starts to load the row that the index slot points to, if any.
  void prefetch_row(const Key& key) const;

  /// kNoDestination when there is none.
  DestinationId find(const Key& key) const;

  DestinationId find(const net::RouteKey& key) const { return find(this->key(key)); }

  /// Finds or makes the row. kNoDestination when the table is full (67 million).
  DestinationId insert(const Key& key);
  void erase(DestinationId id);

  /// Starts to load what erase() looks at; the row should be loaded already.
  void prefetch_erase(DestinationId id) const { index_.prefetch(key(id).hash); }

  /// Starts to load the row.
  void prefetch_row(DestinationId id) const {
    __builtin_prefetch(rows_.at(static_cast<std::uint32_t>(id)));
  }

  Destination& operator[](DestinationId id) {
    return *static_cast<Destination*>(rows_.at(static_cast<std::uint32_t>(id)));
  }

  const Destination& operator[](DestinationId id) const {
    return *static_cast<const Destination*>(rows_.at(static_cast<std::uint32_t>(id)));
  }

  /// True when the id was given out at some time and its row is still there.
  bool backed(DestinationId id) const { return rows_.backed(static_cast<std::uint32_t>(id)); }

  bool contains(DestinationId id) const { return backed(id) && (*this)[id].in_use; }

  net::Prefix prefix(DestinationId id) const;

  /// The whole key.
  net::RouteKey route_key(DestinationId id) const;

  /// The longest prefix of the table that covers the address or prefix and is at most `max_length`
  /// long; of one VPN in families that have such.
  DestinationId longest_match(const net::IpAddress& address,
                              std::uint8_t max_length,
                              const net::RouteDistinguisher& distinguisher = {}) const;

  std::size_t size() const { return rows_.size(); }

  std::uint32_t capacity() const { return rows_.capacity(); }

  std::size_t row_memory() const { return rows_.memory(); }

  std::size_t index_memory() const { return index_.memory(); }

 private:
  void set_hash(Key& key) const;
  Key key(DestinationId id) const;
  std::uint8_t* distinguisher_of(DestinationId id);
  const std::uint8_t* distinguisher_of(DestinationId id) const;
  bool matches(std::uint32_t id, const Key& key) const;

  net::Family family_;
  net::Afi afi_;
  std::uint8_t address_octets_;
  bool distinguished_;  // keys have a Route Distinguisher
  std::uint64_t seed_;
  Slab rows_;
  net::IdIndex index_;
  std::array<std::uint32_t, 129> lengths_{};  // destinations by prefix length
};

}  // namespace pipit::rib
