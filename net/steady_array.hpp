// An array that grows without being copied: its elements stand in blocks and keep their addresses.
// For what is as long as a table, where doubling a vector would take the event loop's time.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace pipit::net {

template <typename T>
class SteadyArray {
 public:
  /// An element that touch() or push_back() made, or one of its block.
  T& operator[](std::size_t i) { return blocks_[i / kBlock][i % kBlock]; }

  const T& operator[](std::size_t i) const { return blocks_[i / kBlock][i % kBlock]; }

  /// One past the highest element that was touched.
  std::size_t size() const { return size_; }

  /// The element, of which the block is made if nobody asked for one in it before; its value is T{}
  /// then. Blocks before it are not made.
  T& touch(std::size_t i) {
    if (i / kBlock >= blocks_.size()) {
      blocks_.resize(i / kBlock + 1);
    }
    std::unique_ptr<T[]>& block = blocks_[i / kBlock];
    if (!block) {
      block = std::make_unique<T[]>(kBlock);
      ++made_;
    }
    size_ = i >= size_ ? i + 1 : size_;
    return block[i % kBlock];
  }

  /// Appends an element; the others stay where they are.
  void push_back(const T& element) { touch(size_) = element; }

  /// Octets held.
  std::size_t memory() const {
    return made_ * kBlock * sizeof(T) + blocks_.size() * sizeof(blocks_.front());
  }

 private:
  static constexpr std::size_t kBlock = 4096;  // elements

  std::vector<std::unique_ptr<T[]>> blocks_;
  std::size_t size_ = 0;
  std::size_t made_ = 0;  // blocks
};

}  // namespace pipit::net
