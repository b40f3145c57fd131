#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "rib/table/change_journal.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

/// A table with some destinations and its journal.
struct JournalFixture {
  DestinationTable table{net::kIpv4Unicast};
  ChangeJournal journal{table};

  explicit JournalFixture(std::uint32_t destinations) {
    for (std::uint32_t i = 0; i < destinations; ++i) {
      table.insert(table.key(net::Prefix(net::IpAddress::v4(i << 8), 24)));
    }
  }

  void change(std::uint32_t id) {
    table[DestinationId{id}].set_last_change(journal.append(DestinationId{id}));
  }
};

}  // namespace

TEST_CASE("A cursor reads changes in order and is then at the end") {
  JournalFixture f(4);
  const CursorId cursor = f.journal.add_cursor(f.journal.end());
  REQUIRE_FALSE(f.journal.next(cursor));
  f.change(2);
  f.change(1);
  REQUIRE(f.journal.backlog(cursor) == 2);
  REQUIRE(f.journal.next(cursor) == DestinationId{2});
  REQUIRE(f.journal.next(cursor) == DestinationId{1});
  REQUIRE_FALSE(f.journal.next(cursor));
  REQUIRE(f.journal.position(cursor) == f.journal.end());
  REQUIRE(f.journal.backlog(cursor) == 0);
}

TEST_CASE("An entry that a later one overtakes is skipped") {
  JournalFixture f(4);
  const CursorId cursor = f.journal.add_cursor(f.journal.end());
  f.change(1);
  f.change(2);
  f.change(1);
  REQUIRE(f.journal.next(cursor) == DestinationId{2});
  REQUIRE(f.journal.next(cursor) == DestinationId{1});
  REQUIRE_FALSE(f.journal.next(cursor));
}

TEST_CASE("A cursor added at another's position reads what that one reads") {
  JournalFixture f(4);
  const CursorId slow = f.journal.add_cursor(f.journal.end());
  f.change(0);
  f.change(1);
  f.change(2);
  REQUIRE(f.journal.next(slow) == DestinationId{0});
  const CursorId late = f.journal.add_cursor(f.journal.position(slow));
  REQUIRE(f.journal.next(late) == DestinationId{1});
  REQUIRE(f.journal.next(slow) == DestinationId{1});
  REQUIRE(f.journal.next(late) == DestinationId{2});
  REQUIRE_FALSE(f.journal.next(late));
}

TEST_CASE("Without cursors the journal keeps nothing") {
  JournalFixture f(4);
  f.change(0);
  REQUIRE(f.journal.size() == 0);
  REQUIRE(f.journal.floor() == f.journal.end());
  const CursorId cursor = f.journal.add_cursor(f.journal.end());
  f.change(1);
  REQUIRE(f.journal.size() == 1);
  f.journal.remove_cursor(cursor);
  REQUIRE(f.journal.size() == 0);
}

TEST_CASE("The floor waits for the entry that a cursor was given last") {
  JournalFixture f(4);
  const CursorId cursor = f.journal.add_cursor(f.journal.end());
  const Sequence first = f.journal.end();
  f.change(0);
  f.change(1);
  REQUIRE(f.journal.next(cursor) == DestinationId{0});
  REQUIRE(f.journal.floor() == first);
  REQUIRE(f.journal.next(cursor) == DestinationId{1});
  REQUIRE(f.journal.floor() == first + 1);
  REQUIRE_FALSE(f.journal.next(cursor));
  REQUIRE(f.journal.floor() == f.journal.end());
}

TEST_CASE("Listeners hear of changes once per batch") {
  JournalFixture f(4);
  int heard = 0;
  f.journal.on_change([&heard] { ++heard; });
  f.journal.on_change([&heard] { heard += 10; });
  f.journal.notify();
  REQUIRE(heard == 0);
  f.change(0);
  f.change(1);
  f.journal.notify();
  f.journal.notify();
  REQUIRE(heard == 11);
}

TEST_CASE("A cursor that never moves costs about an entry per destination, and misses nothing") {
  JournalFixture f(100);
  const CursorId stuck = f.journal.add_cursor(f.journal.end());
  std::mt19937 random(5);
  for (int i = 0; i < 400000; ++i) {
    f.change(static_cast<std::uint32_t>(random() % 100));
  }
  REQUIRE(f.journal.size() < 50000);
  REQUIRE(f.journal.memory() < 1000000);
  std::set<DestinationId> seen;
  Sequence before = 0;
  while (const auto id = f.journal.next(stuck)) {
    REQUIRE(seen.insert(*id).second);
    REQUIRE(f.table[*id].last_change() > before);
    before = f.table[*id].last_change();
  }
  REQUIRE(seen.size() == 100);
}

TEST_CASE("Random cursors see each destination's last change and never one twice") {
  constexpr std::uint32_t kDestinations = 3000;
  JournalFixture f(kDestinations);
  std::mt19937 random(17);
  // Per cursor: what it has yet to see.
  std::map<CursorId, std::set<DestinationId>> pending;
  for (int i = 0; i < 300000; ++i) {
    const auto action = random() % 100;
    if (action < 70) {
      const auto id =
          static_cast<std::uint32_t>(random() % 4 == 0 ? random() % kDestinations : random() % 50);
      f.change(id);
      for (auto& [cursor, open] : pending) {
        open.insert(DestinationId{id});
      }
    } else if (action < 98 && !pending.empty()) {
      auto chosen = pending.begin();
      std::advance(
          chosen, static_cast<std::ptrdiff_t>(random() % std::min<std::size_t>(pending.size(), 3)));
      const auto id = f.journal.next(chosen->first);
      if (id) {
        REQUIRE(chosen->second.erase(*id) == 1);
      } else {
        REQUIRE(chosen->second.empty());
      }
    } else if (action == 98 && pending.size() < 6) {
      if (pending.empty() || random() % 2 == 0) {
        pending[f.journal.add_cursor(f.journal.end())];
      } else {
        const auto from = pending.begin();
        const auto open = from->second;
        pending[f.journal.add_cursor(f.journal.position(from->first))] = open;
      }
    } else if (pending.size() > 3 && random() % 20 == 0) {
      f.journal.remove_cursor(pending.begin()->first);
      pending.erase(pending.begin());
    }
  }
  for (auto& [cursor, open] : pending) {
    while (const auto id = f.journal.next(cursor)) {
      REQUIRE(open.erase(*id) == 1);
    }
    REQUIRE(open.empty());
  }
  REQUIRE(f.journal.size() == 0);
}
