// Routes of ours that stand beside the one that the FIB writer's books name for their prefix: at a
// metric or in a table that it had before a move, or that an earlier run gave it. They stay until
// the wanted route is there, so that no packet finds the prefix without one.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "kernel/netlink/route.hpp"
#include "net/footprint.hpp"

namespace pipit::kernel {

class FibStrays {
 public:
  /// `body` is what the kernel has there; nullopt: perhaps something of ours. `found`: this run did
  /// not write it.
  void add(const RouteKey& key, std::optional<RouteBody> body, bool found = false);
  void erase(const RouteKey& key);

  /// As add() had it; nullptr: there is none.
  const std::optional<RouteBody>* find(const RouteKey& key) const;

  /// Those of a prefix are to be deleted.
  void release(const net::Prefix& prefix);

  /// This one is.
  void release(const RouteKey& key) { leaving_.insert(key); }

  /// All are whose prefix fits.
  void release_if(const auto& fits) {
    for (const auto& [key, body] : bodies_) {
      if (fits(key.prefix)) {
        leaving_.insert(key);
      }
    }
  }

  /// One that is to be deleted; nullptr: none.
  const RouteKey* leaving() const { return leaving_.empty() ? nullptr : &*leaving_.begin(); }

  bool is_found(const RouteKey& key) const { return found_.contains(key); }

  /// Each one's key.
  void for_each(const auto& visit) const {
    for (const auto& [key, body] : bodies_) {
      visit(key);
    }
  }

  bool empty() const { return bodies_.empty(); }

  /// Octets held.
  std::size_t memory() const {
    return net::tree_footprint(bodies_) + net::tree_footprint(leaving_) +
           net::tree_footprint(found_);
  }

 private:
  std::map<RouteKey, std::optional<RouteBody>> bodies_;
  std::set<RouteKey> leaving_;  // some of these
  std::set<RouteKey> found_;    // likewise
};

}  // namespace pipit::kernel
