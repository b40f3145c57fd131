#include "rib/adj_rib_out.hpp"

#include <algorithm>

#include "net/footprint.hpp"

namespace pipit::rib {

AdjRibOut::AdjRibOut(const AdjRibOut& other)
    : store_(other.store_),
      handles_(other.handles_),
      sources_(other.sources_),
      count_(other.count_),
      by_source_(other.by_source_) {
  for (const AttributeHandle handle : handles_) {
    if (handle != AttributeHandle::None) {
      acquire(handle);
    }
  }
  settle();
}

AdjRibOut::~AdjRibOut() {
  settle();
  shrink(handles_.size());
}

void AdjRibOut::acquire(AttributeHandle handle) {
  if (acquired_.handle != handle) {
    if (acquired_.count != 0) {
      store_.acquire(acquired_.handle, acquired_.count);
    }
    acquired_ = {handle, 0};
  }
  ++acquired_.count;
}

void AdjRibOut::release(AttributeHandle handle) {
  if (released_.handle != handle) {
    if (released_.count != 0) {
      if (released_.handle == acquired_.handle && acquired_.count != 0) {
        store_.acquire(acquired_.handle, acquired_.count);
        acquired_ = {};
      }
      store_.release(released_.handle, released_.count);
    }
    released_ = {handle, 0};
  }
  ++released_.count;
}

void AdjRibOut::settle() {
  if (acquired_.count != 0) {
    store_.acquire(acquired_.handle, acquired_.count);
    acquired_ = {};
  }
  if (released_.count != 0) {
    store_.release(released_.handle, released_.count);
    released_ = {};
  }
}

void AdjRibOut::set(DestinationId destination, StoredRoute route, Reference reference) {
  const auto i = static_cast<std::uint32_t>(destination);
  if (i >= handles_.size()) {
    if (!route) {
      return;
    }
    handles_.resize(i + 1, AttributeHandle::None);
    sources_.resize(i + 1, kNoSource);
  }
  if (route) {
    if (reference == Reference::Take) {
      acquire(route.handle);
    }
    if (route.source >= by_source_.size()) {
      by_source_.resize(std::size_t{route.source} + 1, 0);
    }
    ++by_source_[route.source];
    ++count_;
  }
  if (handles_[i] != AttributeHandle::None) {
    release(handles_[i]);
    --by_source_[sources_[i]];
    --count_;
  }
  handles_[i] = route.handle;
  sources_[i] = route.source;
}

bool AdjRibOut::shrink(std::size_t budget) {
  const std::size_t keep = handles_.size() - std::min(budget, handles_.size());
  for (std::size_t i = handles_.size(); i > keep; --i) {
    set(DestinationId{static_cast<std::uint32_t>(i - 1)}, {});
  }
  settle();
  handles_.resize(keep);
  sources_.resize(keep);
  return keep != 0;
}

std::size_t AdjRibOut::memory() const {
  return net::footprint(handles_) + net::footprint(sources_) + net::footprint(by_source_);
}

}  // namespace pipit::rib
