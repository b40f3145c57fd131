#include "kernel/fib/fib_table.hpp"

#include <algorithm>
#include <utility>

#include <boost/container_hash/hash.hpp>

namespace pipit::kernel {

RouteBody normal_form(RouteBody body) {
  body.scope = 0;
  for (Hop& hop : body.hops) {
    hop.dead = false;
    hop.linkdown = false;
  }
  if (body.hops.size() == 1) {
    body.hops.front().weight = 1;  // has a meaning only beside others
  }
  std::sort(body.hops.begin(), body.hops.end());
  return body;
}

static_assert(sizeof(FibEntry) == 28);  // there is one for each prefix in the kernel

std::size_t hash_value(const FibBody& body) {
  std::size_t seed = hash_value(body.route);
  boost::hash_combine(seed, body.table);
  boost::hash_combine(seed, body.metric);
  return seed;
}

FibId FibTable::find(const net::Prefix& prefix) const {
  return index_.find(hash_(prefix), [&](FibId id) { return entries_[id].prefix == prefix; });
}

FibId FibTable::find_or_add(const net::Prefix& prefix) {
  FibId id = find(prefix);
  if (id != kNoFibId) {
    return id;
  }
  if (free_.empty()) {
    id = static_cast<FibId>(entries_.size());
    entries_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  entries_[id] = {.prefix = prefix, .used = true};
  index_.insert(hash_(prefix), id, [this](FibId one) { return hash_(entries_[one].prefix); });
  return id;
}

void FibTable::erase(FibId id) {
  assign(&FibEntry::wanted, id, kNoBody);
  assign(&FibEntry::actual, id, kNoBody);
  index_.erase(hash_(entries_[id].prefix), id,
               [this](FibId one) { return hash_(entries_[one].prefix); });
  entries_[id] = {};
  free_.push_back(id);
}

void FibTable::assign(FibBodyId FibEntry::* place, FibId id, FibBodyId body) {
  FibEntry& entry = entries_[id];
  count(entry, -1);
  const FibBodyId old = std::exchange(entry.*place, body);
  count(entry, 1);
  if (old != kNoBody) {
    bodies_.release(old);
  }
}

void FibTable::count(const FibEntry& entry, int by) {
  const auto step = static_cast<std::size_t>(by);
  wanted_ += entry.wanted != kNoBody ? step : 0;
  installed_ += is_installed(entry) ? step : 0;
}

void FibTable::set_wanted(FibId id, const FibBody* body) {
  assign(&FibEntry::wanted, id, body == nullptr ? kNoBody : bodies_.acquire(*body));
}

void FibTable::set_actual(FibId id, const FibBody* body) {
  assign(&FibEntry::actual, id, body == nullptr ? kNoBody : bodies_.acquire(*body));
}

void FibTable::set_uncertain(FibId id, bool uncertain) {
  count(entries_[id], -1);
  entries_[id].uncertain = uncertain;
  count(entries_[id], 1);
}

void FibTable::set_in_flight(FibId id, bool in_flight) {
  count(entries_[id], -1);
  entries_[id].in_flight = in_flight;
  count(entries_[id], 1);
}

void FibTable::confirm(FibId id, FibBodyId body) {
  assign(&FibEntry::actual, id, bodies_.share(body));
}

std::size_t FibTable::memory() const {
  return entries_.size() * sizeof(FibEntry) + net::footprint(free_) + index_.memory() +
         bodies_.memory([](const FibBody& body) { return net::allocated(body.route.hops.data()); });
}

}  // namespace pipit::kernel
