// Members that do not read: what they cost, how they are shown, and where it ends.
#include "tests/unit/rib/clients_fixture.hpp"

namespace pipit::rib {
namespace {

/// `source` announces; `reads` and `stalls` are members of one group.
struct Stalled : ExportFixture {
  explicit Stalled(std::size_t kept_rows)
      : ExportFixture({.slow_queue = 1, .kept_rows = kept_rows}) {
    source = internal_neighbor("192.0.2.1", 1, true);
    reads = groups.add_member(member_info(internal_neighbor("192.0.2.2", 2, true)), reader);
    stalls = groups.add_member(member_info(internal_neighbor("192.0.2.3", 3, true)), stalled);
    settle();
    stalled.drain();
    stalled.stall();
  }

  void settle() {
    loop.settle();
    reader.drain();
  }

  /// Prefixes come and go.
  void pass(const std::vector<std::string>& prefixes) {
    announce(source, {}, prefixes);
    settle();
    withdraw(source, prefixes);
    settle();
  }

  const Table& rows() const { return table(prefix("10.0.0.0/8")); }

  Receiver reader{true};
  Receiver stalled{true};
  SourceId source = kNoSource;
  MemberId reads{};
  MemberId stalls{};
};

}  // namespace

TEST_CASE("A slow member gets the latest state when it goes on, and holds nobody up",
          "[rib][export]") {
  Clients rr({.slow_queue = 1});
  Receiver to_a(true);
  Receiver to_b(true);
  rr.join(rr.a, to_a);
  const MemberId slow = rr.join(rr.b, to_b);
  rr.settle({&to_a, &to_b});
  to_b.stall();
  for (unsigned i = 0; i < 20; ++i) {
    rr.announce(rr.c, {.med = i}, numbered(10));
    rr.settle({&to_a});
  }
  rr.withdraw(rr.c, numbered(1));
  rr.settle({&to_a});
  CHECK(to_a.table.size() == 9);
  REQUIRE(rr.groups.groups().size() == 1);
  CHECK(rr.groups.groups().front().slow_members == std::vector<MemberId>{slow});
  CHECK(rr.groups.groups().front().lag == 0);

  to_b.drain();
  CHECK(to_b.table.size() == 10);
  rr.groups.resume(slow);
  rr.settle({&to_b});
  CHECK(to_b.table == to_a.table);
  CHECK(to_b.announced.at(prefix("10.0.5.0/24")) == 2);  // before it stalled, and the last one
  CHECK(rr.groups.groups().front().slow_members.empty());
}

TEST_CASE("What waits for a member that reads again is taken back, and the present state comes",
          "[rib][export]") {
  Clients rr({.slow_queue = 1U << 20});
  Receiver to_a(true);
  Receiver to_b(true);
  rr.join(rr.a, to_a);
  const MemberId stopped = rr.join(rr.b, to_b);
  rr.announce(rr.c, {}, numbered(20));
  rr.announce(rr.c, {}, numbered(10, 100));
  rr.settle({&to_a, &to_b});
  REQUIRE(to_b.table.size() == 30);
  to_b.stall();
  for (unsigned i = 1; i < 20; ++i) {
    rr.announce(rr.c, {.med = i}, numbered(15));
    rr.announce(rr.c, {.med = i}, numbered(5, 200));
    rr.settle({&to_a});
  }
  rr.withdraw(rr.c, numbered(5));
  rr.withdraw(rr.c, numbered(5, 100));
  rr.withdraw(rr.c, numbered(5, 200));
  rr.settle({&to_a});
  REQUIRE(to_a.table.size() == 20);

  to_b.on_recalled = [&] { rr.groups.resume(stopped); };
  rr.groups.recall(stopped);
  rr.settle({&to_a, &to_b});
  CHECK(to_b.recalls == 1);
  CHECK(to_b.table == to_a.table);
  CHECK(to_b.announced.at(prefix("10.0.10.0/24")) == 2);          // before it stopped, and the last
  CHECK(to_b.announced.at(prefix("10.0.3.0/24")) == 1);           // before it stopped
  CHECK_FALSE(to_b.announced.contains(prefix("10.0.201.0/24")));  // came and went meanwhile
  CHECK(rr.groups.groups().front().slow_members.empty());
  CHECK(rr.groups.groups().front().slow_events == 1);
  CHECK(rr.groups.settled());
  CHECK(rr.table(prefix("10.0.0.0/8")).kept_rows() == 0);
}

TEST_CASE("End-of-RIB keeps its place when what came after it is taken back", "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  Receiver to_b(true);
  rr.announce(rr.c, {}, numbered(5));
  rr.loop.settle();
  rr.join(rr.a, to_a);
  const MemberId stopped = rr.join(rr.b, to_b);
  rr.settle({&to_a});
  to_b.stall();  // the table and End-of-RIB wait
  rr.announce(rr.c, {.med = 1}, numbered(6));
  rr.settle({&to_a});
  to_b.on_recalled = [&] { rr.groups.resume(stopped); };
  rr.groups.recall(stopped);
  rr.settle({&to_a, &to_b});
  CHECK(to_b.end_of_ribs == 1);
  CHECK(to_b.table == to_a.table);
  CHECK(to_b.announced.at(prefix("10.0.1.0/24")) == 2);  // before End-of-RIB, and the last
}

TEST_CASE("What a slow member is told last keeps its row until it is encoded", "[rib][export]") {
  // The end of a lap lets go of rows that were withdrawn before it began: of whole chunks here.
  constexpr unsigned kAll = 20000;
  Clients rr({.batch = 17000, .slow_queue = 1});
  Receiver to_a(true);
  Receiver to_b(true);
  rr.join(rr.a, to_a);
  const MemberId slow = rr.join(rr.b, to_b);
  rr.announce(rr.c, {}, numbered(kAll));
  rr.settle({&to_a, &to_b});
  to_b.stall();
  for (unsigned i = 1; i < 3; ++i) {
    rr.announce(rr.c, {.med = i}, numbered(kAll));
    rr.settle({&to_a});
  }
  to_b.drain();
  rr.groups.resume(slow);
  while (to_b.queued_octets() == 0) {
    REQUIRE(rr.loop.step());
  }
  to_b.stall();  // in the middle of the first lap
  rr.withdraw(rr.c, numbered(kAll / 2));
  rr.settle({&to_a});
  to_b.drain();
  rr.groups.resume(slow);
  rr.settle({&to_a, &to_b});
  CHECK(to_b.table == to_a.table);
  CHECK(to_b.table.size() == kAll / 2);
  CHECK(to_b.idle_withdrawals == 0);
  CHECK(rr.table(prefix("10.0.0.0/24")).destinations().size() == kAll / 2);
}

TEST_CASE("When everybody is congested the group waits, and skips what is overtaken",
          "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  const MemberId only = rr.join(rr.a, to_a);
  rr.settle({&to_a});
  to_a.stall();
  for (unsigned i = 0; i < 20; ++i) {
    rr.announce(rr.c, {.med = i}, numbered(10));
    rr.loop.settle();
  }
  CHECK(to_a.queued_octets() == 0);
  CHECK(rr.groups.groups().front().lag != 0);
  to_a.drain();
  rr.groups.resume(only);
  rr.settle({&to_a});
  CHECK(to_a.announced.at(prefix("10.0.5.0/24")) == 1);
  CHECK(to_a.table.begin()->second.med == 19U);
}

TEST_CASE("Withdrawn rows are kept for a member that does not read, up to a limit",
          "[rib][export]") {
  Stalled rr(1000);
  rr.pass(numbered(1));  // its queue is long now: it leaves the stream
  rr.pass(numbered(900));
  CHECK(rr.rows().kept_rows() == 900);
  CHECK(rr.stalled.overruns == 0);
  CHECK(rr.groups.groups().front().slow_members == std::vector<MemberId>{rr.stalls});
  CHECK(rr.groups.groups().front().slow_events == 1);

  rr.pass(numbered(900, 2000));
  CHECK(rr.stalled.overruns != 0);
  CHECK(rr.reader.overruns == 0);
  rr.groups.remove_member(rr.stalls);
  rr.settle();
  CHECK(rr.rows().kept_rows() == 0);
  CHECK(rr.rows().destinations().size() == 0);
  CHECK(rr.reader.table.empty());
}

TEST_CASE("A member alone in its group that does not read is found, too", "[rib][export]") {
  Stalled rr(1000);
  rr.groups.remove_member(rr.reads);
  rr.pass(numbered(600));
  CHECK(rr.groups.groups().front().slow_members == std::vector<MemberId>{rr.stalls});
  CHECK(rr.groups.groups().front().slow_events == 1);
  CHECK(rr.stalled.overruns == 0);
  rr.pass(numbered(600, 2000));
  CHECK(rr.stalled.overruns != 0);
}

TEST_CASE("A prefix that flaps is kept once for a member that does not read", "[rib][export]") {
  Stalled rr(1000);
  rr.pass(numbered(1));
  for (unsigned i = 0; i < 3000; ++i) {
    rr.pass(numbered(10));
  }
  CHECK(rr.rows().kept_rows() == 10);
  CHECK(rr.rows().queue_memory() < 512 * 1024);  // of 30,000 entries it would be more
  CHECK(rr.stalled.overruns == 0);

  rr.stalled.drain();
  rr.groups.resume(rr.stalls);
  rr.settle();
  rr.stalled.drain();
  CHECK(rr.stalled.table.empty());
  CHECK(rr.rows().kept_rows() == 0);
  CHECK(rr.rows().destinations().size() == 0);
}

TEST_CASE("Rows that a leaving member held are freed a few thousand at a time", "[rib][export]") {
  constexpr unsigned kMany = 30000;
  Stalled rr(kMany + 1);
  rr.pass(numbered(1));
  rr.pass(numbered(kMany));
  REQUIRE(rr.rows().kept_rows() == kMany);
  rr.groups.remove_member(rr.stalls);
  std::size_t before = kMany;
  while (rr.loop.step()) {
    const std::size_t now = rr.rows().kept_rows();
    REQUIRE(before - now <= 16384);
    before = now;
  }
  CHECK(rr.rows().kept_rows() == 0);
  CHECK(rr.rows().destinations().size() == 0);
}

TEST_CASE("Routes that came back are not counted as kept", "[rib][export]") {
  Stalled rr(1000);
  rr.pass(numbered(900));
  rr.announce(rr.source, {.med = 1}, numbered(900));
  rr.settle();
  CHECK(rr.rows().kept_rows() == 0);
  rr.pass(numbered(900, 2000));
  CHECK(rr.stalled.overruns == 0);
  CHECK(rr.reader.table.size() == 900);
}

}  // namespace pipit::rib
