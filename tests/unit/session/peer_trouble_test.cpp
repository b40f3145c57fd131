// What a Peer remembers: why it does not come up, how sessions ended, errors in UPDATEs.
#include "bgp/session/peer.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/scripted.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::seconds;

net::Bytes update(net::ByteView body) {
  net::Bytes octets;
  encode_header(MessageType::Update, body.size(), octets);
  octets.insert(octets.end(), body.begin(), body.end());
  return octets;
}

/// ORIGIN of two octets, and 192.0.2.0/24; 198.51.100.0/24 is withdrawn anyway.
const net::Bytes kBadOrigin{0, 4, 24, 198, 51, 100, 0, 5, 0x40, 1, 2, 0, 0, 24, 192, 0, 2};

TEST_CASE("An attempt without an answer is told while it lasts, and kept when it ends") {
  SessionOptions options = Script::default_options();
  options.password = "key";
  Script script(options);
  script.peer.start();
  CHECK_FALSE(script.peer.connect_trouble());
  script.transport.syns = 3;
  script.transport.drops.md5_wrong = 2;
  script.loop.run_for(seconds(4));
  auto trouble = script.peer.connect_trouble();
  REQUIRE(trouble);
  CHECK(trouble->what.cause == ConnectCause::NoAnswer);
  CHECK(trouble->what.suspicion == Suspicion::Md5Wrong);
  CHECK(trouble->what.text.starts_with("3 SYNs to 192.0.2.2 port 179 unanswered in 4s; likely"));
  script.reach_deadline();  // ConnectRetryTimer
  CHECK(script.peer.state() == State::Connect);
  trouble = script.peer.connect_trouble();
  REQUIRE(trouble);
  CHECK(trouble->what.text.starts_with("3 SYNs to 192.0.2.2 port 179 unanswered in"));
  REQUIRE(script.peer.record().changes().size() == 1);
  CHECK(script.peer.record().changes()[0].to == State::Active);
  script.reach_deadline();
  REQUIRE(script.peer.record().changes().size() == 1);
  CHECK(script.peer.record().changes()[0].times == 2);
  script.peer.on_connected({});
  CHECK_FALSE(script.peer.connect_trouble());
}

TEST_CASE("Counters from before the wait mean nothing") {
  SessionOptions options = Script::default_options();
  options.password = "key";
  Script script(options);
  script.transport.drops.md5_wrong = 1000;
  script.peer.start();
  script.loop.run_for(seconds(4));
  CHECK(script.peer.connect_trouble()->what.suspicion == Suspicion::None);
}

TEST_CASE("A passive peer that nobody connects to says so") {
  SessionOptions options = Script::default_options();
  options.passive = true;
  Script script(options);
  script.peer.start();
  script.loop.run_for(seconds(80));
  REQUIRE(script.peer.connect_trouble());
  CHECK(script.peer.connect_trouble()->what.text ==
        "passive, and no connection of the neighbor in 80s");
  script.peer.on_deadline();  // long due: told, and kept
  REQUIRE(script.peer.record().changes().size() == 1);
  CHECK(script.transport.deadline == script.loop.now() + PeerRecord::kTellAgain);
  script.accept();
  CHECK_FALSE(script.peer.connect_trouble());
}

TEST_CASE("What ended a session stays beside what hinders the next one") {
  Script script;
  script.to_established();
  CHECK_FALSE(script.peer.record().session_error());
  script.receive_notification(cease(CeaseSubcode::AdministrativeReset, "work"));
  script.peer.start();
  script.peer.on_connect_failed("Connection refused");
  REQUIRE(script.peer.record().session_error());
  CHECK(script.peer.record().session_error()->what.find("Administrative Reset") !=
        std::string::npos);
  REQUIRE(script.peer.connect_trouble());
  CHECK(script.peer.connect_trouble()->what.text == "Connection refused");
  const auto& changes = script.peer.record().changes();
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].to == State::Established);
  CHECK(changes[0].reason.empty());
  CHECK(changes[1].from == State::Established);
  CHECK(changes[1].reason.find("work") != std::string::npos);
  CHECK(changes[2].reason == "Connection refused");
}

TEST_CASE("A session that is up has no trouble, and its last error is older than it") {
  Script script;
  script.to_established();
  script.receive_notification(cease(CeaseSubcode::AdministrativeReset));
  script.loop.run_for(seconds(5));
  script.to_established();
  const PeerStatus status = script.peer.status();
  REQUIRE(status.record->session_error());
  CHECK(status.record->session_error()->at < *status.established_at);
  CHECK_FALSE(script.peer.connect_trouble());
}

TEST_CASE("A connection that the neighbor ends before its OPEN is such a trouble") {
  Script script;
  script.to_open_sent();
  script.peer.on_closed(Way::Outgoing, "connection closed by the neighbor");
  REQUIRE(script.peer.connect_trouble());
  CHECK(script.peer.connect_trouble()->what.cause == ConnectCause::Closed);
  CHECK_FALSE(script.peer.record().session_error());
}

TEST_CASE("SYNs from too far away are one trouble, whatever their TTL, and none of a session") {
  Script script;
  script.peer.start();
  for (int ttl = 1; ttl < 255; ++ttl) {
    script.peer.on_low_ttl(static_cast<std::uint8_t>(ttl), 255);
  }
  REQUIRE(script.peer.record().changes().size() == 1);
  CHECK(script.peer.record().changes()[0].times == 254);
  CHECK(script.peer.connect_trouble().value().what.suspicion == Suspicion::LowTtl);
  Script up;
  up.to_established();
  up.peer.on_low_ttl(std::uint8_t{64}, 255);
  CHECK(up.peer.record().changes().size() == 1);
  CHECK(up.peer.counters().low_ttl == 1);
}

TEST_CASE("A refused OPEN says what was expected and what came") {
  Script script;
  script.to_open_sent();
  Open open = Script::open_of_neighbor();
  open.my_as = 65009;
  open.capabilities = {four_octet_as(65009)};
  script.receive_open(open);
  check_told(script, 2, 2);
  CHECK(
      script.peer.record().session_error()->what ==
      "sent NOTIFICATION OPEN Message Error/Bad Peer AS: expected AS 64999, but the neighbor says "
      "AS 65009");
  CHECK(script.peer.record().open_has_failed());
  CHECK(script.peer.record().changes().back().from == State::OpenSent);
}

TEST_CASE("Two OPENs without a common family end in Unsupported Capability, in words") {
  SessionOptions options = Script::default_options();
  options.families = {true, false};
  Script script(options);
  script.to_open_sent();
  Open open = Script::open_of_neighbor();
  open.capabilities = {four_octet_as(64999), multiprotocol(net::kIpv6Unicast)};
  script.receive_open(open);
  check_told(script, 2, 7);
  CHECK(script.told()->data == net::Bytes{1, 4, 0, 1, 0, 1});
  CHECK(script.peer.record().session_error()->what ==
        "sent NOTIFICATION OPEN Message Error/Unsupported Capability: no common family: here "
        "ipv4-unicast, at the neighbor ipv6-unicast");
  CHECK(script.events.established == 0);
}

TEST_CASE("A refusal of our OPEN says what we had said") {
  Script script;
  script.to_open_sent();
  script.receive_notification({ErrorCode::OpenMessage, 2, {0xfd, 0xe8}});
  CHECK(script.peer.record().session_error()->what ==
        "received NOTIFICATION OPEN Message Error/Bad Peer AS: not AS 65000; here it is AS 64512");
}

TEST_CASE("Changes of state are bounded, and an OPEN refused again and again is one") {
  Script script;
  for (int i = 0; i < 40; ++i) {
    script.to_established();
    script.peer.on_closed(Way::Outgoing, "reset number " + std::to_string(i));
    script.peer.start();
  }
  const auto& changes = script.peer.record().changes();
  CHECK(changes.size() == PeerRecord::kChanges);
  CHECK(changes.back().reason == "reset number 39");
  Script refused;
  for (int i = 0; i < 5; ++i) {
    refused.to_open_sent();
    refused.receive_notification({ErrorCode::OpenMessage, 2, {}});
  }
  REQUIRE(refused.peer.record().changes().size() == 1);
  CHECK(refused.peer.record().changes()[0].times == 5);
}

TEST_CASE("Errors in UPDATEs are remembered with their prefixes and octets") {
  Script script;
  script.to_established();
  CHECK(script.peer.record().update_error_log() == nullptr);
  script.receive(update(kBadOrigin));
  const UpdateErrorLog* log = script.peer.record().update_error_log();
  REQUIRE(log != nullptr);
  REQUIRE_FALSE(log->errors().empty());
  const LoggedUpdateError& first = log->errors().front();
  CHECK(first.error.action == ErrorAction::TreatAsWithdraw);
  CHECK(first.error.attribute == 1);
  CHECK(first.error.octets == net::Bytes{0x40, 1, 2, 0, 0});
  CHECK(section_of(first.error).starts_with("RFC 7606"));
  const net::RouteKey announced = *net::RouteKey::parse("192.0.2.0/24");
  CHECK(first.routes == std::vector{announced});
  CHECK(log->find(announced) != nullptr);
  CHECK(log->find(*net::RouteKey::parse("198.51.100.0/24")) == nullptr);  // really withdrawn
  CHECK(routes_text(first, 8) == "192.0.2.0/24");
  CHECK(script.peer.record().last_update_received() == script.loop.now());
}

TEST_CASE("The memory of errors is bounded, the newest ones stay") {
  Script script;
  script.to_established();
  net::Bytes body{0, 0, 0, 5, 0x40, 1, 2, 0, 0};
  for (int i = 0; i < 1000; ++i) {
    body.insert(body.end(),
                {24, 10, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
  }
  for (int i = 0; i < 100; ++i) {
    script.receive(update(body));
  }
  script.receive(update(kBadOrigin));
  const UpdateErrorLog& log = *script.peer.record().update_error_log();
  CHECK(log.errors().size() == UpdateErrorLog::kErrors);
  CHECK(log.errors().front().routes.size() == UpdateErrorLog::kMaxRoutes);
  CHECK(log.errors().front().route_count == 1000);
  CHECK(routes_text(log.errors().front(), 1) == "10.0.0.0/24 and 999 more");
  CHECK(log.find(*net::RouteKey::parse("192.0.2.0/24")) != nullptr);
  CHECK(log.memory() < 300 * 1024);
}

TEST_CASE("The last UPDATE sent has its time") {
  Script script;
  script.to_established();
  CHECK_FALSE(script.peer.record().last_update_sent());
  script.loop.run_for(seconds(2));
  const net::Slice marker = end_of_rib();
  script.peer.send({&marker, 1});
  CHECK(script.peer.record().last_update_sent() == script.loop.now());
}

}  // namespace
}  // namespace pipit::bgp
