// What the members of a follower still have to be told: a bit for each destination whose state in
// the group's Adj-RIB-Out they do not have, and what they may hold of it meanwhile.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/destination_id.hpp"
#include "rib/exporter.hpp"
#include "rib/packer.hpp"

namespace pipit::rib {

class PendingSet {
 public:
  bool empty() const { return count_ == 0; }

  std::size_t size() const { return count_; }

  bool has(std::uint32_t destination) const { return bit(pending_, destination); }

  /// The members do not have the destination's state; `held`: nor is it certain that they have
  /// nothing.
  void add(std::uint32_t destination, bool held) {
    grow(destination);
    if (!has(destination)) {
      ++count_;
    }
    set(pending_, destination, true);
    set(held_, destination, held);
    set(held_by_source_, destination, false);
  }

  /// The group's state of the destination changed.
  void changed(std::uint32_t destination, const StoredRoute& before, const StoredRoute& now) {
    grow(destination);
    if (!has(destination)) {
      ++count_;
      set(pending_, destination, true);
      set(held_, destination, static_cast<bool>(before));
      set(held_by_source_, destination, before && before.source != now.source);
    } else if (before.source != now.source) {
      set(held_by_source_, destination, bit(held_, destination));
    }
  }

  /// What the members may hold of a pending destination. Who is exempt is not remembered.
  Held held(std::uint32_t destination) const {
    return {bit(held_, destination), bit(held_by_source_, destination), kNoSource};
  }

  /// Somebody may hold it, its source too.
  void hold(std::uint32_t destination) {
    set(held_, destination, true);
    set(held_by_source_, destination, true);
  }

  void remove(std::uint32_t destination) {
    if (has(destination)) {
      --count_;
      set(pending_, destination, false);
    }
  }

  /// Octets held.
  std::size_t memory() const { return 3 * pending_.capacity() * sizeof(std::uint64_t); }

  static constexpr std::uint32_t kEnd = 0xffffffff;

  /// The first pending destination from `from` on; kEnd: none.
  std::uint32_t next(std::uint32_t from) const {
    std::size_t word = from / 64;
    if (word >= pending_.size()) {
      return kEnd;
    }
    std::uint64_t bits = pending_[word] & (~std::uint64_t{0} << (from % 64));
    while (bits == 0) {
      if (++word == pending_.size()) {
        return kEnd;
      }
      bits = pending_[word];
    }
    return static_cast<std::uint32_t>(64 * word) +
           static_cast<std::uint32_t>(std::countr_zero(bits));
  }

 private:
  using Words = std::vector<std::uint64_t>;

  static bool bit(const Words& words, std::uint32_t i) {
    return i / 64 < words.size() && (words[i / 64] >> (i % 64) & 1) != 0;
  }

  static void set(Words& words, std::uint32_t i, bool value) {
    const std::uint64_t mask = std::uint64_t{1} << (i % 64);
    words[i / 64] = value ? words[i / 64] | mask : words[i / 64] & ~mask;
  }

  void grow(std::uint32_t destination) {
    if (destination / 64 >= pending_.size()) {
      pending_.resize(destination / 64 + 1, 0);
      held_.resize(pending_.size(), 0);
      held_by_source_.resize(pending_.size(), 0);
    }
  }

  Words pending_;
  Words held_;
  Words held_by_source_;
  std::size_t count_ = 0;
};

}  // namespace pipit::rib
