// Members of a group that do not have its current state: joiners, members that asked for a refresh,
// slow ones, and those that came from another group. Owned and driven by UpdateGroup.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "rib/out/adj_rib_out.hpp"
#include "rib/out/audience.hpp"
#include "rib/out/exporter.hpp"
#include "rib/out/pending_set.hpp"
#include "rib/table/journal.hpp"

namespace pipit::rib {

struct Follower {
  /// Destinations that changed from `from` on keep their ids while it lives.
  Follower(Journal& its_journal, Sequence from)
      : journal(its_journal), pin(its_journal.add_cursor(from)) {}

  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  ~Follower() {
    journal.remove_cursor(pin);
    if (next_pin) {
      journal.remove_cursor(*next_pin);
    }
  }

  Journal& journal;
  CursorId pin;
  std::optional<CursorId> next_pin;  // set where the lap began, becomes the pin when it ends
  Audience audience;
  PendingSet pending;
  std::uint32_t position = 0;  // of the lap over the pending destinations
  /// What the members were sent by the group that they come from, as far as it is not compared yet;
  /// null for others.
  std::unique_ptr<AdjRibOut> base;
  std::shared_ptr<const Exporter> base_exporter;
};

}  // namespace pipit::rib
