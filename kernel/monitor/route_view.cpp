#include "kernel/monitor/route_view.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "kernel/monitor/body_store.hpp"
#include "net/footprint.hpp"
#include "net/prefix_map.hpp"

namespace pipit::kernel {

namespace {

constexpr std::uint32_t kNone = net::IdIndex::kNone;

/// Routes of one table and prefix form a chain; its head is in the index.
struct Entry {
  net::Prefix prefix;
  std::uint8_t tos = 0;
  bool used = false;
  bool head = false;
  std::uint32_t table = 0;
  std::uint32_t metric = 0;
  BodyId body = 0;
  std::uint32_t generation = 0;
  std::uint32_t next = kNone;
};

}  // namespace

class RouteView::Impl {
 public:
  explicit Impl(std::uint64_t seed) : hash(seed), bodies(seed) {}

  static RouteKey key(const Entry& entry) {
    return {entry.prefix, entry.tos, entry.table, entry.metric};
  }

  Route route(std::uint32_t id) const {
    const Entry& entry = entries[id];
    return {key(entry), bodies[entry.body]};
  }

  std::uint32_t head(std::uint32_t table, const net::Prefix& prefix) const {
    if (last && last->table == table && last->prefix == prefix) {
      return last->head;
    }
    const std::uint32_t found = index.find(hash(prefix, table), [&](std::uint32_t id) {
      return entries[id].table == table && entries[id].prefix == prefix;
    });
    last = {prefix, table, found};
    return found;
  }

  /// Only heads of chains are in the index.
  void add_head(std::uint32_t id) {
    entries[id].head = true;
    ++length_of(entries[id].prefix);
    last.reset();
    index.insert(hash_of(id), id, [this](std::uint32_t one) { return hash_of(one); });
  }

  void remove_head(std::uint32_t id) {
    last.reset();
    index.erase(hash_of(id), id, [this](std::uint32_t one) { return hash_of(one); });
    --length_of(entries[id].prefix);
    entries[id].head = false;
  }

  std::uint32_t& length_of(const net::Prefix& prefix) {
    return lengths[prefix.address().is_v6() ? 1 : 0][prefix.length()];
  }

  std::uint64_t hash_of(std::uint32_t id) const {
    return hash(entries[id].prefix, entries[id].table);
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

  /// What was looked up last: one change looks a prefix up several times.
  struct Found {
    net::Prefix prefix;
    std::uint32_t table;
    std::uint32_t head;
  };

  mutable std::optional<Found> last;
  net::PrefixHash hash;
  net::Rows<Entry> entries;
  std::vector<std::uint32_t> free;
  net::IdIndex index;
  std::array<std::array<std::uint32_t, 129>, 2> lengths{};  // heads by prefix length, per family
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
  entries[id] = {.prefix = key.prefix,
                 .tos = key.tos,
                 .used = true,
                 .table = key.table,
                 .metric = key.metric,
                 .body = bodies.acquire(route.body),
                 .generation = generation};
  const std::uint32_t first = head(key.table, key.prefix);
  if (first == kNone) {
    add_head(id);
    return;
  }
  std::uint32_t before = first;
  if (in_front) {
    remove_head(first);
    entries[id].next = first;
    add_head(id);
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
    remove_head(id);
    if (entries[id].next != kNone) {
      add_head(entries[id].next);
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

RouteView::RouteView(std::uint64_t seed) : impl_(std::make_unique<Impl>(seed)) {}

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

bool RouteView::walk(std::size_t& position,
                     std::size_t count,
                     const std::function<void(const net::Prefix&)>& visit) const {
  const std::size_t end = std::min(impl_->entries.size(), position + count);
  for (; position < end; ++position) {
    if (impl_->entries[position].used) {
      visit(impl_->entries[position].prefix);
    }
  }
  return position < impl_->entries.size();
}

bool RouteView::walk_routes(
    std::size_t& position,
    std::size_t count,
    const std::function<void(const RouteKey&, const RouteBody&)>& visit) const {
  const std::size_t end = std::min(impl_->entries.size(), position + count);
  for (; position < end; ++position) {
    const Entry& entry = impl_->entries[position];
    if (entry.used) {
      visit(Impl::key(entry), impl_->bodies[entry.body]);
    }
  }
  return position < impl_->entries.size();
}

void RouteView::prefetch(std::uint32_t table, const net::Prefix& prefix) const {
  impl_->index.prefetch(impl_->hash(prefix, table));
}

void RouteView::for_prefix(
    std::uint32_t table,
    const net::Prefix& prefix,
    const std::function<void(const RouteKey&, const RouteBody&)>& visit) const {
  for (std::uint32_t id = impl_->head(table, prefix); id != kNone; id = impl_->entries[id].next) {
    const Entry& entry = impl_->entries[id];
    visit(Impl::key(entry), impl_->bodies[entry.body]);
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

bool RouteView::has_length(net::Afi afi, std::uint8_t length) const {
  return impl_->lengths[afi == net::Afi::Ipv6 ? 1 : 0][length] != 0;
}

std::size_t RouteView::memory() const {
  return impl_->entries.size() * sizeof(Entry) + net::footprint(impl_->free) +
         impl_->index.memory() + impl_->bodies.memory();
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
