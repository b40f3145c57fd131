// Adj-RIB-Out of one update group: six octets for each destination, in two arrays by destination
// id. Holds a reference to each handle; counts are kept, not computed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/attribute_store.hpp"
#include "rib/destination_id.hpp"
#include "rib/exporter.hpp"

namespace pipit::rib {

class AdjRibOut {
 public:
  explicit AdjRibOut(AttributeStore& store) : store_(store) {}

  /// Takes references of its own: a frozen copy of another one.
  explicit AdjRibOut(const AdjRibOut& other);
  AdjRibOut& operator=(const AdjRibOut&) = delete;
  ~AdjRibOut();

  /// One past the highest destination that may have a route.
  std::uint32_t size() const { return static_cast<std::uint32_t>(handles_.size()); }

  StoredRoute at(DestinationId destination) const {
    const auto i = static_cast<std::uint32_t>(destination);
    if (i >= handles_.size() || handles_[i] == AttributeHandle::None) {
      return {};
    }
    return {handles_[i], sources_[i]};
  }

  bool has(std::uint32_t destination) const {
    return destination < handles_.size() && handles_[destination] != AttributeHandle::None;
  }

  enum class Reference : std::uint8_t { Take, Adopt };

  /// Stores a route, or none, in place of what was there. Takes a reference, or adopts the
  /// caller's; references are settled at settle().
  void set(DestinationId destination, StoredRoute route, Reference reference = Reference::Take);

  /// Gives references back and takes new ones. Call it before anybody else can release handles.
  void settle();

  std::uint32_t count() const { return count_; }

  std::uint32_t count_from(SourceId source) const {
    return source < by_source_.size() ? by_source_[source] : 0;
  }

  /// Empties the last `budget` destinations, so that a big one can be freed in slices. True when
  /// more is left.
  bool shrink(std::size_t budget);

  std::size_t memory() const;

 private:
  /// Equal handles tend to come in runs: one call for each run.
  struct Run {
    AttributeHandle handle = AttributeHandle::None;
    std::uint32_t count = 0;
  };

  void acquire(AttributeHandle handle);
  void release(AttributeHandle handle);

  AttributeStore& store_;
  std::vector<AttributeHandle> handles_;
  std::vector<SourceId> sources_;
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> by_source_;
  Run acquired_;
  Run released_;
};

}  // namespace pipit::rib
