// Values that many routes share, stored once and counted.
#pragma once

#include <cstdint>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "net/footprint.hpp"

namespace pipit::kernel {

/// A store of values that have hash_value() and ==, each named by a number while it is referred to.
template <typename T>
class Interned {
 public:
  using Id = std::uint32_t;

  Interned() : index_(0, Hash{&records_}, Equal{&records_}) {}

  Interned(const Interned&) = delete;
  Interned& operator=(const Interned&) = delete;

  /// Finds or makes the record and adds one reference.
  Id acquire(const T& value) {
    if (const auto found = index_.find(value); found != index_.end()) {
      ++records_[*found].references;
      return *found;
    }
    Id id = static_cast<Id>(records_.size());
    if (free_.empty()) {
      records_.push_back({value, 1});
    } else {
      id = free_.back();
      free_.pop_back();
      records_[id] = {value, 1};
    }
    index_.insert(id);
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
      index_.erase(id);
      record.value = {};
      free_.push_back(id);
    }
  }

  const T& operator[](Id id) const { return records_[id].value; }

  /// Distinct values.
  std::size_t size() const { return index_.size(); }

  void for_each(const auto& visit) const {
    for (const Id id : index_) {
      visit(records_[id].value);
    }
  }

  /// Octets held; `inside` says those of one value.
  std::size_t memory(const auto& inside) const {
    std::size_t octets = net::footprint(records_) + net::footprint(free_) + net::footprint(index_);
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

  struct Hash {
    using is_transparent = void;
    const std::vector<Record>* records;

    std::size_t operator()(Id id) const { return hash_value((*records)[id].value); }

    std::size_t operator()(const T& value) const { return hash_value(value); }
  };

  struct Equal {
    using is_transparent = void;
    const std::vector<Record>* records;

    bool operator()(Id a, Id b) const { return a == b; }

    bool operator()(Id a, const T& b) const { return (*records)[a].value == b; }

    bool operator()(const T& a, Id b) const { return (*records)[b].value == a; }
  };

  std::vector<Record> records_;
  std::vector<Id> free_;
  boost::unordered_flat_set<Id, Hash, Equal> index_;
};

}  // namespace pipit::kernel
