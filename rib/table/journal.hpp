// The journal of one table: each Loc-RIB change appends the destination's id. Consumers (update
// groups, late joiners, slow members, the kernel bridge) read it with cursors of their own.
//
// A destination remembers the sequence number of its last change (Table::last_change), so a
// consumer skips every entry that a later one overtakes: state compression without flags per peer.
// The journal keeps entries from the slowest cursor on, at most about one for each destination (it
// compacts overtaken ones away).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "rib/table/destination_id.hpp"

namespace pipit::rib {

/// Position in the journal; grows by one with each change, never reused.
using Sequence = std::uint64_t;

enum class CursorId : std::uint32_t {};

/// What a consumer may do with a table's journal.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Sequence number that the next change will get: a cursor there has seen everything.
  virtual Sequence end() const = 0;

  /// A cursor that will read everything from `from` on. `from` must be end() or the position of
  /// another live cursor.
  virtual CursorId add_cursor(Sequence from) = 0;
  virtual void remove_cursor(CursorId cursor) = 0;
  virtual Sequence position(CursorId cursor) const = 0;

  /// The next destination that changed and whose entry no later one overtakes; moves the cursor
  /// past it. nullopt: the cursor is at end(). The destination stays valid (its id is not reused)
  /// until a later call moves this cursor on.
  virtual std::optional<DestinationId> next(CursorId cursor) = 0;

  /// Entries between the cursor and the end, overtaken ones included: an upper bound of the work.
  virtual std::size_t backlog(CursorId cursor) const = 0;

  /// Adds a listener that is called (once per batch of changes, from the decision process) when
  /// there is something new to read. It lives as long as the journal.
  virtual void on_change(std::function<void()> listener) = 0;
};

}  // namespace pipit::rib
