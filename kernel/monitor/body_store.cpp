#include "kernel/monitor/body_store.hpp"

#include "net/footprint.hpp"

namespace pipit::kernel {

namespace {

template <typename Map, typename Key>
void adjust(Map& map, const Key& key, int by) {
  const auto place = map.try_emplace(key, 0).first;
  place->second += static_cast<std::size_t>(by);
  if (place->second == 0) {
    map.erase(place);
  }
}

}  // namespace

BodyId BodyStore::acquire(const RouteBody& body) {
  count(body, 1);
  return bodies_.acquire(body);
}

void BodyStore::release(BodyId id) {
  count(bodies_[id], -1);
  bodies_.release(id);
}

void BodyStore::count(const RouteBody& body, int by) {
  bool impaired = false;
  for (const Hop& hop : body.hops) {
    adjust(interfaces_, hop.interface_index, by);
    impaired = impaired || hop.dead || hop.linkdown;
  }
  if (body.preferred_source) {
    adjust(sources_, *body.preferred_source, by);
  }
  impaired_ += impaired ? static_cast<std::size_t>(by) : 0;
  nexthop_objects_ += body.nexthop_id != 0 ? static_cast<std::size_t>(by) : 0;
}

std::size_t BodyStore::using_interface(std::uint32_t interface_index) const {
  const auto found = interfaces_.find(interface_index);
  return found == interfaces_.end() ? 0 : found->second;
}

std::size_t BodyStore::using_source(const net::IpAddress& address) const {
  const auto found = sources_.find(address);
  return found == sources_.end() ? 0 : found->second;
}

std::size_t BodyStore::memory() const {
  return net::footprint(interfaces_) + net::footprint(sources_) +
         bodies_.memory([](const RouteBody& body) { return net::allocated(body.hops.data()); });
}

}  // namespace pipit::kernel
