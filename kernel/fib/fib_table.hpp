// The FIB writer's books: for each prefix what is wanted and what the kernel has, where both are
// interned bodies, so that comparing them is comparing numbers. Table and metric are part of a
// body: that routes may differ in them costs the entry nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/netlink/interned.hpp"
#include "kernel/netlink/route.hpp"
#include "net/prefix_map.hpp"

namespace pipit::kernel {

using FibId = std::uint32_t;
inline constexpr FibId kNoFibId = net::IdIndex::kNone;

/// Where a route of ours leads, and where it stands.
struct FibBody {
  RouteBody route;
  std::uint32_t table = 0;
  std::uint32_t metric = 0;

  friend bool operator==(const FibBody&, const FibBody&) = default;
};

std::size_t hash_value(const FibBody& body);

using FibBodies = Interned<FibBody>;
using FibBodyId = FibBodies::Id;
inline constexpr FibBodyId kNoBody = 0xffffffff;

struct FibEntry {
  net::Prefix prefix;
  bool used : 1 = false;
  bool queued : 1 = false;
  bool in_flight : 1 = false;  // a request about it is on its way, or its answer not worked in yet
  bool stale : 1 = false;      // from an earlier run; kept until reconcile()
  bool uncertain : 1 = false;  // where it is wanted something of ours may stand, whatever `actual`
  bool found : 1 = false;      // this run did not write `actual`
  FibBodyId wanted = kNoBody;
  FibBodyId actual = kNoBody;  // one of ours; what else there is of ours is a stray of the writer
};

/// A body as the writer compares it: without what the kernel decides by itself, hops in order.
RouteBody normal_form(RouteBody body);

class FibTable {
 public:
  /// `seed`: of the hashes (Loop::random_seed).
  explicit FibTable(std::uint64_t seed) : hash_(seed), bodies_(seed) {}

  FibTable(const FibTable&) = delete;
  FibTable& operator=(const FibTable&) = delete;

  FibId find(const net::Prefix& prefix) const;
  FibId find_or_add(const net::Prefix& prefix);
  /// Forgets an entry that neither is wanted nor exists.
  void erase(FibId id);

  FibEntry& operator[](FibId id) { return entries_[id]; }

  const FibEntry& operator[](FibId id) const { return entries_[id]; }

  /// One past the highest id.
  FibId capacity() const { return static_cast<FibId>(entries_.size()); }

  /// These keep the counts right. nullptr: none.
  void set_wanted(FibId id, const FibBody* body);
  void set_actual(FibId id, const FibBody* body);
  void set_uncertain(FibId id, bool uncertain);
  void set_in_flight(FibId id, bool in_flight);
  /// The kernel has this body now.
  void confirm(FibId id, FibBodyId body);

  /// Keeps a body, for as long as a request about it is on its way.
  FibBodyId share(FibBodyId body) { return bodies_.share(body); }

  void release(FibBodyId body) { bodies_.release(body); }

  const FibBody& body(FibBodyId id) const { return bodies_[id]; }

  /// What the kernel tells such a route of the entry apart by.
  RouteKey key(FibId id, FibBodyId body) const {
    return {.prefix = entries_[id].prefix,
            .table = bodies_[body].table,
            .metric = bodies_[body].metric};
  }

  /// True when the kernel has what is wanted, for certain and for good.
  bool is_installed(FibId id) const { return is_installed(entries_[id]); }

  /// True when both stand in the same place: the one replaces the other.
  bool same_place(FibBodyId a, FibBodyId b) const {
    return bodies_[a].table == bodies_[b].table && bodies_[a].metric == bodies_[b].metric;
  }

  /// Every body in the books.
  void for_each_body(const auto& visit) const { bodies_.for_each(visit); }

  /// Octets held.
  std::size_t memory() const;

  std::size_t wanted() const { return wanted_; }

  std::size_t installed() const { return installed_; }

 private:
  static bool is_installed(const FibEntry& entry) {
    return entry.wanted != kNoBody && entry.wanted == entry.actual && !entry.uncertain &&
           !entry.in_flight;
  }

  void count(const FibEntry& entry, int by);
  void assign(FibBodyId FibEntry::* place, FibId id, FibBodyId body);

  net::PrefixHash hash_;
  net::Rows<FibEntry> entries_;
  std::vector<FibId> free_;
  net::IdIndex index_;
  FibBodies bodies_;
  std::size_t wanted_ = 0;
  std::size_t installed_ = 0;
};

}  // namespace pipit::kernel
