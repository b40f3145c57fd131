// Members that do not read: what they cost, how they are shown, and where it ends.
#include "tests/unit/rib/export_fixture.hpp"

namespace pipit::rib {
namespace {

std::vector<std::string> numbered(unsigned count, unsigned from = 0) {
  std::vector<std::string> prefixes;
  for (unsigned i = from; i < from + count; ++i) {
    prefixes.push_back("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24");
  }
  return prefixes;
}

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
