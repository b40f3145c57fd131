// Work over all interned attributes, done in slices: which records have a next hop that changed,
// and which tracked next hops no record names any more. Owned and driven by Rib.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <boost/dynamic_bitset.hpp>

#include "rib/store/attribute_store.hpp"
#include "rib/table/next_hops.hpp"

namespace pipit::rib {

/// A bit for each attribute handle.
using HandleSet = boost::dynamic_bitset<>;

class AttributeWalk {
 public:
  AttributeWalk(const AttributeStore& attributes, NextHops& next_hops)
      : attributes_(attributes), next_hops_(next_hops) {}

  /// Searches the records over these next hops, which are tracked. Records made from now on need
  /// not be found: whoever makes them knows the next hops as they are. A search that runs starts
  /// over and keeps what it found.
  void search(const std::vector<NextHopKey>& changed);

  /// Stops tracking the next hops that no record names; nothing happens while that is being done.
  void collect();

  bool idle() const { return search_at_ == 0 && collect_at_ == 0; }

  /// Looks at up to `budget` records, or next hops.
  void run(std::size_t budget);

  /// The records that a search found, once, when it has ended.
  std::optional<HandleSet> take_found();

  /// True once when a collection has ended.
  bool take_collected();

 private:
  bool concerned(AttributeHandle handle) const;
  std::size_t run_search(std::size_t budget);
  void run_collection(std::size_t budget);

  const AttributeStore& attributes_;
  NextHops& next_hops_;
  std::vector<net::IpAddress> addresses_;  // that are searched, sorted
  boost::dynamic_bitset<> indices_;        // of those next hops
  HandleSet found_;
  std::size_t search_at_ = 0;   // the next record; 0: no search
  std::size_t collect_at_ = 0;  // likewise
  bool search_ended_ = false;
  bool collected_ = false;
};

}  // namespace pipit::rib
