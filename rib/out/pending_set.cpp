#include "rib/out/pending_set.hpp"

#include <bit>

namespace pipit::rib {

PendingSet::PendingSet(const PendingSet& other)
    : blocks_(other.blocks_.size()), count_(other.count_) {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (other.blocks_[i] && other.blocks_[i]->count != 0) {
      blocks_[i] = std::make_unique<Block>(*other.blocks_[i]);
      ++blocks_made_;
    }
  }
}

PendingSet& PendingSet::operator=(const PendingSet& other) {
  if (this != &other) {
    PendingSet copy(other);
    blocks_.swap(copy.blocks_);
    blocks_made_ = copy.blocks_made_;
    count_ = copy.count_;
  }
  return *this;
}

void PendingSet::make(std::size_t number) {
  if (number >= blocks_.size()) {
    blocks_.resize(number + 1);
  }
  blocks_[number] = std::make_unique<Block>();
  ++blocks_made_;
}

void PendingSet::add_word(std::uint32_t word, std::uint64_t bits, bool held) {
  if (bits == 0) {
    return;
  }
  Block& in = made(64 * word);
  const std::uint32_t i = word % kWords;
  const auto more = static_cast<std::uint32_t>(std::popcount(bits & ~in.pending[i]));
  in.count += more;
  count_ += more;
  in.pending[i] |= bits;
  in.held[i] = held ? in.held[i] | bits : in.held[i] & ~bits;
  in.held_by_source[i] &= ~bits;
}

std::uint32_t PendingSet::next(std::uint32_t from) const {
  for (std::size_t number = from / kBlock; number < blocks_.size(); ++number) {
    const Block* const in = blocks_[number].get();
    const auto first = static_cast<std::uint32_t>(number * kBlock);
    const std::uint32_t begin = from > first ? from - first : 0;
    if (in == nullptr || in->count == 0) {
      continue;
    }
    std::uint64_t mask = ~std::uint64_t{0} << (begin % 64);
    for (std::uint32_t word = begin / 64; word < kWords; ++word) {
      if (const std::uint64_t bits = in->pending[word] & mask; bits != 0) {
        return first + 64 * word + static_cast<std::uint32_t>(std::countr_zero(bits));
      }
      mask = ~std::uint64_t{0};
    }
  }
  return kEnd;
}

}  // namespace pipit::rib
