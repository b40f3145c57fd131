#include "rib/adj_rib_out.hpp"

#include <algorithm>

#include "net/footprint.hpp"

namespace pipit::rib {

AdjRibOut::AdjRibOut(const AdjRibOut& other)
    : store_(other.store_), size_(other.size_), count_(other.count_), by_source_(other.by_source_) {
  blocks_.reserve(other.blocks_.size());
  for (const auto& block : other.blocks_) {
    blocks_.push_back(std::make_unique<Block>(*block));
    for (const AttributeHandle handle : block->handles) {
      if (handle != AttributeHandle::None) {
        acquire(handle);
      }
    }
  }
  settle();
}

AdjRibOut::~AdjRibOut() {
  settle();
  shrink(size_);
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
  if (i >= size_) {
    if (!route) {
      return;
    }
    resize(i + 1);
  }
  Block& block = *blocks_[i / kBlock];
  AttributeHandle& handle = block.handles[i % kBlock];
  SourceId& source = block.sources[i % kBlock];
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
  if (handle != AttributeHandle::None) {
    release(handle);
    --by_source_[source];
    --count_;
  }
  handle = route.handle;
  source = route.source;
}

void AdjRibOut::resize(std::uint32_t size) {
  const std::size_t blocks = (std::size_t{size} + kBlock - 1) / kBlock;
  while (blocks_.size() < blocks) {
    blocks_.push_back(std::make_unique<Block>());
  }
  blocks_.resize(blocks);
  size_ = size;
}

bool AdjRibOut::shrink(std::size_t budget) {
  const auto keep = static_cast<std::uint32_t>(size_ - std::min<std::size_t>(budget, size_));
  for (std::uint32_t i = size_; i > keep; --i) {
    set(DestinationId{i - 1}, {});
  }
  settle();
  resize(keep);
  return keep != 0;
}

std::size_t AdjRibOut::memory() const {
  std::size_t octets = net::footprint(blocks_) + net::footprint(by_source_);
  for (const auto& block : blocks_) {
    octets += net::allocated(block.get());
  }
  return octets;
}

}  // namespace pipit::rib
