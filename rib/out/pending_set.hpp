// What the members of a follower still have to be told: a bit for each destination whose state in
// the group's Adj-RIB-Out they do not have, and what they may hold of it meanwhile. Stands in
// blocks that are made where a bit is set, so that many followers can begin at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "rib/out/exporter.hpp"
#include "rib/out/packer.hpp"
#include "rib/table/destination_id.hpp"

namespace pipit::rib {

class PendingSet {
 public:
  PendingSet() = default;
  PendingSet(const PendingSet& other);
  PendingSet& operator=(const PendingSet& other);
  ~PendingSet() = default;

  bool empty() const { return count_ == 0; }

  std::size_t size() const { return count_; }

  bool has(std::uint32_t destination) const {
    const Block* const in = block(destination);
    return in != nullptr && bit(in->pending, destination);
  }

  /// The members do not have the destination's state; `held`: nor is it certain that they have
  /// nothing.
  void add(std::uint32_t destination, bool held) {
    Block& in = made(destination);
    add(in, destination);
    set(in.held, destination, held);
    set(in.held_by_source, destination, false);
  }

  /// add() for those of the 64 destinations from 64 * `word` on whose bit is set.
  void add_word(std::uint32_t word, std::uint64_t bits, bool held);

  /// The group's state of the destination changed.
  void changed(std::uint32_t destination, const StoredRoute& before, const StoredRoute& now) {
    Block& in = made(destination);
    if (!bit(in.pending, destination)) {
      add(in, destination);
      set(in.held, destination, static_cast<bool>(before));
      set(in.held_by_source, destination, before && before.source != now.source);
    } else if (before.source != now.source) {
      set(in.held_by_source, destination, bit(in.held, destination));
    }
  }

  /// What the members may hold of a pending destination. Who is exempt is not remembered.
  Held held(std::uint32_t destination) const {
    const Block* const in = block(destination);
    return {in != nullptr && bit(in->held, destination),
            in != nullptr && bit(in->held_by_source, destination), kNoSource};
  }

  /// Somebody may hold it, its source too.
  void hold(std::uint32_t destination) {
    Block& in = made(destination);
    set(in.held, destination, true);
    set(in.held_by_source, destination, true);
  }

  void remove(std::uint32_t destination) {
    if (has(destination)) {
      Block& in = made(destination);
      set(in.pending, destination, false);
      --in.count;
      --count_;
    }
  }

  /// Octets held.
  std::size_t memory() const {
    return blocks_made_ * sizeof(Block) + blocks_.size() * sizeof(void*);
  }

  static constexpr std::uint32_t kEnd = 0xffffffff;

  /// The first pending destination from `from` on; kEnd: none.
  std::uint32_t next(std::uint32_t from) const;

 private:
  static constexpr std::uint32_t kWords = 64;
  static constexpr std::uint32_t kBlock = 64 * kWords;  // destinations

  using Words = std::array<std::uint64_t, kWords>;

  struct Block {
    Words pending{};
    Words held{};
    Words held_by_source{};
    std::uint32_t count = 0;  // of pending
  };

  static bool bit(const Words& words, std::uint32_t i) {
    return (words[i % kBlock / 64] >> (i % 64) & 1) != 0;
  }

  static void set(Words& words, std::uint32_t i, bool value) {
    const std::uint64_t mask = std::uint64_t{1} << (i % 64);
    std::uint64_t& word = words[i % kBlock / 64];
    word = value ? word | mask : word & ~mask;
  }

  const Block* block(std::uint32_t destination) const {
    const std::size_t number = destination / kBlock;
    return number < blocks_.size() ? blocks_[number].get() : nullptr;
  }

  Block& made(std::uint32_t destination) {
    const std::size_t number = destination / kBlock;
    if (number >= blocks_.size() || !blocks_[number]) {
      make(number);
    }
    return *blocks_[number];
  }

  void make(std::size_t number);

  void add(Block& in, std::uint32_t destination) {
    if (!bit(in.pending, destination)) {
      set(in.pending, destination, true);
      ++in.count;
      ++count_;
    }
  }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::size_t blocks_made_ = 0;
  std::size_t count_ = 0;
};

}  // namespace pipit::rib
