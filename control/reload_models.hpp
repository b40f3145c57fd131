// What is asked and answered about configurations: check, reload, dry run, difference, history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <sys/types.h>

#include "control/models.hpp"
#include "net/route_key.hpp"

namespace pipit::control {

/// Whose process a request came from, by the credentials of its end of the socket.
struct Requester {
  uid_t user = 0;
  pid_t process = 0;
};

/// Result of reading a configuration.
struct ConfigCheck {
  bool ok = false;
  std::string diagnostics;  // all errors and warnings, as pipitd --check prints them
};

/// Result of a reload, or what it would be. When !ok nothing has changed.
struct ReloadResult {
  bool ok = false;
  std::string diagnostics;
  std::vector<std::string> added;         // names of neighbors
  std::vector<std::string> removed;       // names of neighbors
  std::vector<std::string> reset;         // changed in a way that takes the session down
  std::vector<std::string> updated;       // changed in place
  std::uint64_t keys = 0;                 // keys of the configuration that are different
  std::uint32_t number = 0;               // of the configuration in the history
  std::optional<WallTime> confirm_until;  // goes back then, unless it is confirmed
};

/// One key that is not the same in two configurations.
struct ConfigChangeRow {
  std::string path;
  std::string before;                // on one line; empty: not there
  std::string after;                 // likewise
  std::vector<std::string> effects;  // of a reload: "in-place", "reset"
};

/// A configuration that was applied.
struct ConfigHistoryRow {
  std::uint32_t number = 0;
  WallTime applied_at;
  std::string by;  // "start", "SIGHUP", "reload", "rollback to 3", "no confirmation"
  std::optional<Requester> requester;
  std::string user;           // the requester's name; empty: it has none
  bool running = false;       // is the one in force
  bool kept = false;          // can be gone back to
  std::uint64_t changes = 0;  // keys that were different from the one before
  std::vector<ConfigChangeRow> first_changes;
};

/// How many routes change in which way.
struct PlannedCounts {
  std::uint64_t accepted = 0;   // import takes what it did not take
  std::uint64_t rejected = 0;   // import no longer takes it
  std::uint64_t changed = 0;    // import gives it other attributes
  std::uint64_t lost = 0;       // was accepted, and its session or its family is gone
  std::uint64_t announced = 0;  // is sent, and was not; of the kernel: enters it
  std::uint64_t withdrawn = 0;  // was sent, and no longer is; of the kernel: leaves it
  std::uint64_t updated = 0;    // is sent with other attributes; of the kernel: leads elsewhere
  std::uint64_t moved = 0;      // of the kernel: to another table, metric or protocol

  friend bool operator==(const PlannedCounts&, const PlannedCounts&) = default;
};

/// What becomes of a neighbor's session.
struct PlannedSession {
  std::string becomes = "down";  // "stays", "reset", "ends", "starts", "down": there is none
  std::string reason;            // of "reset" and "ends", in words
  std::string comes_back;        // of "ends": what brings it back; empty: nothing that is known
  std::optional<Seconds> restart_after;  // tried again after that time, to end again
  std::uint64_t received = 0;            // prefixes that the neighbor announces now
};

/// A neighbor in the answer to a dry run, or the kernel.
struct PlannedNeighbor {
  std::string name;
  std::string change;             // "added", "removed", "reset", "updated", "none"
  std::vector<std::string> keys;  // what changed
  bool established = false;       // else nothing is known of what it is sent
  PlannedSession session;
  PlannedCounts counts;      // once sessions that are reset are back
  PlannedCounts while_down;  // until then; all zero when none is reset
};

/// A route that would change.
struct PlannedRoute {
  net::RouteKey key;
  std::string neighbor;
  bool to_neighbor = false;  // is sent to it; else it comes from it
  std::string change;        // a member of PlannedCounts
  bool while_down = false;   // compared with now while sessions that are reset are down
};

/// Routes come before neighbors.
using PlannedRow = std::variant<PlannedRoute, PlannedNeighbor>;

}  // namespace pipit::control
