#include "rib/store/slab.hpp"

#include <cstring>

namespace pipit::rib {

Slab::Slab(std::size_t slot_size, std::uint32_t limit) : slot_size_(slot_size), limit_(limit) {}

std::uint32_t Slab::allocate() {
  if (size_ >= limit_) {
    return kNoSlot;
  }
  if ((current_ == kNoSlot || !has_room(chunks_[current_])) && !choose_chunk()) {
    return kNoSlot;
  }
  Chunk& chunk = chunks_[current_];
  std::uint32_t offset = chunk.first_free;
  if (offset != kNoSlot) {
    std::memcpy(&chunk.first_free, slots_[current_] + offset * slot_size_, sizeof offset);
  } else {
    offset = chunk.fresh++;
  }
  ++chunk.used;
  ++size_;
  return (current_ << kShift) | offset;
}

void Slab::free(std::uint32_t id) {
  const std::uint32_t number = id >> kShift;
  const std::uint32_t offset = id & kMask;
  Chunk& chunk = chunks_[number];
  std::memcpy(slots_[number] + offset * slot_size_, &chunk.first_free, sizeof chunk.first_free);
  chunk.first_free = offset;
  --chunk.used;
  --size_;
  if (chunk.used == 0 && number != current_) {
    chunk.octets = {};
    chunk.first_free = kNoSlot;
    chunk.fresh = 0;
    slots_[number] = nullptr;
    unbacked_.push_back(number);
  } else if (!chunk.listed && number != current_) {
    chunk.listed = true;
    partial_.push_back(number);
  }
}

bool Slab::choose_chunk() {
  while (!partial_.empty()) {
    const std::uint32_t number = partial_.back();
    partial_.pop_back();
    chunks_[number].listed = false;
    if (has_room(chunks_[number])) {
      current_ = number;
      return true;
    }
  }
  if (!unbacked_.empty()) {
    current_ = unbacked_.back();
    unbacked_.pop_back();
    back(current_);
    return true;
  }
  if (chunks_.size() >= (limit_ >> kShift) + std::size_t{1}) {
    return false;
  }
  current_ = static_cast<std::uint32_t>(chunks_.size());
  chunks_.emplace_back();
  slots_.push_back(nullptr);
  back(current_);
  return true;
}

void Slab::back(std::uint32_t chunk) {
  chunks_[chunk].octets = net::Mapping(kChunkSlots * slot_size_);  // whole pages: 8,192 slots
  slots_[chunk] = chunks_[chunk].octets.data();
}

std::uint32_t Slab::capacity() const {
  if (chunks_.empty()) {
    return 0;
  }
  return (static_cast<std::uint32_t>(chunks_.size() - 1) << kShift) + chunks_.back().fresh;
}

std::size_t Slab::memory() const {
  std::size_t octets = chunks_.capacity() * sizeof(Chunk) + slots_.capacity() * sizeof(std::byte*) +
                       (partial_.capacity() + unbacked_.capacity()) * sizeof(std::uint32_t);
  for (const Chunk& chunk : chunks_) {
    octets += chunk.fresh * slot_size_;
  }
  return octets;
}

}  // namespace pipit::rib
