// What the monitor tells the FIB writer.
//
// It is told late: a request of ours may have been carried out since. As long as that can be, what
// is told of a place only says that somebody was there; the next request about it settles what
// stands there now.
#include <algorithm>

#include "kernel/fib/fib_writer_impl.hpp"
#include "kernel/monitor/events.hpp"

namespace pipit::kernel {

namespace {

constexpr std::size_t kMaxWriters = 4096;

/// True for a route that IPv6 makes one of with all others of its prefix and metric.
bool joins_legs(const Route& route) {
  return route.key.prefix.address().is_v6() && joins_multipath(route.body);
}

}  // namespace

bool has_legs_of(const Route& ours, const Route& whole) {
  const auto& legs = whole.body.hops;
  return joins_legs(ours) && joins_legs(whole) &&
         std::all_of(ours.body.hops.begin(), ours.body.hops.end(), [&](const Hop& hop) {
           return std::any_of(legs.begin(), legs.end(), [&](const Hop& leg) {
             return leg.gateway == hop.gateway && leg.interface_index == hop.interface_index;
           });
         });
}

void FibWriter::Impl::note_found(std::uint64_t FibCounters::* what, std::uint32_t origin) {
  if (origin == kSeenInDump && (auditing || !confirmed)) {
    ++(counters.*what);
  }
}

/// Who wrote a route that has our mark, for the warning when it goes.
void FibWriter::Impl::note_writer(const RouteKey& key, std::uint32_t origin) {
  if (origin != 0 && origin != kSeenInDump && !warned_of_deletion && writers.size() < kMaxWriters) {
    writers[key] = origin;
  }
}

/// A route that appeared in the kernel.
void FibWriter::Impl::learn_kernel_route(const Route& route, std::uint32_t origin) {
  if (!is_ours(route)) {
    if (ownership.may_write(route.key)) {
      ++occupied[route.key];
    }
    return;
  }
  if (is_echo(origin)) {
    return;
  }
  note_writer(route.key, origin);
  disturb(route.key);
  const FibId id = table.find_or_add(route.key.prefix);
  const FibBody body{
      .route = normal_form(route.body), .table = route.key.table, .metric = route.key.metric};
  const FibBodyId before = table[id].actual;
  const bool beside = before != kNoBody && table.key(id, before) != route.key;
  const bool awaited = table[id].wanted != kNoBody && table.key(id, table[id].wanted) == route.key;
  const bool known = before != kNoBody && !beside && table.body(before) == body;
  if (!known && !table[id].in_flight && (before != kNoBody || reconciled)) {
    note_found(before != kNoBody && !beside ? &FibCounters::different : &FibCounters::leftover,
               origin);
  }
  if (route.key.tos != 0 || (beside && !awaited)) {
    strays.add(route.key, outrun ? std::nullopt : std::optional(body.route), true);
    if (strays_may_go(route.key.prefix)) {
      strays.release(route.key.prefix);
      wake();
    }
    consider(id);
    return;
  }
  FibEntry& entry = table[id];
  if (beside) {
    strays.add(table.key(id, before), table.body(before).route, entry.found);
  }
  table.set_actual(id, &body);
  entry.found = entry.found || !known;
  if (outrun && !known && !entry.in_flight) {
    doubt(route.key);
  }
  if (entry.wanted == kNoBody) {
    entry.stale = entry.stale || !reconciled;
  } else if (entry.wanted != entry.actual && before == entry.wanted && !entry.in_flight) {
    repair(id);
    return;
  }
  consider(id);
}

/// A route that went from the kernel, or gave its place to another one.
void FibWriter::Impl::forget_kernel_route(const Route& route,
                                          std::uint32_t origin,
                                          const Route* successor) {
  if (!is_ours(route)) {
    const auto found = occupied.find(route.key);
    if (found != occupied.end() && --found->second == 0) {
      occupied.erase(found);
      const FibId id = table.find(route.key.prefix);
      if (id != kNoFibId) {
        // Legs of ours may have been part of it, or may not have been.
        if (successor == nullptr && joins_legs(route)) {
          disturb(route.key);
          if (!table[id].in_flight && stands_at(id, route.key)) {
            table.set_uncertain(id, true);
          }
        }
        troubles.forget(id);
        consider(id);
      }
    }
    return;
  }
  const bool replaced_by_ours = successor != nullptr && is_ours(*successor);
  if (is_echo(origin) || replaced_by_ours) {
    return;
  }
  if (successor != nullptr && has_legs_of(route, *successor)) {
    return;
  }
  disturb(route.key);
  const FibId id = table.find(route.key.prefix);
  const bool stands = id != kNoFibId && stands_at(id, route.key);
  const bool known = stands && table.body(table[id].actual).route == normal_form(route.body);
  const bool was_right = known && table[id].actual == table[id].wanted && !table[id].in_flight;
  if (was_right && table[id].wanted != kNoBody) {
    note_found(&FibCounters::missing, origin);
  }
  if (outrun ? stands || strays.find(route.key) != nullptr : stands && !known) {
    doubt(route.key);  // a newer route of ours may stand there
  } else {
    strays.erase(route.key);
    if (!stands) {
      return;
    }
    table.set_actual(id, nullptr);
  }
  if (was_right && table[id].wanted != kNoBody) {
    repair(id);
  } else if (id != kNoFibId) {
    consider(id);
  }
}

}  // namespace pipit::kernel
