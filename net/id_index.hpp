// Hash -> id: the open-addressing index of the big tables, 32 bits a slot. It knows neither keys
// nor rows: whoever searches says which id is the right one.
//
// It changes its size little by little: with each change its owner has a few ids moved over, and
// until all have been, both indices are looked into. Slots come zeroed from the system, a page when
// it is first touched. Ids hit pages at random, so that the first thousands would touch them all:
// while an index fills up, the next one is touched page by page.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>

namespace pipit::net {

class IdIndex {
 public:
  /// Ids are below it.
  static constexpr std::uint32_t kIdLimit = (1U << 26) - (1U << 15);
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// Starts to load the slot at which a search begins.
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_.at[hash & slots_.mask]); }

  /// The id in that slot, to load what it names ahead; kNone: no id there.
  std::uint32_t first(std::uint64_t hash) const {
    const std::uint32_t slot = slots_.at[hash & slots_.mask];
    return slot == kEmpty || slot == kGone ? kNone : id_of(slot);
  }

  /// The id of that hash for which `matches(id)` is true; kNone: there is none.
  template <typename Matches>
  std::uint32_t find(std::uint64_t hash, const Matches& matches) const {
    const std::uint32_t found = slots_.find(hash, matches);
    return found == kNone && moving() ? old_.find(hash, matches) : found;
  }

  /// Adds an id that is not there.
  void insert(std::uint64_t hash, std::uint32_t id) {
    put(hash, id);
    ++used_;
    if (moving()) {
      return;
    }
    if ((used_ + gone_) * 10 > slots_.size() * 7) {
      resize(used_ * 2 > slots_.size() ? slots_.size() * 2 : slots_.size());
    } else if (used_ * 10 > slots_.size() * 6 && used_ % kInsertsPerPage == 0) {
      prepare_page();
    }
  }

  /// Takes an id out that is there.
  void erase(std::uint64_t hash, std::uint32_t id) {
    gone_ += slots_.remove(slot_of(hash, id), hash) ? 1 : 0;
    if (moving()) {
      old_.remove(slot_of(hash, id), hash);
    }
    --used_;
    if (touched_ != 0 && used_ * 2 < slots_.size()) {
      forget_prepared();
    }
    if (!moving() && slots_.size() > kMinSlots && used_ * 8 < slots_.size()) {
      resize(slots_.size() / 2);
    }
  }

  /// True while ids stand in the index of before a change of size: after each insert() and erase()
  /// move_some() is due.
  bool moving() const { return old_.size() != 0; }

  /// Moves some ids over. `hash_of(id)` gives the hash of an id below `end` that is in the index,
  /// nullopt for others.
  template <typename HashOf>
  void move_some(std::uint32_t end, const HashOf& hash_of) {
    // So many that it ends before many ids have come and gone, however thinly they are spread.
    const auto share = static_cast<std::uint32_t>(end / (slots_.size() / 16));
    const std::uint32_t until = std::min(end, moved_ + std::max<std::uint32_t>(2 * kBatch, share));
    while (moved_ < until) {
      move_batch(until, hash_of);
    }
    if (moved_ >= end) {  // which falls when the last rows are given back
      old_ = Slots(0);
    }
  }

  /// Octets held.
  std::size_t memory() const {
    return (slots_.size() + old_.size() + touched_) * sizeof(std::uint32_t);
  }

 private:
  // A slot: the low 26 bits are the id and one more, the high 6 a tag from the hash that spares
  // most looks at other keys.
  static constexpr std::uint32_t kIdMask = (1U << 26) - 1;
  static constexpr std::uint32_t kEmpty = 0;
  static constexpr std::uint32_t kGone = kIdMask;  // had an id; searches go on
  static constexpr std::size_t kMinSlots = 256;
  static constexpr std::size_t kBatch = 32;
  // From 6 tenths to 7 there are enough inserts for all pages of twice the size.
  static constexpr std::size_t kInsertsPerPage = 32;
  static constexpr std::size_t kPageSlots = 4096 / sizeof(std::uint32_t);
  static constexpr std::size_t kMinPrepared = std::size_t{1} << 16;  // smaller ones cost nothing

  static std::uint32_t tag(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 58) << 26;
  }

  static std::uint32_t slot_of(std::uint64_t hash, std::uint32_t id) {
    return tag(hash) | (id + 1);
  }

  static std::uint32_t id_of(std::uint32_t slot) { return (slot & kIdMask) - 1; }

  struct Free {
    void operator()(std::uint32_t* slots) const { std::free(slots); }
  };

  struct Slots {
    explicit Slots(std::size_t count) : mask(count - 1) {
      if (count != 0) {
        at.reset(static_cast<std::uint32_t*>(std::calloc(count, sizeof(std::uint32_t))));
        if (at == nullptr) {
          throw std::bad_alloc();
        }
      }
    }

    std::size_t size() const { return mask + 1; }

    template <typename Matches>
    std::uint32_t find(std::uint64_t hash, const Matches& matches) const {
      const std::uint32_t wanted = tag(hash);
      for (std::size_t i = hash & mask; at[i] != kEmpty; i = (i + 1) & mask) {
        if ((at[i] & ~kIdMask) == wanted && at[i] != kGone && matches(id_of(at[i]))) {
          return id_of(at[i]);
        }
      }
      return kNone;
    }

    /// True when something has to stay in its place.
    bool remove(std::uint32_t slot, std::uint64_t hash) {
      std::size_t i = hash & mask;
      while (at[i] != kEmpty && at[i] != slot) {
        i = (i + 1) & mask;
      }
      if (at[i] == kEmpty) {
        return false;
      }
      const bool last = at[(i + 1) & mask] == kEmpty;
      at[i] = last ? kEmpty : kGone;
      return !last;
    }

    std::size_t mask;
    std::unique_ptr<std::uint32_t[], Free> at;
  };

  void put(std::uint64_t hash, std::uint32_t id) {
    std::size_t i = hash & slots_.mask;
    while (slots_.at[i] != kEmpty && slots_.at[i] != kGone) {
      i = (i + 1) & slots_.mask;
    }
    gone_ -= slots_.at[i] == kGone ? 1 : 0;
    slots_.at[i] = slot_of(hash, id);
  }

  /// Ids are read in order, slots are hit at random: a batch of them is loaded ahead.
  template <typename HashOf>
  void move_batch(std::uint32_t until, const HashOf& hash_of) {
    std::array<std::pair<std::uint32_t, std::uint64_t>, kBatch> batch;
    std::size_t filled = 0;
    for (; moved_ < until && filled < kBatch; ++moved_) {
      if (const std::optional<std::uint64_t> hash = hash_of(moved_)) {
        batch[filled++] = {moved_, *hash};
        prefetch(*hash);
      }
    }
    for (const auto& [id, hash] : std::span(batch).first(filled)) {
      if (slots_.find(hash, [id](std::uint32_t other) { return other == id; }) == kNone) {
        put(hash, id);  // else it is new
      }
    }
  }

  void forget_prepared() {
    next_ = Slots(0);
    touched_ = 0;
  }

  void prepare_page() {
    const std::size_t size = slots_.size() * 2;
    if (size < kMinPrepared || touched_ == size) {
      return;
    }
    if (touched_ == 0) {
      next_ = Slots(size);
    }
    static_cast<volatile std::uint32_t&>(next_.at[touched_]) = kEmpty;
    touched_ += kPageSlots;
  }

  void resize(std::size_t size) {
    old_ = std::exchange(slots_, next_.size() == size ? std::move(next_) : Slots(size));
    forget_prepared();
    gone_ = 0;
    moved_ = 0;
  }

  Slots slots_{kMinSlots};
  Slots old_{0};             // of before the change of size; of size 0 when there is none under way
  Slots next_{0};            // of twice the size, when it may soon be needed
  std::size_t touched_ = 0;  // slots of next_ before it have their pages
  std::uint32_t moved_ = 0;  // ids before it are in slots_; those that are new are, too
  std::size_t used_ = 0;
  std::size_t gone_ = 0;  // of slots_
};

}  // namespace pipit::net
