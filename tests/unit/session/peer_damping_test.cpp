// Peer: which ends make it wait with its own attempts, that it takes the neighbor's meanwhile, and
// what ends the wait.
#include "bgp/session/peer.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/scripted.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const net::Bytes kGarbage(64, 0);

/// Both End-of-RIB markers of an Established session of IPv4.
void synchronize(Script& script, Way way) {
  const net::Slice marker = end_of_rib();
  script.peer.send({&marker, 1});
  script.receive(marker.view(), way);
}

/// A session over the neighbor's connection.
void come_in(Script& script) {
  script.accept();
  script.receive_open(Script::open_of_neighbor(), Way::Incoming);
  script.receive_keepalive(Way::Incoming);
  REQUIRE(script.events.up);
}

/// A session over our connection, from Connect on.
void come_out(Script& script) {
  script.peer.on_connected({});
  script.receive_open(Script::open_of_neighbor());
  script.receive_keepalive();
  REQUIRE(script.events.up);
}

TEST_CASE("After an error the next attempt waits for the IdleHoldTime, which doubles") {
  Script script;
  script.peer.start();
  std::uint32_t failures = 0;
  for (const int expected : {1, 2, 4, 8}) {
    script.peer.on_connected({});
    script.receive(kGarbage);
    const PeerStatus status = script.peer.status();
    CHECK(status.held_by == HeldBy::Damping);
    CHECK(status.failures == ++failures);
    REQUIRE(status.held_because != nullptr);
    CHECK(status.held_because->find("Message Header") != std::string::npos);
    CHECK(status.state == State::Active);
    CHECK(*status.held_until <= script.loop.now() + seconds(expected));
    CHECK(*status.held_until >= script.loop.now() + milliseconds(750 * expected));
    script.reach_deadline();
    CHECK(script.peer.state() == State::Connect);
    CHECK(script.peer.status().held_by == HeldBy::Nothing);
  }
  CHECK(script.peer.counters().failures == 4);
  script.peer.stop(cease(CeaseSubcode::AdministrativeShutdown));
  script.peer.start();
  script.peer.on_connected({});
  script.receive(kGarbage);
  CHECK(*script.peer.status().held_until <= script.loop.now() + seconds(1));
}

TEST_CASE("A damped peer takes the neighbor's connection, and the wait ends with the session") {
  Script script;
  script.peer.start();
  for (int i = 0; i < 5; ++i) {
    script.peer.on_connected({});
    script.receive(kGarbage);
    if (i < 4) {
      script.reach_deadline();
    }
  }
  REQUIRE(script.peer.status().held_by == HeldBy::Damping);
  const int connects = script.transport.connects;
  come_in(script);
  CHECK(script.peer.status().held_by == HeldBy::Nothing);
  CHECK(script.peer.counters().connections_refused == 0);
  script.loop.run_for(seconds(20));
  script.peer.on_deadline();
  CHECK(script.events.up);
  CHECK(script.transport.connects == connects);
}

TEST_CASE("Ten orderly ends in a row: the neighbor is let in, and an attempt is made at once") {
  const std::optional<Notification> ends[] = {
      std::nullopt,  // TCP is closed
      cease(CeaseSubcode::AdministrativeShutdown, "restart"),
      cease(CeaseSubcode::PeerDeconfigured),
      cease(CeaseSubcode::AdministrativeReset),
      cease(CeaseSubcode::OtherConfigurationChange),
      cease(CeaseSubcode::HardReset),
  };
  for (const auto& end : ends) {
    Script script;
    script.peer.start();
    for (int i = 0; i < 10; ++i) {
      const Way way = i % 2 == 0 ? Way::Outgoing : Way::Incoming;
      way == Way::Outgoing ? come_out(script) : come_in(script);
      synchronize(script, way);
      script.loop.run_for(seconds(2));
      const int connects = script.transport.connects;
      end ? script.receive_notification(*end, way) : script.peer.on_closed(way, "closed");
      CHECK_FALSE(script.events.up);
      CHECK(script.peer.status().held_by == HeldBy::Nothing);
      CHECK(script.peer.state() == State::Connect);
      CHECK(script.transport.connects == connects + 1);
    }
    CHECK(script.peer.counters().failures == 0);
    CHECK(script.peer.counters().connections_refused == 0);
  }
}

TEST_CASE("A neighbor whose sessions close before End-of-RIB is damped, and let in") {
  Script script;
  script.peer.start();
  for (const int expected : {1, 2, 4, 8, 16}) {
    const Way way = expected == 1 ? Way::Outgoing : Way::Incoming;
    way == Way::Outgoing ? come_out(script) : come_in(script);
    script.peer.on_closed(way, "closed");
    CHECK(script.peer.status().held_by == HeldBy::Damping);
    CHECK(*script.peer.status().held_until >= script.loop.now() + milliseconds(750 * expected));
    CHECK(script.peer.state() == State::Active);
  }
  CHECK(script.peer.counters().failures == 5);
}

TEST_CASE("Sessions that end with an error are damped, though End-of-RIB went both ways") {
  Script script;
  script.peer.start();
  for (const int expected : {1, 2, 4}) {
    come_out(script);
    synchronize(script, Way::Outgoing);
    script.receive_notification({ErrorCode::UpdateMessage, 1, {}});
    CHECK(*script.peer.status().held_until >= script.loop.now() + milliseconds(750 * expected));
    script.reach_deadline();
  }
}

TEST_CASE("Changed options end the wait and what was counted, if only the timers changed") {
  for (const bool asn : {true, false}) {
    Script script;
    script.peer.start();
    for (int i = 0; i < 4; ++i) {
      script.peer.on_connected({});
      script.receive(kGarbage);
      if (i < 3) {
        script.reach_deadline();
      }
    }
    SessionOptions options = script.peer.options();
    script.peer.set_options(options);
    CHECK(script.peer.status().held_by == HeldBy::Damping);
    if (asn) {
      options.expected_asn = {ExpectedAsn::Kind::Number, 65003};
    } else {
      options.timers.idle_hold_max = seconds(5);
    }
    const int connects = script.transport.connects;
    script.peer.set_options(options);
    CHECK(script.peer.status().held_by == HeldBy::Nothing);
    CHECK(script.peer.status().failures == 0);
    CHECK(script.transport.connects == connects + 1);
  }
}

TEST_CASE("Who makes no attempts waits for none") {
  SessionOptions options = Script::default_options();
  options.passive = true;
  Script script(options);
  script.peer.start();
  for (int i = 0; i < 5; ++i) {
    script.accept();
    script.receive(kGarbage, Way::Incoming);
    CHECK(script.peer.status().held_by == HeldBy::Nothing);
    CHECK(script.peer.state() == State::Active);
  }
  CHECK(script.peer.counters().failures == 5);
  CHECK(script.transport.connects == 0);
}

TEST_CASE("Over its limit of prefixes a neighbor is kept out, attempts and connections alike") {
  Script script;
  script.to_established();
  script.peer.hold_idle(cease(CeaseSubcode::MaximumPrefixesReached), seconds(60));
  CHECK(script.peer.status().held_by == HeldBy::IdleHold);
  const auto admitted = script.peer.admit_incoming();
  REQUIRE_FALSE(admitted);
  CHECK(admitted.error() == cease(CeaseSubcode::ConnectionRejected));
  CHECK(script.peer.counters().connections_refused == 1);
}

}  // namespace
}  // namespace pipit::bgp
