// AsioTransport on the loopback interface.
#include "tests/unit/session/loopback.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::seconds;

TEST_CASE("Two speakers on loopback sockets come up, exchange UPDATEs and shut down") {
  Pair pair;
  pair.start();
  REQUIRE(pair.comes_up());
  CHECK(pair.a->events.negotiated.peer_address == *net::IpAddress::parse("127.0.0.3"));
  CHECK(pair.a->events.negotiated.local_address == *net::IpAddress::parse("127.0.0.2"));

  const net::Slice marker = end_of_rib();
  pair.a->peer.send({&marker, 1});
  REQUIRE(run_until(pair.loop, [&] { return !pair.b->events.updates.empty(); }));
  CHECK(pair.b->events.updates[0].end_of_rib == net::kIpv4Unicast);

  pair.a->peer.stop(cease(CeaseSubcode::AdministrativeShutdown, "maintenance"));
  REQUIRE(run_until(pair.loop, [&] { return !pair.b->events.up; }));
  REQUIRE(pair.b->events.downs.at(0).received);
  CHECK(shutdown_communication(*pair.b->events.downs[0].received) == "maintenance");
  CHECK(pair.a->peer.state() == State::Idle);
}

TEST_CASE("Two speakers that both connect end with one session that stays") {
  for (int round = 0; round < 20; ++round) {
    Pair pair;
    pair.start();
    REQUIRE(pair.comes_up());
    run_for(pair.loop, std::chrono::milliseconds(5));
    CHECK(pair.a->events.established == 1);
    CHECK(pair.b->events.established == 1);
    CHECK(pair.a->events.downs.empty());
    CHECK(pair.b->events.downs.empty());
  }
}

TEST_CASE("A session comes up over IPv6") {
  Pair pair("::1", "::1", [](SessionOptions& to_b, SessionOptions&) { to_b.passive = true; });
  pair.start();
  REQUIRE(pair.comes_up());
  CHECK(pair.a->events.negotiated.peer_address == *net::IpAddress::parse("::1"));
}

TEST_CASE("Sessions with the same MD5 password come up, with different ones they do not") {
  for (const bool same : {true, false}) {
    Pair pair("127.0.0.2", "127.0.0.3", [same](SessionOptions& to_b, SessionOptions& to_a) {
      to_b.password = "secret";
      to_a.password = same ? "secret" : "wrong";
    });
    pair.start();
    if (same) {
      CHECK(pair.comes_up());
    } else {
      run_for(pair.loop, std::chrono::milliseconds(300));
      CHECK_FALSE(pair.a->events.up);
    }
  }
}

TEST_CASE("A neighbor without the MD5 password that we demand does not come up") {
  Pair pair("127.0.0.2", "127.0.0.3",
            [](SessionOptions& to_b, SessionOptions&) { to_b.password = "secret"; });
  pair.start();
  run_for(pair.loop, std::chrono::milliseconds(300));
  CHECK_FALSE(pair.a->events.up);
  CHECK_FALSE(pair.b->events.up);
}

TEST_CASE("A changed MD5 password takes effect on the listener and resets the session") {
  Pair pair("127.0.0.2", "127.0.0.3", [](SessionOptions& to_b, SessionOptions& to_a) {
    to_b.password = to_a.password = "old";
    to_b.timers.idle_hold = to_a.timers.idle_hold = seconds(0);
    to_b.timers.connect_retry = to_a.timers.connect_retry = seconds(1);
  });
  pair.start();
  REQUIRE(pair.comes_up());
  for (Speaker* speaker : {&*pair.a, &*pair.b}) {
    SessionOptions options = speaker->peer.options();
    options.password = "new";
    speaker->peer.set_options(options);
    CHECK_FALSE(speaker->events.up);
  }
  pair.a_listener.set_neighbor(pair.a->peer, pair.a->transport);
  pair.b_listener.set_neighbor(pair.b->peer, pair.b->transport);
  CHECK(pair.comes_up());
  CHECK(pair.a->events.downs.at(0).sent == cease(CeaseSubcode::OtherConfigurationChange));
}

TEST_CASE("MD5 works over IPv6") {
  Pair pair("::1", "::1", [](SessionOptions& to_b, SessionOptions& to_a) {
    to_b.passive = true;
    to_b.password = to_a.password = "secret";
  });
  pair.start();
  CHECK(pair.comes_up());
}

TEST_CASE("GTSM on both sides comes up, and refuses a neighbor that sends a low TTL") {
  for (const std::string_view hosts : {"127.0.0.2 127.0.0.3", "::1 ::1"}) {
    const std::string_view a = hosts.substr(0, hosts.find(' '));
    const std::string_view b = hosts.substr(hosts.find(' ') + 1);
    {
      Pair pair(a, b, [](SessionOptions& to_b, SessionOptions& to_a) {
        to_b.ttl_security = to_a.ttl_security = std::uint8_t{1};
        to_b.passive = true;
      });
      pair.start();
      CHECK(pair.comes_up());
    }
    {
      Pair pair(a, b, [](SessionOptions& to_b, SessionOptions& to_a) {
        to_b.ttl_security = std::uint8_t{1};
        to_b.passive = true;
        to_a.multihop = std::uint8_t{64};
      });
      pair.start();
      run_for(pair.loop, std::chrono::milliseconds(300));
      CHECK_FALSE(pair.a->events.up);
      CHECK(pair.a_listener.counters().accepted == 0);
    }
  }
}

TEST_CASE("A neighbor that is not there leads to Active, with the reason kept") {
  net::AsioLoop loop;
  SessionOptions options = neighbor("127.0.0.2");
  options.port = 1;  // nobody listens
  Speaker speaker(loop, options);
  speaker.peer.start();
  REQUIRE(run_until(loop, [&] { return speaker.peer.state() == State::Active; }));
  CHECK(speaker.peer.connect_trouble().value().what.text ==
        "connection refused: RST from 127.0.0.2 port 1");
}

TEST_CASE("A link-local neighbor on an interface that does not exist fails in words") {
  net::AsioLoop loop;
  Speaker speaker(loop, neighbor("fe80::1%none0"));
  speaker.peer.start();
  CHECK(speaker.peer.state() == State::Connect);
  REQUIRE(run_until(loop, [&] { return speaker.peer.state() == State::Active; }));
  CHECK(speaker.peer.connect_trouble().value().what.text == "no interface none0");
}

TEST_CASE("A peer and its transport may be destroyed while their connections live") {
  Pair pair;
  pair.start();
  REQUIRE(pair.comes_up());
  pair.a_listener.remove_neighbor(pair.a->peer);
  pair.a->peer.stop(cease(CeaseSubcode::PeerDeconfigured));
  pair.a.reset();
  REQUIRE(run_until(pair.loop, [&] { return !pair.b->events.up; }));
  CHECK(pair.b->events.downs.at(0).received == cease(CeaseSubcode::PeerDeconfigured));
}

TEST_CASE("A megabyte of UPDATEs through sockets arrives whole, and congestion ends") {
  Pair pair;
  pair.start();
  REQUIRE(pair.comes_up());
  net::Bytes octets;
  std::size_t sent = 0;
  while (octets.size() < 2 * Peer::kHighWater) {
    encode_end_of_rib(net::kIpv4Unicast, octets);
    ++sent;
  }
  const net::Slice slice = net::Slice::whole(std::move(octets));
  pair.a->peer.send({&slice, 1});
  CHECK(pair.a->peer.congested());
  REQUIRE(run_until(pair.loop, [&] { return pair.b->events.updates.size() == sent; }));
  CHECK(pair.a->events.send_ready == 1);
  CHECK_FALSE(pair.a->peer.congested());
  CHECK(pair.b->peer.counters().in.of(MessageType::Update) == sent);
  CHECK(pair.a->peer.counters().out.of(MessageType::Update) == sent);
}

TEST_CASE("A paused peer reads nothing until it is resumed") {
  Pair pair;
  pair.start();
  REQUIRE(pair.comes_up());
  pair.b->peer.pause_reading();
  const net::Slice marker = end_of_rib();
  pair.a->peer.send({&marker, 1});
  run_for(pair.loop, std::chrono::milliseconds(50));
  CHECK(pair.b->events.updates.empty());
  pair.b->peer.resume_reading();
  CHECK(run_until(pair.loop, [&] { return pair.b->events.updates.size() == 1; }));
}

struct CountingTask : net::Task {
  bool run() override { return ++runs < 5; }

  int runs = 0;
};

TEST_CASE("AsioLoop runs a task again while it has more to do, and not when cancelled") {
  net::AsioLoop loop;
  CountingTask task;
  CountingTask cancelled;
  loop.schedule(task);
  loop.schedule(task);
  loop.schedule(cancelled);
  loop.cancel(cancelled);
  loop.run();
  CHECK(task.runs == 5);
  CHECK(cancelled.runs == 0);
}

}  // namespace
}  // namespace pipit::bgp
