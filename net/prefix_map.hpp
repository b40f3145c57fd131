// Prefix -> value, for a million of them: no turn of the loop pays for growing, nothing that is in
// it moves, and no peer can choose prefixes that collide.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include <boost/container/deque.hpp>

#include "net/address.hpp"
#include "net/footprint.hpp"
#include "net/hash.hpp"
#include "net/id_index.hpp"

namespace pipit::net {

/// Rows by number: growing copies none of them.
template <typename Row>
using Rows = boost::container::
    deque<Row, void, boost::container::deque_options<boost::container::block_size<4096>>::type>;

/// Of prefixes, under a seed that should differ from one table and process to the next.
class PrefixHash {
 public:
  explicit PrefixHash(std::uint64_t seed) : seed_(seed) {}

  /// `salt`: whatever else tells the keys apart.
  std::uint64_t operator()(const Prefix& prefix, std::uint64_t salt = 0) const {
    std::uint64_t words[2] = {0, 0};
    const ByteView octets = prefix.address().octets();
    std::memcpy(words, octets.data(), octets.size());
    return mix(words[0] ^ seed_,
               mix(words[1] ^ kMixB, seed_ ^ prefix.length() ^ salt << 8) ^ kMixA);
  }

 private:
  std::uint64_t seed_;
};

template <typename T>
class PrefixMap {
 public:
  /// `seed`: of the hash (Loop::random_seed).
  explicit PrefixMap(std::uint64_t seed) : hash_(seed) {}

  /// nullptr: not there. Valid until it is erased.
  T* find(const Prefix& prefix) {
    const std::uint32_t id = find_id(prefix);
    return id == IdIndex::kNone ? nullptr : &rows_[id].value;
  }

  const T* find(const Prefix& prefix) const {
    const std::uint32_t id = find_id(prefix);
    return id == IdIndex::kNone ? nullptr : &rows_[id].value;
  }

  /// Starts to load what a look at the prefix begins with: for looking at many.
  void prefetch(const Prefix& prefix) const { index_.prefetch(hash_(prefix)); }

  bool contains(const Prefix& prefix) const { return find_id(prefix) != IdIndex::kNone; }

  /// The value of the prefix, and whether it was made now.
  std::pair<T&, bool> try_emplace(const Prefix& prefix) {
    std::uint32_t id = find_id(prefix);
    if (id != IdIndex::kNone) {
      return {rows_[id].value, false};
    }
    if (free_.empty()) {
      id = static_cast<std::uint32_t>(rows_.size());
      rows_.emplace_back();
    } else {
      id = free_.back();
      free_.pop_back();
    }
    rows_[id].prefix = prefix;
    rows_[id].used = true;
    index_.insert(hash_(prefix), id, hash_of());
    return {rows_[id].value, true};
  }

  /// True when it was there.
  bool erase(const Prefix& prefix) {
    const std::uint32_t id = find_id(prefix);
    if (id == IdIndex::kNone) {
      return false;
    }
    index_.erase(hash_(prefix), id, hash_of());
    rows_[id] = {};
    free_.push_back(id);
    return true;
  }

  /// Calls visit(prefix, value) for each; the map must not change meanwhile.
  template <typename Visit>
  void for_each(const Visit& visit) {
    for (Row& row : rows_) {
      if (row.used) {
        visit(std::as_const(row.prefix), row.value);
      }
    }
  }

  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const Row& row : rows_) {
      if (row.used) {
        visit(row.prefix, row.value);
      }
    }
  }

  /// Calls visit(prefix, value) for what stands in up to `count` rows from `position` on. What is
  /// there all the time is met, whatever comes and goes between two calls. False: the end was
  /// reached.
  template <typename Visit>
  bool walk(std::size_t& position, std::size_t count, const Visit& visit) const {
    const std::size_t end = std::min(rows_.size(), position + count);
    for (; position < end; ++position) {
      if (rows_[position].used) {
        visit(rows_[position].prefix, rows_[position].value);
      }
    }
    return position < rows_.size();
  }

  std::size_t size() const { return rows_.size() - free_.size(); }

  /// Octets held, without what the values hold in turn.
  std::size_t memory() const {
    return rows_.size() * sizeof(Row) + footprint(free_) + index_.memory();
  }

 private:
  struct Row {
    Prefix prefix;
    bool used = false;
    T value{};
  };

  std::uint32_t find_id(const Prefix& prefix) const {
    return index_.find(hash_(prefix), [&](std::uint32_t id) { return rows_[id].prefix == prefix; });
  }

  /// For the index.
  auto hash_of() const {
    return [this](std::uint32_t id) { return hash_(rows_[id].prefix); };
  }

  PrefixHash hash_;
  Rows<Row> rows_;
  std::vector<std::uint32_t> free_;
  IdIndex index_;
};

}  // namespace pipit::net
