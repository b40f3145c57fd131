// Reading the tables for people: what `show routes`, `show route` and `explain` print. Read-only
// and in pieces, so that a walk over a million routes need not hold up anything: destinations may
// come and go between two calls.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rib/table/table.hpp"

namespace pipit::rib {

/// One path with everything that is known of it.
struct PathView {
  DestinationId destination = kNoDestination;
  net::RouteKey key;
  std::uint32_t slot = kNoSlot;  // of Table::path()
  SourceId source = kNoSource;
  std::uint32_t path_id = 0;
  AttributeHandle received = AttributeHandle::None;  // before import policy
  AttributeHandle accepted = AttributeHandle::None;  // after it; None: not accepted
  bool best = false;
  bool multipath = false;  // the best path, or shares the traffic with it
  bool eligible = false;
  bool stale = false;    // kept only until the refresh of its source ends
  bool is_void = false;  // its source took it back, it waits to be swept away
  Reason reason = Reason::Undecided;
  std::uint32_t changed_at = 0;  // on the clock of Rib::now()
};

/// Whether void paths are wanted too: they count for nothing any more.
enum class VoidPaths : bool { Skip, Show };

/// Appends the paths of a destination, the best one first.
void paths_of(const Table& table,
              DestinationId destination,
              std::vector<PathView>& paths,
              VoidPaths void_paths = VoidPaths::Skip);

/// Why a path lost, with the values that were compared.
struct Comparison {
  Reason step = Reason::None;
  std::string value;                 // of the path that lost
  std::string better;                // of the one that it lost to
  SourceId better_from = kNoSource;  // that one's source
};

/// What the decision process compares when it runs over these candidates (Table::decided());
/// nullopt when the path did not lose at one of its steps. `now`: Rib::now().
std::optional<Comparison> comparison(std::span<const Candidate> candidates,
                                     std::uint32_t slot,
                                     std::uint32_t now);

/// The destination of exactly this key, if it has paths.
std::optional<DestinationId> find(const Table& table, const net::RouteKey& key);

/// The longest prefix that covers the address and has a best path.
std::optional<DestinationId> route_for(const Table& table, const net::IpAddress& address);

/// Destinations whose prefixes cover that of a key of the table, in the same VPN, itself included,
/// the longest first.
std::vector<DestinationId> covering(const Table& table, const net::RouteKey& key);

/// Walks over a table in steps, in the order of destination ids. What changes meanwhile may or may
/// not be seen; what does not change is seen exactly once.
class TableCursor {
 public:
  /// `within`: only prefixes that it covers, itself included.
  explicit TableCursor(const Table& table, std::optional<net::Prefix> within = std::nullopt)
      : table_(table), within_(within) {}

  /// Looks at up to `budget` destinations and appends the ids of those with paths. False: the walk
  /// is over.
  bool next(std::size_t budget, std::vector<DestinationId>& found);

 private:
  const Table& table_;
  std::optional<net::Prefix> within_;
  std::uint32_t position_ = 0;
};

}  // namespace pipit::rib
