// Hash -> id: the open-addressing index of the big tables, 32 bits a slot. It knows neither keys
// nor rows: whoever searches says which id is the right one.
//
// It changes its size little by little: with each change a few slots are moved over, and until all
// have been, both indices are looked into. They are moved in their order, which is that of the new
// slots, too. Slots come zeroed from the system, a page when it is first touched. Ids that are new
// hit pages at random, so that the first thousands would touch them all: while an index fills up,
// the next one is touched page by page.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

namespace pipit::net {

class IdIndex {
 public:
  /// Ids are below it.
  static constexpr std::uint32_t kIdLimit = (1U << 26) - (1U << 15);
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// Starts to load the slot at which a search begins.
  void prefetch(std::uint64_t hash) const {
    __builtin_prefetch(&fuller().at[hash & fuller().mask]);
  }

  /// The id in that slot, to load what it names ahead; kNone: no id there.
  std::uint32_t first(std::uint64_t hash) const {
    const std::uint32_t slot = fuller().at[hash & fuller().mask];
    return slot == kEmpty || slot == kGone ? kNone : id_of(slot);
  }

  /// The id of that hash for which `matches(id)` is true; kNone: there is none.
  template <typename Matches>
  std::uint32_t find(std::uint64_t hash, const Matches& matches) const {
    const std::uint32_t found = fuller().find(hash, matches);
    return found == kNone && moving() ? slots_.find(hash, matches) : found;
  }

  /// Adds an id that is not there. `hash_of(id)` gives the hash of an id that is in the index.
  template <typename HashOf>
  void insert(std::uint64_t hash, std::uint32_t id, const HashOf& hash_of) {
    put(hash, id);
    ++used_;
    if (moving()) {
      move_some(hash_of);
    } else if ((used_ + gone_) * 10 > slots_.size() * 7) {
      resize(next_size());
    } else if ((used_ + gone_) * 10 > slots_.size() * 6 && (used_ + gone_) % kInsertsPerPage == 0) {
      prepare_page();
    }
  }

  /// Takes an id out that is there. `hash_of`: as of insert(); not asked for this id.
  template <typename HashOf>
  void erase(std::uint64_t hash, std::uint32_t id, const HashOf& hash_of) {
    const std::size_t old_place = moving() ? old_.remove(slot_of(hash, id), hash) : kNowhere;
    if (old_place == kNowhere || old_place < moved_) {
      const std::size_t place = slots_.remove(slot_of(hash, id), hash);
      gone_ += slots_.at[place] == kGone ? 1 : 0;
    }
    --used_;
    if (next_.size() > slots_.size() && used_ * 2 < slots_.size()) {
      forget_prepared();
    }
    if (moving()) {
      move_some(hash_of);
    } else if (slots_.size() > kMinSlots && used_ * 8 < slots_.size()) {
      resize(slots_.size() / 2);
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
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  static constexpr std::size_t kMinSlots = 256;
  // Slots that are moved in one go, so that the misses of the cache overlap.
  static constexpr std::size_t kBatch = 64;
  // Slots that each change moves: to a larger index all are moved before half of the changes have
  // come that would fill it, to another one before half of those that would let it shrink again.
  static constexpr std::size_t kPaceUp = 4;
  static constexpr std::size_t kPaceDown = 32;
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

    /// Where the slot was; kNowhere: it is not there.
    std::size_t remove(std::uint32_t slot, std::uint64_t hash) {
      std::size_t i = hash & mask;
      while (at[i] != kEmpty && at[i] != slot) {
        i = (i + 1) & mask;
      }
      if (at[i] == kEmpty) {
        return kNowhere;
      }
      at[i] = at[(i + 1) & mask] == kEmpty ? kEmpty : kGone;
      return i;
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

  /// True while ids stand in the index of before a change of size.
  bool moving() const { return old_.size() != 0; }

  /// Where to look first: what has been moved stands in the old slots, too, and looking into new
  /// ones at random would touch all their pages.
  const Slots& fuller() const { return moving() ? old_ : slots_; }

  template <typename HashOf>
  void move_some(const HashOf& hash_of) {
    owed_ += slots_.size() > old_.size() ? kPaceUp : kPaceDown;
    if (owed_ < kBatch) {
      return;
    }
    owed_ -= kBatch;
    const std::size_t until = moved_ + kBatch;  // sizes are multiples of it
    for (; moved_ < until; ++moved_) {
      if (const std::uint32_t slot = old_.at[moved_]; slot != kEmpty && slot != kGone) {
        put(hash_of(id_of(slot)), id_of(slot));
      }
    }
    if (moved_ == old_.size()) {
      old_ = Slots(0);
    }
  }

  /// After which it is less full than half.
  std::size_t next_size() const {
    return used_ * 2 > slots_.size() ? slots_.size() * 2 : slots_.size();
  }

  void forget_prepared() {
    next_ = Slots(0);
    touched_ = 0;
  }

  void prepare_page() {
    const std::size_t size = next_size();
    if (size < kMinPrepared) {
      return;
    }
    if (next_.size() != size) {
      forget_prepared();
      next_ = Slots(size);
    }
    if (touched_ == size) {
      return;
    }
    static_cast<volatile std::uint32_t&>(next_.at[touched_]) = kEmpty;
    touched_ += kPageSlots;
  }

  void resize(std::size_t size) {
    old_ = std::exchange(slots_, next_.size() == size ? std::move(next_) : Slots(size));
    forget_prepared();
    gone_ = 0;
    moved_ = 0;
    owed_ = 0;
  }

  Slots slots_{kMinSlots};
  Slots old_{0};             // of before the change of size; of size 0 when there is none under way
  Slots next_{0};            // of next_size(), when it may soon be needed
  std::size_t touched_ = 0;  // slots of next_ before it have their pages
  std::size_t moved_ = 0;    // slots of old_ before it have been moved
  std::size_t owed_ = 0;     // slots of old_ that are due
  std::size_t used_ = 0;
  std::size_t gone_ = 0;  // of slots_
};

}  // namespace pipit::net
