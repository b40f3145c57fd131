#include "rib/out/adj_rib_out.hpp"

#include <algorithm>

#include "net/footprint.hpp"

namespace pipit::rib {

AdjRibOut::AdjRibOut(const AdjRibOut& other)
    : store_(other.store_),
      blocks_(other.blocks_),
      size_(other.size_),
      count_(other.count_),
      by_source_(other.by_source_) {}

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

void AdjRibOut::settle_acquired() {
  if (acquired_.count != 0) {
    store_.acquire(acquired_.handle, acquired_.count);
    acquired_ = {};
  }
}

void AdjRibOut::settle() {
  settle_acquired();
  if (released_.count != 0) {
    store_.release(released_.handle, released_.count);
    released_ = {};
  }
}

void AdjRibOut::set(DestinationId destination, StoredRoute route, Reference reference) {
  const auto i = static_cast<std::uint32_t>(destination);
  if (!route && !has(i)) {
    return;
  }
  if (i >= size_) {
    resize(i + 1);
  }
  Block& block = writable(i / kBlock);
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
    blocks_.push_back(std::make_shared<Block>());
  }
  blocks_.resize(blocks);
  size_ = size;
}

/// A block of our own, with references of its own.
AdjRibOut::Block& AdjRibOut::writable(std::size_t number) {
  std::shared_ptr<Block>& block = blocks_[number];
  if (block.use_count() > 1) {
    block = std::make_shared<Block>(*block);
    for (const AttributeHandle handle : block->handles) {
      if (handle != AttributeHandle::None) {
        acquire(handle);
      }
    }
    settle_acquired();  // the other one may release its own at any time
  }
  return *block;
}

bool AdjRibOut::shrink(std::size_t budget) {
  const auto keep = static_cast<std::uint32_t>(size_ - std::min<std::size_t>(budget, size_));
  for (std::uint32_t end = size_; end > keep;) {
    const std::uint32_t number = (end - 1) / kBlock;
    const std::uint32_t begin = std::max(keep, number * kBlock);
    forget(begin, end);
    end = begin;
  }
  settle();
  resize(keep);
  return keep != 0;
}

/// What stands there in one block goes; a whole block that is shared stays with the others.
void AdjRibOut::forget(std::uint32_t begin, std::uint32_t end) {
  const std::shared_ptr<Block>& block = blocks_[begin / kBlock];
  if (begin % kBlock != 0 || block.use_count() == 1) {
    for (std::uint32_t i = begin; i < end; ++i) {
      set(DestinationId{i}, {});
    }
    return;
  }
  for (std::uint32_t i = begin; i < end; ++i) {
    if (has(i)) {
      --by_source_[block->sources[i % kBlock]];
      --count_;
    }
  }
}

std::size_t AdjRibOut::memory() const {
  std::size_t octets = net::footprint(blocks_) + net::footprint(by_source_);
  for (const auto& block : blocks_) {
    octets += sizeof(Block) / static_cast<std::size_t>(block.use_count());
  }
  return octets;
}

}  // namespace pipit::rib
