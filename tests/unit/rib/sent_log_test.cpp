// When what was sent, without keeping a time for each route.
#include "rib/out/sent_log.hpp"

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::rib;
using namespace std::chrono_literals;

namespace {

const net::TimePoint kStart{1000s};

struct Log {
  SentLog log{kStart};

  void send(net::Duration at, std::uint32_t first, std::uint32_t count = 1) {
    log.begin(kStart + at);
    for (std::uint32_t i = 0; i < count; ++i) {
      log.note(DestinationId{first + i});
    }
  }

  /// Seconds after the start, of a destination of a member.
  std::pair<double, double> ask(const StreamTimes& member, std::uint32_t id, net::Duration now) {
    const SentBetween sent = when_sent(log, member, DestinationId{id}, kStart + now);
    const auto seconds = [](net::TimePoint at) {
      return std::chrono::duration<double>(at - kStart).count();
    };
    return {seconds(sent.from), seconds(sent.to)};
  }
};

using Between = std::pair<double, double>;

StreamTimes member_since(net::Duration joined, net::Duration back) {
  return {.joined = kStart + joined, .left = kStart + joined, .back = kStart + back};
}

}  // namespace

TEST_CASE("What was sent lately is known exactly, the last time counts") {
  Log log;
  const StreamTimes member = member_since(0s, 0s);
  log.send(1s, 7);
  log.send(2s, 8, 3);
  log.send(3s, 7);
  CHECK(log.ask(member, 7, 60s) == Between{3, 3});
  CHECK(log.ask(member, 9, 60s) == Between{2, 2});
}

TEST_CASE("What was sent too long ago was sent before what is remembered") {
  Log log;
  const StreamTimes member = member_since(0s, 1s);
  log.send(5s, 0, 10);
  log.send(6s, 100, SentLog::kDestinations - 4);
  CHECK(log.ask(member, 9, 60s) == Between{5, 5});
  CHECK(log.ask(member, 1, 60s) == Between{0, 5});
  log.send(7s, 50'000, SentLog::kDestinations);
  CHECK(log.ask(member, 9, 60s) == Between{0, 6});
  CHECK(log.ask(member, 50'000, 60s) == Between{7, 7});
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    log.send(8s + std::chrono::milliseconds(i), i);
  }
  CHECK(log.log.memory() < 200'000);
}

TEST_CASE("What a member got outside of the stream lies between leaving it and coming back") {
  Log log;
  log.send(1s, 1);
  log.send(12s, 2);
  log.send(30s, 3);
  // It joined later and got the table then.
  const StreamTimes late = member_since(10s, 20s);
  CHECK(log.ask(late, 1, 60s) == Between{10, 20});
  CHECK(log.ask(late, 2, 60s) == Between{12, 20});
  CHECK(log.ask(late, 3, 60s) == Between{30, 30});
  // It reads slowly: what did not change meanwhile it has from before.
  StreamTimes slow = member_since(0s, 0s);
  slow.leave(kStart + 10s, StreamTimes::Lack::Changes);
  CHECK(log.ask(slow, 1, 60s) == Between{1, 10});
  CHECK(log.ask(slow, 2, 60s) == Between{12, 60});
  slow.back = kStart + 20s;
  CHECK(log.ask(slow, 2, 60s) == Between{12, 20});
  CHECK(log.ask(slow, 3, 60s) == Between{30, 30});
  // It comes from another group, whose log is another one.
  StreamTimes moved = member_since(0s, 0s);
  moved.leave(kStart + 10s, StreamTimes::Lack::Difference);
  moved.back = kStart + 20s;
  CHECK(log.ask(moved, 1, 60s) == Between{0, 10});
  CHECK(log.ask(moved, 99, 60s) == Between{0, 10});
}
