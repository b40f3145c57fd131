// Interned route bodies: the few distinct (protocol, hops, ...) that many routes share, counted.
// Also counts routes per interface and per preferred source.
#pragma once

#include <cstdint>

#include <boost/unordered/unordered_flat_map.hpp>

#include "kernel/netlink/interned.hpp"
#include "kernel/netlink/route.hpp"

namespace pipit::kernel {

/// Names a body of the store.
using BodyId = Interned<RouteBody>::Id;

class BodyStore {
 public:
  explicit BodyStore(std::uint64_t seed) : bodies_(seed) {}

  BodyStore(const BodyStore&) = delete;
  BodyStore& operator=(const BodyStore&) = delete;

  /// Finds or makes the record and adds one reference.
  BodyId acquire(const RouteBody& body);
  void release(BodyId id);

  const RouteBody& operator[](BodyId id) const { return bodies_[id]; }

  std::size_t using_interface(std::uint32_t interface_index) const;
  std::size_t using_source(const net::IpAddress& address) const;

  std::size_t impaired() const { return impaired_; }

  std::size_t using_nexthop_objects() const { return nexthop_objects_; }

  std::size_t size() const { return bodies_.size(); }

  /// Octets held.
  std::size_t memory() const;

 private:
  void count(const RouteBody& body, int by);

  Interned<RouteBody> bodies_;
  boost::unordered_flat_map<std::uint32_t, std::size_t> interfaces_;
  boost::unordered_flat_map<net::IpAddress, std::size_t> sources_;
  std::size_t impaired_ = 0;
  std::size_t nexthop_objects_ = 0;
};

}  // namespace pipit::kernel
