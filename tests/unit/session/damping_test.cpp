// Damping: what counts as a failure, how the wait grows, and what lets it start over.
#include "bgp/session/damping.hpp"

#include "tests/unit/catch.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Notification kUpdateError{ErrorCode::UpdateMessage, 1, {}};

struct Course {
  Course() {
    timers.idle_hold = seconds(1);
    timers.idle_hold_max = seconds(10);
    timers.connect_retry = seconds(30);
  }

  void pass(net::Duration time) { now += time; }

  void attempt() { damping.attempt_began(now); }

  /// A session of IPv4, with the markers that are asked for.
  void session(bool sent = true, bool received = true) {
    std::array<NegotiatedFamily, net::kFamilyCount> families{};
    families[*net::family_index(net::kIpv4Unicast)].active = true;
    damping.session_began(now, families);
    if (sent) {
      damping.end_of_rib(Direction::Sent, net::kIpv4Unicast);
    }
    if (received) {
      damping.end_of_rib(Direction::Received, net::kIpv4Unicast);
    }
  }

  /// How long the next attempt has to wait.
  net::Duration ended(const ConnectionEnd& end) {
    last = damping.ended(end, now, timers, jitter);
    return std::max(last.until - now, net::Duration(0));
  }

  net::Duration session_failed() { return ended({.established = true, .received = kUpdateError}); }

  net::Duration session_closed() { return ended({.established = true, .closed = true}); }

  SessionTimers timers;
  Jitter jitter{1};
  Damping damping;
  net::TimePoint now = net::TimePoint() + std::chrono::hours(1);
  Damping::Wait last;
};

TEST_CASE("The wait doubles with each failure in a row, up to its limit") {
  Course course;
  std::uint32_t failures = 0;
  for (const int expected : {1, 2, 4, 8, 10, 10}) {
    const net::Duration wait = course.ended({.received = kUpdateError});
    CHECK(course.last.failed);
    CHECK(course.damping.current() == seconds(expected));
    CHECK(course.damping.failures() == ++failures);
    CHECK(wait <= seconds(expected));
    CHECK(wait >= milliseconds(750 * expected));
  }
  course.damping.reset();
  CHECK(course.ended({.received = kUpdateError}) <= seconds(1));
}

TEST_CASE("Which Cease is orderly") {
  for (int subcode = 0; subcode <= 12; ++subcode) {
    const Notification told{ErrorCode::Cease, static_cast<std::uint8_t>(subcode), {}};
    const bool orderly = subcode == 2 || subcode == 3 || subcode == 4 || subcode == 6 ||
                         subcode == 7 || subcode == 9;
    CHECK(is_orderly(told) == orderly);
    Course course;
    course.attempt();
    course.session();
    course.pass(seconds(2));
    CHECK((course.ended({.established = true, .received = told}) == net::Duration(0)) == orderly);
    CHECK(course.last.failed != orderly);
  }
  CHECK_FALSE(is_orderly({ErrorCode::HoldTimerExpired, 4, {}}));
}

TEST_CASE("However often a synchronized session ends in an orderly way, it costs nothing") {
  Course course;
  for (int i = 0; i < 20; ++i) {
    course.attempt();
    course.session();
    course.pass(seconds(1));
    CHECK(course.session_closed() == net::Duration(0));
    CHECK(course.damping.failures() == 0);
  }
}

TEST_CASE("Two attempts do not begin within idle-hold, however the sessions end") {
  Course course;
  course.attempt();
  course.session();
  course.pass(milliseconds(100));
  const net::Duration wait = course.session_closed();
  CHECK(wait >= milliseconds(650));
  CHECK(wait <= milliseconds(900));
  CHECK_FALSE(course.last.failed);
}

TEST_CASE(
    "A session that closes before End-of-RIB went both ways is a failure, unless it was long") {
  for (const bool sent : {false, true}) {
    for (const bool received : {false, true}) {
      Course course;
      for (const int expected : {1, 2, 4}) {
        course.session(sent, received);
        course.session_closed();
        CHECK(course.last.failed == !(sent && received));
        CHECK(course.damping.current() == seconds(sent && received ? 0 : expected));
      }
      course.session(sent, received);
      course.pass(Damping::kStable);
      CHECK(course.session_closed() == net::Duration(0));
      CHECK(course.damping.failures() == 0);
    }
  }
}

TEST_CASE("Every negotiated family needs its End-of-RIB") {
  Damping damping;
  CHECK_FALSE(damping.synchronized());
  std::array<NegotiatedFamily, net::kFamilyCount> families{};
  for (NegotiatedFamily& family : families) {
    family.active = true;
  }
  damping.session_began({}, families);
  for (const net::Family family : net::kFamilies) {
    CHECK_FALSE(damping.synchronized());
    damping.end_of_rib(Direction::Sent, family);
    CHECK_FALSE(damping.synchronized());
    damping.end_of_rib(Direction::Received, family);
  }
  CHECK(damping.synchronized());
  damping.session_began({}, families);
  CHECK_FALSE(damping.synchronized());
}

TEST_CASE("Failures start over with a session that outlived the wait before it") {
  Course course;
  for (int i = 0; i < 4; ++i) {
    course.ended({.received = kUpdateError});
  }
  REQUIRE(course.damping.current() == seconds(8));
  course.session();
  course.pass(seconds(7));
  course.session_failed();
  CHECK(course.damping.current() == seconds(10));
  course.session();
  course.pass(seconds(10));
  course.session_failed();
  CHECK(course.damping.current() == seconds(1));
  SECTION("without End-of-RIB only when it was stable") {
    course.session(true, false);
    course.pass(Damping::kStable - seconds(1));
    course.session_failed();
    CHECK(course.damping.current() == seconds(2));
    course.session(true, false);
    course.pass(Damping::kStable);
    course.session_failed();
    CHECK(course.damping.current() == seconds(1));
  }
}

TEST_CASE("A peer that crashes of what it is sent is damped, though End-of-RIB went both ways") {
  Course course;
  for (const int expected : {1, 2, 4, 8}) {
    course.session();
    course.pass(milliseconds(200));
    course.session_failed();
    CHECK(course.damping.current() == seconds(expected));
  }
}

TEST_CASE("A neighbor that answers the OPEN with its shutdown is tried again like an absent one") {
  Course course;
  course.attempt();
  const net::Duration shut =
      course.ended({.received = cease(CeaseSubcode::AdministrativeShutdown, "later")});
  CHECK(shut >= milliseconds(22500));
  CHECK_FALSE(course.last.failed);
  const net::Duration lost =
      course.ended({.received = cease(CeaseSubcode::ConnectionCollisionResolution)});
  CHECK(lost <= seconds(1));
  CHECK_FALSE(course.last.failed);
  course.ended({.received = cease(CeaseSubcode::ConnectionRejected)});
  CHECK(course.last.failed);
}

}  // namespace
}  // namespace pipit::bgp
