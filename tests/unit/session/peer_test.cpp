// Peer: messages, errors with their codes, octets that make no sense.
#include "bgp/session/peer.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/session/scripted.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::seconds;

const Notification kShutdown = cease(CeaseSubcode::AdministrativeShutdown, "work");

net::Bytes message(MessageType type, net::ByteView body) {
  net::Bytes octets;
  encode_header(type, body.size(), octets);
  octets.insert(octets.end(), body.begin(), body.end());
  return octets;
}

TEST_CASE("What is wrong with a header is told with its code in any state") {
  struct Case {
    net::Bytes octets;
    int subcode;
  };

  net::Bytes garbage(64, 0x55);
  net::Bytes too_long(16, 0xff);
  too_long.insert(too_long.end(), {0xff, 0xff, 2});
  net::Bytes too_short(16, 0xff);
  too_short.insert(too_short.end(), {0, 18, 4});
  net::Bytes bad_type(16, 0xff);
  bad_type.insert(bad_type.end(), {0, 19, 77});
  const Case cases[] = {{garbage, 1}, {too_long, 2}, {too_short, 2}, {bad_type, 3}};
  for (const Case& one : cases) {
    for (const State state : {State::OpenSent, State::OpenConfirm, State::Established}) {
      Script script;
      state == State::OpenSent      ? script.to_open_sent()
      : state == State::OpenConfirm ? script.to_open_confirm()
                                    : script.to_established();
      script.receive(one.octets);
      check_told(script, 1, one.subcode);
      CHECK(script.peer.state() == State::Active);  // the neighbor may connect
      CHECK(script.events.downs.size() == (state == State::Established ? 1U : 0U));
    }
  }
}

TEST_CASE("A message that does not belong in the state is an FSM error (RFC 6608)") {
  const net::Slice update = end_of_rib();
  Script sent;
  sent.to_open_sent();
  sent.receive(update.view());
  check_told(sent, 5, 1);
  Script sent_keepalive;
  sent_keepalive.to_open_sent();
  sent_keepalive.receive_keepalive();
  check_told(sent_keepalive, 5, 1);
  Script confirm;
  confirm.to_open_confirm();
  confirm.receive(update.view());
  check_told(confirm, 5, 2);
  Script second_open;
  second_open.to_open_confirm();
  second_open.receive_open(Script::open_of_neighbor());
  check_told(second_open, 5, 2);
  Script established;
  established.to_established();
  established.receive_open(Script::open_of_neighbor());
  check_told(established, 5, 3);
  CHECK(established.events.downs.size() == 1);
}

TEST_CASE("An UPDATE that must reset the session does, with its code") {
  Script script;
  script.to_established();
  script.receive(message(MessageType::Update, net::Bytes{0, 200, 0, 0}));  // withdrawn too long
  check_told(script, 3, 1);
  REQUIRE(script.events.downs.size() == 1);
  CHECK(script.events.downs[0].sent == script.told());
}

TEST_CASE("An UPDATE that RFC 7606 treats as withdraw is counted, and the session stays") {
  Script script;
  script.to_established();
  // ORIGIN of two octets, and one prefix.
  const net::Bytes body{0, 0, 0, 5, 0x40, 1, 2, 0, 0, 24, 192, 0, 2};
  script.receive(message(MessageType::Update, body));
  CHECK(script.peer.state() == State::Established);
  REQUIRE(script.events.updates.size() == 1);
  CHECK(script.events.updates[0].reachable.empty());
  CHECK(script.events.updates[0].unreachable.size() == 1);
  CHECK(script.peer.counters()
            .update_errors[static_cast<std::size_t>(ErrorAction::TreatAsWithdraw)] >= 1);
}

TEST_CASE("ROUTE-REFRESH goes both ways, and a wrong length is told") {
  Script script;
  CHECK_FALSE(script.peer.send_route_refresh(net::kIpv4Unicast));
  script.to_established();
  CHECK(script.peer.send_route_refresh(net::kIpv4Unicast));
  CHECK(script.peer.send_route_refresh(net::kIpv4Unicast, RefreshSubtype::Begin));
  script.transport.flush();
  CHECK(types(script.transport.written[0]).back() == MessageType::RouteRefresh);
  net::Bytes request;
  encode_route_refresh({net::kIpv4Unicast, RefreshSubtype::Request}, request);
  script.receive(request);
  CHECK(script.events.refreshes.size() == 1);
  script.receive(message(MessageType::RouteRefresh, net::Bytes{0, 1, 0}));
  check_told(script, 7, 1);
}

TEST_CASE("Begin and End of a refresh are not sent to who does not know them") {
  Script script;
  script.to_open_sent();
  Open open = Script::open_of_neighbor();
  open.capabilities = {four_octet_as(64999)};
  script.receive_open(open);
  script.receive_keepalive();
  CHECK_FALSE(script.peer.send_route_refresh(net::kIpv4Unicast));
  CHECK_FALSE(script.peer.send_route_refresh(net::kIpv4Unicast, RefreshSubtype::End));
}

TEST_CASE("A received NOTIFICATION ends the session without an answer, and is kept") {
  Script script;
  script.to_established();
  script.receive_notification(kShutdown);
  REQUIRE(script.events.downs.size() == 1);
  CHECK(script.events.downs[0].received == kShutdown);
  CHECK_FALSE(script.events.downs[0].sent);
  CHECK_FALSE(script.told());
  CHECK((*script.peer.status().last_received)->what == kShutdown);
  CHECK(script.peer.record().session_error()->what.find("work") != std::string::npos);
}

TEST_CASE("Messages behind a NOTIFICATION in the same octets are not read") {
  Script script;
  script.to_established();
  net::Bytes octets;
  encode_notification(kShutdown, octets);
  encode_end_of_rib(net::kIpv4Unicast, octets);
  script.receive(octets);
  CHECK(script.events.updates.empty());
  CHECK(script.events.downs.size() == 1);
}

TEST_CASE("The hold timer does not expire while octets of the neighbor wait to be read") {
  Script script;
  script.to_established();
  script.transport.unread = true;
  script.transport.flush();
  for (int i = 0; i < 10; ++i) {
    script.loop.run_for(seconds(20));
    script.peer.on_deadline();
  }
  CHECK(script.events.up);
  script.transport.unread = false;
  script.loop.run_for(seconds(2));
  script.peer.on_deadline();
  CHECK_FALSE(script.events.up);
  check_told(script, 4, 0);
}

TEST_CASE("A write that fails ends the session with the reason") {
  Script script;
  script.to_established();
  script.transport.broken = "Connection reset by peer";
  script.transport.flush();
  REQUIRE(script.events.downs.size() == 1);
  CHECK(script.events.downs[0].reason == "Connection reset by peer");
  const net::Slice marker = end_of_rib();
  script.peer.send({&marker, 1});
  CHECK(script.peer.queued_octets() == 0);
}

TEST_CASE("Half a message is kept until the rest comes, or goes with its connection") {
  Script script;
  script.to_established();
  const net::Slice marker = end_of_rib();
  script.receive(marker.view().first(20));
  CHECK(script.events.updates.empty());
  script.receive(marker.view().subspan(20));
  CHECK(script.events.updates.size() == 1);
  script.receive(marker.view().first(20));
  script.peer.on_closed(Way::Outgoing, "connection closed by the neighbor");
  script.reach_deadline();
  script.peer.on_connected({});
  script.receive_open(Script::open_of_neighbor());
  CHECK(script.peer.state() == State::OpenConfirm);
}

TEST_CASE("Random octets never do more than end the connection") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    Script script;
    round % 3 == 0   ? script.to_open_sent()
    : round % 3 == 1 ? script.to_open_confirm()
                     : script.to_established();
    net::Bytes octets(random() % 200);
    for (std::uint8_t& octet : octets) {
      octet = static_cast<std::uint8_t>(random());
    }
    if (octets.size() > 19 && random() % 2 == 0) {  // with a header that is right
      std::fill_n(octets.begin(), 16, std::uint8_t{0xff});
      octets[16] = 0;
      octets[17] = static_cast<std::uint8_t>(octets.size());
      octets[18] = static_cast<std::uint8_t>(1 + random() % 5);
    }
    script.receive(octets);
    CHECK(script.events.downs.size() + (script.events.up ? 1U : 0U) ==
          static_cast<std::size_t>(script.events.established));
  }
}

}  // namespace
}  // namespace pipit::bgp
