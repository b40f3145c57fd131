// Interned route bodies: the few distinct (protocol, hops, ...) that many routes share, counted.
// Also counts routes per interface and per preferred source.
#pragma once

#include <cstdint>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "kernel/route.hpp"

namespace pipit::kernel {

/// Names a body of the store.
using BodyId = std::uint32_t;

class BodyStore {
 public:
  BodyStore();
  BodyStore(const BodyStore&) = delete;
  BodyStore& operator=(const BodyStore&) = delete;

  /// Finds or makes the record and adds one reference.
  BodyId acquire(const RouteBody& body);
  void release(BodyId id);

  const RouteBody& operator[](BodyId id) const { return records_[id].body; }

  std::size_t using_interface(std::uint32_t interface_index) const;
  std::size_t using_source(const net::IpAddress& address) const;

  std::size_t impaired() const { return impaired_; }

  std::size_t using_nexthop_objects() const { return nexthop_objects_; }

  std::size_t size() const { return index_.size(); }

  /// Octets held.
  std::size_t memory() const;

 private:
  struct Record {
    RouteBody body;
    std::uint32_t references = 0;
  };

  struct Hash {
    using is_transparent = void;
    const std::vector<Record>* records;

    std::size_t operator()(BodyId id) const { return hash_value((*records)[id].body); }

    std::size_t operator()(const RouteBody& body) const { return hash_value(body); }
  };

  struct Equal {
    using is_transparent = void;
    const std::vector<Record>* records;

    bool operator()(BodyId a, BodyId b) const { return a == b; }

    bool operator()(BodyId a, const RouteBody& b) const { return (*records)[a].body == b; }

    bool operator()(const RouteBody& a, BodyId b) const { return (*records)[b].body == a; }
  };

  void count(const RouteBody& body, int by);

  std::vector<Record> records_;
  std::vector<BodyId> free_;
  boost::unordered_flat_set<BodyId, Hash, Equal> index_;
  boost::unordered_flat_map<std::uint32_t, std::size_t> interfaces_;
  boost::unordered_flat_map<net::IpAddress, std::size_t> sources_;
  std::size_t impaired_ = 0;
  std::size_t nexthop_objects_ = 0;
};

}  // namespace pipit::kernel
