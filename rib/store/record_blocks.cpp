#include "rib/store/record_blocks.hpp"

#include <cstring>
#include <new>

#include "net/mapping.hpp"

namespace pipit::rib {
namespace {

std::byte* at(void* block, std::uint32_t offset) {
  return static_cast<std::byte*>(block) + offset;
}

}  // namespace

RecordBlocks::~RecordBlocks() {
  for (Block* block : with_room_) {  // an empty one of each size was kept
    if (block != nullptr) {
      net::Mapping::unmap(block, kBlock);
    }
  }
}

RecordBlocks::Block* RecordBlocks::new_block(std::size_t number) {
  auto* const block = new (net::Mapping::aligned(kBlock).release()) Block{};
  block->fresh = static_cast<std::uint32_t>(class_of(sizeof(Block)) * kStep);
  ++blocks_;
  list(number, block);
  return block;
}

void RecordBlocks::list(std::size_t number, Block* block) {
  block->listed = true;
  block->previous = nullptr;
  block->next = with_room_[number];
  if (block->next != nullptr) {
    block->next->previous = block;
  }
  with_room_[number] = block;
}

void RecordBlocks::unlist(std::size_t number, Block* block) {
  block->listed = false;
  (block->previous != nullptr ? block->previous->next : with_room_[number]) = block->next;
  if (block->next != nullptr) {
    block->next->previous = block->previous;
  }
}

void* RecordBlocks::allocate(std::size_t octets) {
  if (octets > kLargest) {
    void* const made = ::operator new(octets);
    large_ += octets;
    return made;
  }
  const std::size_t number = class_of(octets);
  Block* const block = with_room_[number] != nullptr ? with_room_[number] : new_block(number);
  std::uint32_t offset = block->first_free;
  if (offset != 0) {
    std::memcpy(&block->first_free, at(block, offset), sizeof offset);
  } else {
    offset = block->fresh;
    block->fresh += static_cast<std::uint32_t>(number * kStep);
  }
  ++block->used;
  if (block->first_free == 0 && block->fresh + number * kStep > kBlock) {
    unlist(number, block);
  }
  return at(block, offset);
}

void RecordBlocks::free(void* record, std::size_t octets) {
  if (octets > kLargest) {
    ::operator delete(record);
    large_ -= octets;
    return;
  }
  const std::size_t number = class_of(octets);
  const auto offset = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(record) % kBlock);
  auto* const block = reinterpret_cast<Block*>(static_cast<std::byte*>(record) - offset);
  std::memcpy(record, &block->first_free, sizeof offset);
  block->first_free = offset;
  --block->used;
  if (!block->listed) {
    list(number, block);
  }
  const bool only = block->next == nullptr && block->previous == nullptr;
  if (block->used == 0 && !only) {
    unlist(number, block);
    --blocks_;
    net::Mapping::unmap(block, kBlock);
  }
}

std::size_t RecordBlocks::memory() const {
  std::size_t octets = blocks_ * kBlock + large_;
  for (const Block* block : with_room_) {
    for (; block != nullptr; block = block->next) {
      octets -= kBlock - block->fresh;
    }
  }
  return octets;
}

}  // namespace pipit::rib
