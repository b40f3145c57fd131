#include "kernel/body_store.hpp"

#include <algorithm>

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

BodyStore::BodyStore() : index_(0, Hash{&records_}, Equal{&records_}) {}

BodyId BodyStore::acquire(const RouteBody& body) {
  count(body, 1);
  if (const auto found = index_.find(body); found != index_.end()) {
    ++records_[*found].references;
    return *found;
  }
  BodyId id = static_cast<BodyId>(records_.size());
  if (free_.empty()) {
    records_.push_back({body, 1});
  } else {
    id = free_.back();
    free_.pop_back();
    records_[id] = {body, 1};
  }
  index_.insert(id);
  return id;
}

void BodyStore::release(BodyId id) {
  Record& record = records_[id];
  count(record.body, -1);
  if (--record.references == 0) {
    index_.erase(id);
    record.body = {};
    free_.push_back(id);
  }
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
  std::size_t octets = net::footprint(records_) + net::footprint(free_) + net::footprint(index_) +
                       net::footprint(interfaces_) + net::footprint(sources_);
  for (const Record& record : records_) {
    octets += net::allocated(record.body.hops.data());
  }
  return octets;
}

}  // namespace pipit::kernel
