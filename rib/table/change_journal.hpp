// The journal of a table: changed destinations in order, in chunks. The decision process appends,
// consumers read with cursors; what the slowest cursor has passed is dropped, and entries that
// later ones overtake are compacted away chunk by chunk as the journal grows.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "rib/table/destination_table.hpp"
#include "rib/table/journal.hpp"

namespace pipit::rib {

class ChangeJournal final : public Journal {
 public:
  /// The table tells the last change of each destination.
  explicit ChangeJournal(const DestinationTable& table) : table_(table) {}

  /// Adds a change; the caller stores the result as the destination's last change.
  Sequence append(DestinationId destination);
  /// Tells the listeners if something was appended since the last call.
  void notify();
  /// Every change before this one has been seen, and let go of, by every cursor.
  Sequence floor() const;

  /// Called with floor() when it has moved on because of a reader.
  void on_floor(std::function<void(Sequence)> listener) { floor_listener_ = std::move(listener); }

  /// Entries held, for tests and memory accounts.
  std::size_t size() const { return size_; }

  std::size_t memory() const;

  Sequence end() const override { return end_; }

  CursorId add_cursor(Sequence from) override;
  void remove_cursor(CursorId cursor) override;
  Sequence position(CursorId cursor) const override;
  std::optional<DestinationId> next(CursorId cursor) override;
  std::size_t backlog(CursorId cursor) const override;

  void on_change(std::function<void()> listener) override {
    listeners_.push_back(std::move(listener));
  }

 private:
  static constexpr std::size_t kChunkEntries = 4096;

  struct Entry {
    DestinationId destination;
    std::uint32_t offset;  // of its sequence number from the chunk's first
  };

  struct Chunk {
    Sequence first = 0;
    std::vector<Entry> entries;
  };

  struct Cursor {
    bool used = false;
    Sequence position = 0;
    Sequence held = 0;  // of the entry that next() gave last; 0: none
    // Where `position` is found, as long as `version` is the journal's:
    std::uint64_t version = 0;
    std::size_t chunk = 0;
    std::size_t entry = 0;
  };

  Cursor& at(CursorId id) { return cursors_[static_cast<std::uint32_t>(id)]; }

  const Cursor& at(CursorId id) const { return cursors_[static_cast<std::uint32_t>(id)]; }

  void place(Cursor& cursor) const;
  void trim();
  void compact();
  void compact_chunk(std::size_t number);

  const DestinationTable& table_;
  Sequence end_ = 1;
  std::deque<Chunk> chunks_;
  std::size_t size_ = 0;
  std::uint64_t version_ = 1;  // moves on when entries change their places
  std::size_t hand_ = 0;       // the chunk that is compacted next
  std::vector<Cursor> cursors_;
  std::size_t live_cursors_ = 0;
  std::uint32_t reads_ = 0;
  Sequence told_floor_ = 1;
  Sequence notified_ = 1;
  std::vector<std::function<void()>> listeners_;
  std::function<void(Sequence)> floor_listener_;
};

}  // namespace pipit::rib
