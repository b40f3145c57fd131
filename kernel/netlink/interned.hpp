// Values that many routes share, stored once and counted.
#pragma once

#include <cstdint>
#include <vector>

#include "net/prefix_map.hpp"

namespace pipit::kernel {

/// A store of values that have hash_value() and ==, each named by a number while it is referred to.
template <typename T>
class Interned {
 public:
  using Id = std::uint32_t;

  /// `seed`: of the hash (Loop::random_seed).
  explicit Interned(std::uint64_t seed) : seed_(seed) {}

  Interned(const Interned&) = delete;
  Interned& operator=(const Interned&) = delete;

  /// Finds or makes the record and adds one reference.
  Id acquire(const T& value) {
    const Id known =
        index_.find(hash(value), [&](Id candidate) { return records_[candidate].value == value; });
    if (known != net::IdIndex::kNone) {
      return share(known);
    }
    Id id = static_cast<Id>(records_.size());
    if (free_.empty()) {
      records_.push_back({value, 1});
    } else {
      id = free_.back();
      free_.pop_back();
      records_[id] = {value, 1};
    }
    index_.insert(hash(value), id, hash_of());
    return id;
  }

  /// Adds one reference.
  Id share(Id id) {
    ++records_[id].references;
    return id;
  }

  void release(Id id) {
    Record& record = records_[id];
    if (--record.references == 0) {
      index_.erase(hash(record.value), id, hash_of());
      record.value = {};
      free_.push_back(id);
    }
  }

  const T& operator[](Id id) const { return records_[id].value; }

  /// Distinct values.
  std::size_t size() const { return records_.size() - free_.size(); }

  void for_each(const auto& visit) const {
    for (const Record& record : records_) {
      if (record.references != 0) {
        visit(record.value);
      }
    }
  }

  /// Octets held; `inside` says those of one value.
  std::size_t memory(const auto& inside) const {
    std::size_t octets = records_.size() * sizeof(Record) + net::footprint(free_) + index_.memory();
    for (const Record& record : records_) {
      octets += inside(record.value);
    }
    return octets;
  }

 private:
  struct Record {
    T value;
    std::uint32_t references = 0;
  };

  std::uint64_t hash(const T& value) const {
    return net::mix(hash_value(value) ^ seed_, net::kMixB);
  }

  /// For the index.
  auto hash_of() const {
    return [this](Id id) { return hash(records_[id].value); };
  }

  std::uint64_t seed_;
  net::Rows<Record> records_;
  std::vector<Id> free_;
  net::IdIndex index_;
};

}  // namespace pipit::kernel
