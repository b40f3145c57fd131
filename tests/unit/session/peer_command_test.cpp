// Peer: commands, options and back-off.
#include "bgp/session/peer.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/scripted.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::seconds;

const Notification kShutdown = cease(CeaseSubcode::AdministrativeShutdown, "work");

TEST_CASE("A peer does nothing before start, and then connects") {
  Script script;
  CHECK(script.peer.state() == State::Idle);
  CHECK(script.transport.connects == 0);
  CHECK(script.peer.status().held_by == HeldBy::Administrator);
  CHECK_FALSE(script.peer.admit_incoming());
  script.peer.start();
  CHECK(script.peer.state() == State::Connect);
  CHECK(script.transport.connects == 1);
  CHECK(script.transport.deadline);
}

TEST_CASE("A failed attempt to connect leads to Active and a retry, not to Idle") {
  Script script;
  script.peer.start();
  script.peer.on_connect_failed("Connection refused");
  CHECK(script.peer.state() == State::Active);
  CHECK(script.transport.connects == 1);
  script.reach_deadline();
  CHECK(script.peer.state() == State::Connect);
  CHECK(script.transport.connects == 2);
}

TEST_CASE("stop tells the neighbor, reports the session down once and stays Idle") {
  Script script;
  script.to_established();
  script.peer.stop(kShutdown);
  CHECK(script.told() == kShutdown);
  REQUIRE(script.events.downs.size() == 1);
  CHECK(script.events.downs[0].sent == kShutdown);
  CHECK(script.peer.state() == State::Idle);
  CHECK_FALSE(script.transport.deadline);
  CHECK(script.peer.status().held_with == kShutdown);
  CHECK(script.transport.connects == 1);
  script.peer.reset(cease(CeaseSubcode::AdministrativeReset));
  CHECK(script.peer.state() == State::Idle);
  script.peer.start();
  CHECK(script.transport.connects == 2);
}

TEST_CASE("reset starts again at once, without damping") {
  Script script;
  script.to_established();
  script.peer.reset(cease(CeaseSubcode::AdministrativeReset));
  check_told(script, 6, 4);
  CHECK(script.events.downs.size() == 1);
  CHECK(script.peer.state() == State::Connect);
  CHECK(script.transport.connects == 2);
}

TEST_CASE("hold_idle restarts after its time, or never") {
  const Notification limit = cease(CeaseSubcode::MaximumPrefixesReached);
  Script later;
  later.to_established();
  later.peer.hold_idle(limit, seconds(300));
  CHECK(later.told() == limit);
  CHECK(later.peer.state() == State::Idle);
  CHECK(later.transport.deadline == later.loop.now() + seconds(300));
  later.reach_deadline();
  CHECK(later.peer.state() == State::Connect);
  Script never;
  never.to_established();
  never.peer.hold_idle(limit, std::nullopt);
  CHECK_FALSE(never.transport.deadline);
  CHECK(never.peer.status().held_by == HeldBy::Never);
  never.peer.start();
  CHECK(never.peer.state() == State::Connect);
}

TEST_CASE("A command from within a callback is carried out when the callback has returned") {
  Script script;
  int inside = 0;
  script.events.hook_update = [&](Peer& peer) {
    peer.hold_idle(cease(CeaseSubcode::MaximumPrefixesReached), std::nullopt);
    inside = static_cast<int>(script.events.downs.size());
  };
  script.to_established();
  net::Bytes octets;
  encode_end_of_rib(net::kIpv4Unicast, octets);
  encode_end_of_rib(net::kIpv4Unicast, octets);
  script.receive(octets);
  CHECK(inside == 0);
  CHECK(script.events.downs.size() == 1);
  CHECK(script.events.updates.size() == 1);  // what follows is not read any more
  CHECK(script.peer.state() == State::Idle);
}

TEST_CASE("A peer stopped from within on_established and on_session_down stays stopped") {
  Script script;
  script.events.hook_established = [](Peer& peer) { peer.reset(kShutdown); };
  script.events.hook_down = [](Peer& peer) { peer.stop(kShutdown); };
  script.to_established();
  CHECK(script.events.downs.size() == 1);
  CHECK(script.peer.state() == State::Idle);
  CHECK(script.peer.status().held_by == HeldBy::Administrator);
}

TEST_CASE("Which options need a reset") {
  const SessionOptions before = Script::default_options();
  SessionOptions after = before;
  after.timers.hold = seconds(30);
  after.passive = true;
  after.shutdown = "x";
  after.name = "other";
  after.hostname = "x";  // the next OPEN says it
  CHECK_FALSE(needs_reset(before, after));
  const std::vector<std::function<void(SessionOptions&)>> changes{
      [](SessionOptions& o) { o.address = *net::ScopedAddress::parse("192.0.2.9"); },
      [](SessionOptions& o) { o.port = 1179; },
      [](SessionOptions& o) { o.local_address = net::IpAddress::v4(1); },
      [](SessionOptions& o) { o.local_asn = 1; },
      [](SessionOptions& o) { o.router_id = 1; },
      [](SessionOptions& o) { o.expected_asn = {ExpectedAsn::Kind::External, 0}; },
      [](SessionOptions& o) { o.multihop = std::uint8_t{2}; },
      [](SessionOptions& o) { o.ttl_security = std::uint8_t{1}; },
      [](SessionOptions& o) { o.password = "x"; },
      [](SessionOptions& o) { o.families[1] = false; },
  };
  for (const auto& change : changes) {
    after = before;
    change(after);
    CHECK(needs_reset(before, after));
  }
}

TEST_CASE("set_options changes in place, resets, stops or starts as the change asks for") {
  Script script;
  script.to_established();
  SessionOptions options = script.peer.options();
  options.timers.connect_retry = seconds(5);
  script.peer.set_options(options);
  CHECK(script.peer.state() == State::Established);
  options.password = "secret";
  script.peer.set_options(options);
  check_told(script, 6, 6);
  CHECK(script.peer.state() == State::Connect);
  options.shutdown = "maintenance";
  script.peer.set_options(options);
  CHECK(script.peer.state() == State::Idle);
  CHECK(shutdown_communication(*script.peer.status().held_with) == "maintenance");
  options.shutdown.reset();
  script.peer.set_options(options);
  CHECK(script.peer.state() == State::Connect);
}

}  // namespace
}  // namespace pipit::bgp
