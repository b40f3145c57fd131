// Peer: OPENs, and two connections at once.
#include "bgp/session/peer.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/scripted.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::seconds;

const Notification kCollision = cease(CeaseSubcode::ConnectionCollisionResolution);

TEST_CASE("The OPEN offers what the options say") {
  SessionOptions options = Script::default_options();
  options.local_asn = 4200000000;
  options.hostname = "node-a";
  options.timers.hold = seconds(30);
  options.families = {false, true};
  Script script(options);
  script.to_open_sent();
  script.transport.flush();
  std::optional<Open> open;
  FrameBuffer frames;
  REQUIRE(frames.feed(script.transport.written[0], [&](const Frame& frame) {
    REQUIRE(frame.type == MessageType::Open);
    open = *decode_open(frame.body);
    return true;
  }));
  REQUIRE(open);
  CHECK(open->my_as == 4200000000);
  CHECK(open->hold_time == 30);
  CHECK(open->id == 0x0a000001);
  CHECK(families(open->capabilities) == std::vector{net::kIpv6Unicast});
  CHECK(hostname(open->capabilities) == "node-a");
  for (const CapabilityCode code : {CapabilityCode::RouteRefresh, CapabilityCode::ExtendedMessage,
                                    CapabilityCode::EnhancedRouteRefresh}) {
    CHECK(has_plain(open->capabilities, code));
  }
}

TEST_CASE("A session comes up in the order of the RFC, with what both OPENs agree on") {
  Script script;
  script.to_open_sent();
  CHECK(script.peer.state() == State::OpenSent);
  script.receive_open(Script::open_of_neighbor());
  CHECK(script.peer.state() == State::OpenConfirm);
  CHECK(script.events.established == 0);
  script.receive_keepalive();
  CHECK(script.peer.state() == State::Established);
  CHECK(script.events.established == 1);
  CHECK(script.events.negotiated.peer_asn == 64999);
  CHECK(script.events.negotiated.hold_time == seconds(90));
  CHECK(script.events.negotiated.families[0].active);
  CHECK_FALSE(script.events.negotiated.families[1].active);
  script.transport.flush();
  CHECK(types(script.transport.written[0]) ==
        std::vector{MessageType::Open, MessageType::Keepalive});
  const PeerStatus status = script.peer.status();
  CHECK(status.received_open->id == 0x0a000002);
  CHECK(status.sent_open->id == 0x0a000001);
  CHECK(status.counters->in.of(MessageType::Open) == 1);
  CHECK(status.counters->in.of(MessageType::Keepalive) == 1);
  CHECK(status.counters->out.total() == 2);
  CHECK(status.established_at);
}

TEST_CASE("Unknown capabilities are ignored and kept for show") {
  Script script;
  script.to_open_sent();
  Open open = Script::open_of_neighbor();
  open.capabilities.push_back({239, {1, 2, 3}});
  script.receive_open(open);
  CHECK(script.peer.state() == State::OpenConfirm);
  CHECK(script.peer.status().received_open->capabilities.back().code == 239);
}

TEST_CASE("What is wrong with an OPEN is told with its code") {
  struct Case {
    const char* what;
    std::function<void(Open&)> change;
    int subcode;
  };

  const Case cases[] = {
      {"version", [](Open& open) { open.version = 3; }, 1},
      {"AS",
       [](Open& open) {
         open.my_as = 1;
         open.capabilities = {four_octet_as(1)};
       },
       2},
      {"AS 0",
       [](Open& open) {
         open.my_as = 0;
         open.capabilities = {four_octet_as(0)};
       },
       2},
      {"identifier 0", [](Open& open) { open.id = 0; }, 3},
      {"hold time 1", [](Open& open) { open.hold_time = 1; }, 6},
      {"hold time 2", [](Open& open) { open.hold_time = 2; }, 6},
  };
  for (const Case& one : cases) {
    INFO(one.what);
    Script script;
    script.to_open_sent();
    Open open = Script::open_of_neighbor();
    one.change(open);
    script.receive_open(open);
    check_told(script, 2, one.subcode);
    CHECK(script.peer.state() == State::Active);
    CHECK(script.events.downs.empty());
  }
}

TEST_CASE("Our own identifier in our own AS is refused, in another AS it is not (RFC 6286)") {
  SessionOptions options = Script::default_options();
  options.expected_asn = {ExpectedAsn::Kind::Internal, 0};
  Script internal(options);
  internal.to_open_sent();
  Open open = Script::open_of_neighbor(0x0a000001);
  open.my_as = 64512;
  open.capabilities = {four_octet_as(64512)};
  internal.receive_open(open);
  check_told(internal, 2, 3);

  Script external;
  external.to_open_sent();
  external.receive_open(Script::open_of_neighbor(0x0a000001));
  CHECK(external.peer.state() == State::OpenConfirm);
}

TEST_CASE("An external neighbor may have any AS but ours") {
  SessionOptions options = Script::default_options();
  options.expected_asn = {ExpectedAsn::Kind::External, 0};
  Script script(options);
  script.to_open_sent();
  script.receive_open(Script::open_of_neighbor());
  CHECK(script.peer.state() == State::OpenConfirm);
  Script same(options);
  same.to_open_sent();
  Open open = Script::open_of_neighbor();
  open.my_as = 64512;
  open.capabilities = {four_octet_as(64512)};
  same.receive_open(open);
  check_told(same, 2, 2);
}

TEST_CASE("A newer connection of the neighbor takes the place of one that is not Established") {
  Script script;
  script.peer.start();
  script.accept();
  script.receive_open(Script::open_of_neighbor(), Way::Incoming);
  CHECK(script.peer.state() == State::OpenConfirm);
  script.accept();
  CHECK(script.told() == kCollision);
  CHECK(script.peer.state() == State::OpenSent);
  script.receive_open(Script::open_of_neighbor(), Way::Incoming);
  script.receive_keepalive(Way::Incoming);
  CHECK(script.events.up);
}

TEST_CASE("An Established session is never given up for a newcomer") {
  Script script;
  script.to_established();
  const auto admitted = script.peer.admit_incoming();
  REQUIRE_FALSE(admitted);
  CHECK(admitted.error() == kCollision);
  CHECK(script.events.up);
  CHECK(script.events.downs.empty());
}

TEST_CASE("The dominant speaker closes the neighbor's connection when its own is in OpenSent") {
  Script script;
  script.to_open_sent();
  script.accept();
  script.receive_open(Script::open_of_neighbor(1), Way::Incoming);  // lower identifier
  CHECK(script.told() == kCollision);
  CHECK(script.transport.closes.back() == Way::Incoming);
  script.receive_open(Script::open_of_neighbor(1), Way::Outgoing);
  script.receive_keepalive(Way::Outgoing);
  CHECK(script.events.up);
  CHECK(script.peer.counters().collisions == 1);
}

TEST_CASE(
    "The other speaker leaves its OPEN unanswered until the preferred connection is decided") {
  Script script;
  script.to_open_sent();
  script.accept();
  script.receive_open(Script::open_of_neighbor(), Way::Outgoing);
  CHECK(script.peer.state() == State::OpenSent);
  CHECK_FALSE(script.transport.reading[0]);
  SECTION("its OPEN comes") {
    script.receive_open(Script::open_of_neighbor(), Way::Incoming);
    CHECK(script.transport.closes.back() == Way::Outgoing);
    CHECK(script.told() == kCollision);
    script.receive_keepalive(Way::Incoming);
    CHECK(script.events.up);
  }
  SECTION("it is closed") {
    script.peer.on_closed(Way::Incoming, "closed");
    CHECK(script.peer.state() == State::OpenConfirm);
    CHECK(script.transport.reading[0]);
    script.receive_keepalive(Way::Outgoing);
    CHECK(script.events.up);
  }
  SECTION("it says nothing") {
    script.reach_deadline();
    CHECK(script.peer.state() == State::OpenConfirm);
    CHECK(script.transport.reading[0]);
    script.receive_keepalive(Way::Outgoing);
    CHECK(script.events.up);
    CHECK(script.transport.closes.back() == Way::Incoming);
  }
}

TEST_CASE("A connection that lost a collision on the neighbor's side does not count as a failure") {
  Script script;
  script.to_open_sent();
  script.accept();
  script.receive_notification(kCollision, Way::Outgoing);
  CHECK(script.peer.state() == State::OpenSent);
  script.receive_open(Script::open_of_neighbor(), Way::Incoming);
  script.receive_keepalive(Way::Incoming);
  CHECK(script.events.up);
  CHECK(script.peer.status().held_by == HeldBy::Nothing);
}

}  // namespace
}  // namespace pipit::bgp
