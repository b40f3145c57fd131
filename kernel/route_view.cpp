#include "kernel/route_view.hpp"

#include <algorithm>
#include <vector>

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "kernel/body_store.hpp"
#include "net/footprint.hpp"

namespace pipit::kernel {

namespace {

constexpr std::uint32_t kNone = 0xffffffff;

/// Routes of one table and prefix form a chain; its head is in the index.
struct Entry {
  net::Prefix prefix;
  std::uint8_t tos = 0;
  bool used = false;
  std::uint32_t table = 0;
  std::uint32_t metric = 0;
  BodyId body = 0;
  std::uint32_t generation = 0;
  std::uint32_t next = kNone;
};

struct Place {
  const net::Prefix& prefix;
  std::uint32_t table;
};

std::size_t hash_of(const net::Prefix& prefix, std::uint32_t table) {
  std::size_t seed = net::hash_value(prefix);
  boost::hash_combine(seed, table);
  return seed;
}

struct Hash {
  using is_transparent = void;
  const std::vector<Entry>* entries;

  std::size_t operator()(std::uint32_t id) const {
    return hash_of((*entries)[id].prefix, (*entries)[id].table);
  }

  std::size_t operator()(const Place& place) const { return hash_of(place.prefix, place.table); }
};

struct Equal {
  using is_transparent = void;
  const std::vector<Entry>* entries;

  bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }

  bool operator()(std::uint32_t a, const Place& b) const {
    return (*entries)[a].table == b.table && (*entries)[a].prefix == b.prefix;
  }

  bool operator()(const Place& a, std::uint32_t b) const { return (*this)(b, a); }
};

}  // namespace

class RouteView::Impl {
 public:
  Impl() : index(0, Hash{&entries}, Equal{&entries}) {}

  Route route(std::uint32_t id) const {
    const Entry& entry = entries[id];
    return {{entry.prefix, entry.tos, entry.table, entry.metric}, bodies[entry.body]};
  }

  std::uint32_t head(std::uint32_t table, const net::Prefix& prefix) const {
    const auto found = index.find(Place{prefix, table});
    return found == index.end() ? kNone : *found;
  }

  /// The first route of the key whose body the condition holds for.
  template <typename Condition>
  std::uint32_t find(const RouteKey& key, const Condition& condition) const {
    std::uint32_t id = head(key.table, key.prefix);
    while (id != kNone && !(entries[id].metric == key.metric && entries[id].tos == key.tos &&
                            condition(bodies[entries[id].body]))) {
      id = entries[id].next;
    }
    return id;
  }

  void insert(const Route& route, std::uint32_t generation, bool in_front);
  void erase(std::uint32_t id);
  void replace(std::uint32_t id, const Route& route, std::uint32_t generation);
  std::uint32_t predecessor(const Route& route, Arrival arrival, std::uint32_t generation) const;

  std::vector<Entry> entries;
  std::vector<std::uint32_t> free;
  boost::unordered_flat_set<std::uint32_t, Hash, Equal> index;
  BodyStore bodies;
  RouteChange change;
};

void RouteView::Impl::insert(const Route& route, std::uint32_t generation, bool in_front) {
  std::uint32_t id = static_cast<std::uint32_t>(entries.size());
  if (free.empty()) {
    entries.emplace_back();
  } else {
    id = free.back();
    free.pop_back();
  }
  const RouteKey& key = route.key;
  entries[id] = {key.prefix, key.tos, true, key.table, key.metric, bodies.acquire(route.body),
                 generation, kNone};
  const std::uint32_t first = head(key.table, key.prefix);
  if (first == kNone) {
    index.insert(id);
    return;
  }
  std::uint32_t before = first;
  if (in_front) {
    index.erase(first);
    entries[id].next = first;
    index.insert(id);
    return;
  }
  while (entries[before].next != kNone) {
    before = entries[before].next;
  }
  entries[before].next = id;
}

void RouteView::Impl::erase(std::uint32_t id) {
  bodies.release(entries[id].body);
  const std::uint32_t first = head(entries[id].table, entries[id].prefix);
  if (first != id) {
    std::uint32_t before = first;
    while (entries[before].next != id) {
      before = entries[before].next;
    }
    entries[before].next = entries[id].next;
  } else {
    index.erase(id);
    if (entries[id].next != kNone) {
      index.insert(entries[id].next);
    }
  }
  entries[id] = {};
  free.push_back(id);
}

void RouteView::Impl::replace(std::uint32_t id, const Route& route, std::uint32_t generation) {
  const BodyId old = entries[id].body;
  entries[id].body = bodies.acquire(route.body);
  entries[id].generation = generation;
  bodies.release(old);
}

/// The route whose place the new one takes; kNone: it stands beside those that are there.
std::uint32_t RouteView::Impl::predecessor(const Route& route,
                                           Arrival arrival,
                                           std::uint32_t generation) const {
  const bool v6 = route.key.prefix.address().is_v6();
  const bool multipath = joins_multipath(route.body);
  if (v6 && multipath) {
    // All legs of a key are one route in IPv6, and every notification names all of them.
    const std::uint32_t legs = find(route.key, joins_multipath);
    if (legs != kNone) {
      return legs;
    }
  }
  if (arrival == Arrival::Replace) {
    const std::uint32_t alike =
        v6 ? find(route.key, [&](const RouteBody& b) { return joins_multipath(b) == multipath; })
           : kNone;
    return alike != kNone ? alike : find(route.key, [](const RouteBody&) { return true; });
  }
  if (arrival == Arrival::Dump) {
    std::uint32_t id = head(route.key.table, route.key.prefix);
    while (id != kNone &&
           !(entries[id].metric == route.key.metric && entries[id].tos == route.key.tos &&
             entries[id].generation < generation &&
             bodies[entries[id].body].protocol == route.body.protocol)) {
      id = entries[id].next;
    }
    return id;
  }
  return kNone;
}

RouteView::RouteView() : impl_(std::make_unique<Impl>()) {}

RouteView::~RouteView() = default;

const RouteChange& RouteView::add(const Route& route, Arrival arrival, std::uint32_t generation) {
  RouteChange& change = impl_->change;
  change.kind = RouteChange::Kind::None;
  change.doubtful = false;
  const auto same = [&](const RouteBody& body) { return body == route.body; };
  const std::uint32_t twin = impl_->find(route.key, same);
  if (twin != kNone &&
      (arrival != Arrival::Replace || twin == impl_->predecessor(route, arrival, generation))) {
    impl_->entries[twin].generation = generation;
    return change;
  }
  const std::uint32_t old = impl_->predecessor(route, arrival, generation);
  if (old != kNone) {
    change.kind = RouteChange::Kind::Changed;
    change.before = impl_->route(old);
    impl_->replace(old, route, generation);
    // Two routes that are the same cannot be: the kernel took away more than the view knows.
    change.doubtful = twin != kNone;
  } else {
    change.kind = RouteChange::Kind::Added;
    impl_->insert(route, generation, arrival == Arrival::Create);
  }
  change.after = route;
  return change;
}

const RouteChange& RouteView::remove(const Route& route, std::uint32_t generation) {
  RouteChange& change = impl_->change;
  change.kind = RouteChange::Kind::None;
  change.doubtful = false;
  std::uint32_t id = impl_->find(
      route.key, [&](const RouteBody& body) { return same_apart_from_liveness(body, route.body); });
  if (id == kNone && route.key.prefix.address().is_v6() && joins_multipath(route.body)) {
    id = impl_->find(route.key, joins_multipath);
    if (id != kNone) {
      // One leg went, or several: what remains is a route still.
      change.before = impl_->route(id);
      change.after = change.before;
      std::erase_if(change.after.body.hops, [&](const Hop& hop) {
        return std::any_of(route.body.hops.begin(), route.body.hops.end(), [&](const Hop& gone) {
          return gone.gateway == hop.gateway && gone.interface_index == hop.interface_index;
        });
      });
      if (!change.after.body.hops.empty()) {
        change.doubtful = change.after.body.hops.size() == change.before.body.hops.size();
        change.kind = RouteChange::Kind::Changed;
        impl_->replace(id, change.after, generation);
        return change;
      }
    }
  }
  if (id == kNone) {
    id = impl_->find(route.key, [&](const RouteBody& body) {
      return body.protocol == route.body.protocol && body.type == route.body.type;
    });
    change.doubtful = id != kNone;
  }
  if (id == kNone) {
    return change;  // never seen: it came and went between two dumps
  }
  change.kind = RouteChange::Kind::Removed;
  change.before = impl_->route(id);
  impl_->erase(id);
  return change;
}

bool RouteView::sweep(const RouteScope& scope,
                      std::uint32_t generation,
                      std::size_t& position,
                      std::size_t count,
                      const std::function<void(const Route&)>& removed) {
  const std::size_t end = std::min(impl_->entries.size(), position + count);
  for (; position < end; ++position) {
    const Entry& entry = impl_->entries[position];
    if (!entry.used || entry.generation >= generation || entry.prefix.afi() != scope.afi ||
        (scope.table != 0 && entry.table != scope.table)) {
      continue;
    }
    const std::vector<Hop>& hops = impl_->bodies[entry.body].hops;
    if (scope.interface_index != 0 && std::none_of(hops.begin(), hops.end(), [&](const Hop& hop) {
          return hop.interface_index == scope.interface_index;
        })) {
      continue;
    }
    const Route gone = impl_->route(static_cast<std::uint32_t>(position));
    impl_->erase(static_cast<std::uint32_t>(position));
    removed(gone);
  }
  return position < impl_->entries.size();
}

void RouteView::for_prefix(std::uint32_t table,
                           const net::Prefix& prefix,
                           const std::function<void(const Route&)>& visit) const {
  for (std::uint32_t id = impl_->head(table, prefix); id != kNone; id = impl_->entries[id].next) {
    visit(impl_->route(id));
  }
}

void RouteView::for_each(const std::function<void(const Route&)>& visit) const {
  for (std::uint32_t id = 0; id < impl_->entries.size(); ++id) {
    if (impl_->entries[id].used) {
      visit(impl_->route(id));
    }
  }
}

std::size_t RouteView::size() const {
  return impl_->entries.size() - impl_->free.size();
}

std::size_t RouteView::memory() const {
  return net::footprint(impl_->entries) + net::footprint(impl_->free) +
         net::footprint(impl_->index) + impl_->bodies.memory();
}

std::size_t RouteView::using_interface(std::uint32_t interface_index) const {
  return impl_->bodies.using_interface(interface_index);
}

std::size_t RouteView::using_source(const net::IpAddress& address) const {
  return impl_->bodies.using_source(address);
}

std::size_t RouteView::impaired() const {
  return impl_->bodies.impaired();
}

std::size_t RouteView::using_nexthop_objects() const {
  return impl_->bodies.using_nexthop_objects();
}

}  // namespace pipit::kernel
