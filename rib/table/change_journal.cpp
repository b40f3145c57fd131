#include "rib/table/change_journal.hpp"

#include <algorithm>

namespace pipit::rib {

Sequence ChangeJournal::append(DestinationId destination) {
  const Sequence sequence = end_++;
  if (live_cursors_ == 0) {
    return sequence;
  }
  if (chunks_.empty() || chunks_.back().entries.size() >= kChunkEntries ||
      sequence - chunks_.back().first > 0xffffffff) {
    compact();
    chunks_.push_back({.first = sequence});
    chunks_.back().entries.reserve(kChunkEntries);
  }
  Chunk& chunk = chunks_.back();
  chunk.entries.push_back({destination, static_cast<std::uint32_t>(sequence - chunk.first)});
  ++size_;
  return sequence;
}

void ChangeJournal::notify() {
  if (notified_ == end_) {
    return;
  }
  notified_ = end_;
  for (const auto& listener : listeners_) {
    listener();
  }
}

Sequence ChangeJournal::floor() const {
  Sequence floor = end_;
  for (const Cursor& cursor : cursors_) {
    if (cursor.used) {
      floor = std::min(floor, cursor.held != 0 ? cursor.held : cursor.position);
    }
  }
  return floor;
}

std::size_t ChangeJournal::memory() const {
  std::size_t octets = chunks_.size() * sizeof(Chunk) + cursors_.capacity() * sizeof(Cursor);
  for (const Chunk& chunk : chunks_) {
    octets += chunk.entries.capacity() * sizeof(Entry);
  }
  return octets;
}

CursorId ChangeJournal::add_cursor(Sequence from) {
  const auto free = std::find_if(cursors_.begin(), cursors_.end(),
                                 [](const Cursor& cursor) { return !cursor.used; });
  const auto number = static_cast<std::uint32_t>(free - cursors_.begin());
  if (free == cursors_.end()) {
    cursors_.emplace_back();
  }
  cursors_[number] = {.used = true, .position = from};
  ++live_cursors_;
  return CursorId{number};
}

void ChangeJournal::remove_cursor(CursorId cursor) {
  at(cursor) = {};
  --live_cursors_;
  trim();
}

Sequence ChangeJournal::position(CursorId cursor) const {
  return at(cursor).position;
}

std::optional<DestinationId> ChangeJournal::next(CursorId id) {
  Cursor& cursor = at(id);
  cursor.held = 0;
  place(cursor);
  while (cursor.chunk < chunks_.size()) {
    const Chunk& chunk = chunks_[cursor.chunk];
    if (cursor.entry == chunk.entries.size()) {
      if (cursor.chunk + 1 == chunks_.size()) {
        break;
      }
      ++cursor.chunk;
      cursor.entry = 0;
      continue;
    }
    const Entry entry = chunk.entries[cursor.entry++];
    const Sequence sequence = chunk.first + entry.offset;
    cursor.position = sequence + 1;
    if (table_[entry.destination].last_change() == sequence) {
      cursor.held = sequence;
      if (++reads_ % kChunkEntries == 0) {
        trim();
      }
      return entry.destination;
    }
  }
  cursor.position = end_;
  trim();
  return std::nullopt;
}

std::size_t ChangeJournal::backlog(CursorId cursor) const {
  return std::min<std::size_t>(static_cast<std::size_t>(end_ - at(cursor).position), size_);
}

/// Finds the first entry at or after the cursor's position again, after entries moved.
void ChangeJournal::place(Cursor& cursor) const {
  if (cursor.version == version_) {
    return;
  }
  cursor.version = version_;
  const auto after = std::upper_bound(
      chunks_.begin(), chunks_.end(), cursor.position,
      [](Sequence position, const Chunk& chunk) { return position < chunk.first; });
  cursor.chunk =
      after == chunks_.begin() ? 0 : static_cast<std::size_t>(after - chunks_.begin()) - 1;
  cursor.entry = 0;
  if (cursor.chunk < chunks_.size()) {
    const Chunk& chunk = chunks_[cursor.chunk];
    const auto entry = std::lower_bound(chunk.entries.begin(), chunk.entries.end(), cursor.position,
                                        [&chunk](const Entry& one, Sequence position) {
                                          return chunk.first + one.offset < position;
                                        });
    cursor.entry = static_cast<std::size_t>(entry - chunk.entries.begin());
  }
}

void ChangeJournal::trim() {
  const Sequence now = floor();
  bool moved = false;
  while (!chunks_.empty() && (chunks_.size() > 1 ? chunks_[1].first <= now : now == end_)) {
    size_ -= chunks_.front().entries.size();
    chunks_.pop_front();
    hand_ = hand_ == 0 ? 0 : hand_ - 1;
    moved = true;
  }
  if (moved) {
    ++version_;
  }
  if (now != told_floor_) {
    told_floor_ = now;
    if (floor_listener_) {
      floor_listener_(now);
    }
  }
}

/// Compacts a few chunks when overtaken entries may outnumber the others.
void ChangeJournal::compact() {
  constexpr std::size_t kSlack = 8 * kChunkEntries;
  constexpr int kChunksAtOnce = 4;
  if (size_ < table_.size() + table_.size() / 4 + kSlack) {
    return;
  }
  for (int i = 0; i < kChunksAtOnce && !chunks_.empty(); ++i) {
    if (hand_ >= chunks_.size()) {
      hand_ = 0;
    }
    compact_chunk(hand_);
  }
  ++version_;
}

void ChangeJournal::compact_chunk(std::size_t number) {
  Chunk& chunk = chunks_[number];
  size_ -= std::erase_if(chunk.entries, [this, &chunk](const Entry& entry) {
    return !table_.contains(entry.destination) ||
           table_[entry.destination].last_change() != chunk.first + entry.offset;
  });
  if (number == 0) {
    ++hand_;
    return;
  }
  Chunk& before = chunks_[number - 1];
  const Sequence distance = chunk.first - before.first;
  if (before.entries.size() + chunk.entries.size() > kChunkEntries ||
      distance + (chunk.entries.empty() ? 0 : chunk.entries.back().offset) > 0xffffffff) {
    chunk.entries.shrink_to_fit();
    ++hand_;
    return;
  }
  for (const Entry& entry : chunk.entries) {
    before.entries.push_back(
        {entry.destination, entry.offset + static_cast<std::uint32_t>(distance)});
  }
  chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(number));
}

}  // namespace pipit::rib
