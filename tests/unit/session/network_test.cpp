// Pairs of Peers over an in-memory network with random delays: exactly one session, whatever the
// order of events; nothing lost, nothing twice.
#include <array>
#include <optional>

#include "bgp/session/peer.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/memory_network.hpp"
#include "tests/unit/session/queued.hpp"
#include "tests/unit/session/recorder.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Identities {
  SpeakerIdentity a{0x0a000001, 64512};
  SpeakerIdentity b{0x0a000002, 64513};
};

struct Router {
  Router(VirtualLoop& loop, std::mt19937_64& random, const Weather& weather, SessionOptions options)
      : transport(loop, random, weather),
        peer({loop, transport, events}, std::move(options), random()) {}

  Recorder events;
  MemoryTransport transport;
  Peer peer;
};

struct Network {
  explicit Network(std::uint64_t seed,
                   const Weather& weather = {},
                   const Identities& who = {},
                   std::function<void(SessionOptions&)> change = {})
      : random(seed) {
    const auto options = [&](const SpeakerIdentity& local, const SpeakerIdentity& remote) {
      SessionOptions made = neighbor("192.0.2.1", local.id);
      made.local_asn = local.asn;
      made.expected_asn = {ExpectedAsn::Kind::Number, remote.asn};
      if (change) {
        change(made);
      }
      return made;
    };
    a.emplace(loop, random, weather, options(who.a, who.b));
    b.emplace(loop, random, weather, options(who.b, who.a));
    a->transport.attach(a->peer, &b->transport);
    b->transport.attach(b->peer, &a->transport);
  }

  void start() {
    a->peer.start();
    b->peer.start();
  }

  bool both_up() const { return a->events.up && b->events.up; }

  std::mt19937_64 random;
  VirtualLoop loop;
  std::optional<Router> a;
  std::optional<Router> b;
};

/// Up, and the messages of one reach the other: both mean the same connection.
void check_one_session(Network& network) {
  REQUIRE(network.both_up());
  const net::Slice marker = end_of_rib();
  const std::size_t before = network.b->events.updates.size();
  network.a->peer.send({&marker, 1});
  network.loop.run_for(seconds(1));
  CHECK(network.b->events.updates.size() == before + 1);
}

TEST_CASE("Two routers that connect at the same time always end with one session, without a flap") {
  const Identities identities[] = {
      {},
      {{0x0a000002, 64512}, {0x0a000001, 64513}},
      {{0x0a000001, 64512}, {0x0a000001, 64513}},  // RFC 6286 §2.3: the higher AS wins
      {{0x0a000001, 64513}, {0x0a000001, 64512}},
      {{0x0a000001, 64512}, {0x0a000002, 64512}},
  };
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    INFO("seed " << seed);
    Network network(seed, {}, identities[seed % std::size(identities)]);
    network.start();
    network.loop.run_for(seconds(20));
    check_one_session(network);
    network.loop.run_for(std::chrono::minutes(10));
    CHECK(network.both_up());
    CHECK(network.a->events.established == 1);
    CHECK(network.b->events.established == 1);
    CHECK(network.a->transport.turned_away() == 0);
    CHECK(network.b->transport.turned_away() == 0);
    CHECK(network.a->events.downs.empty());
    CHECK(network.b->events.downs.empty());
  }
}

TEST_CASE("Routers that start at different times end with one session, without a flap") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    Network network(seed);
    network.a->peer.start();
    network.loop.run_for(milliseconds(seed % 60));
    network.b->peer.start();
    network.loop.run_for(std::chrono::minutes(2));
    check_one_session(network);
    CHECK(network.a->events.downs.empty());
    CHECK(network.b->events.downs.empty());
  }
}

TEST_CASE("Octets that come one at a time make the same session") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Network network(seed, {.max_chunk = 1, .window = 7});
    network.start();
    network.loop.run_for(std::chrono::minutes(1));
    check_one_session(network);
  }
}

TEST_CASE("After cuts and restarts there is one session again, each up followed by one down") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    INFO("seed " << seed);
    Network network(seed);
    network.start();
    for (int round = 0; round < 5; ++round) {
      network.loop.run_for(milliseconds(network.random() % 4000));
      Router& router = network.random() % 2 == 0 ? *network.a : *network.b;
      switch (network.random() % 4) {
        case 0:
          router.transport.cut_all();
          break;
        case 1:
          router.peer.reset(cease(CeaseSubcode::AdministrativeReset));
          break;
        case 2:
          router.peer.stop(cease(CeaseSubcode::AdministrativeShutdown));
          network.loop.run_for(milliseconds(network.random() % 3000));
          router.peer.start();
          break;
        default:
          router.transport.set_reachable(false);
          network.loop.run_for(milliseconds(network.random() % 3000));
          router.transport.set_reachable(true);
          break;
      }
    }
    network.loop.run_for(std::chrono::minutes(10));
    check_one_session(network);
    for (const Router* router : {&*network.a, &*network.b}) {
      CHECK(static_cast<std::size_t>(router->events.established) ==
            router->events.downs.size() + 1);
    }
  }
}

TEST_CASE("A router that is taken down ten times in a row is back at once each time it comes up") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    INFO("seed " << seed);
    Network network(seed);
    network.start();
    network.loop.run_for(seconds(20));
    const std::array markers{end_of_rib(net::kIpv4Unicast), end_of_rib(net::kIpv6Unicast)};
    for (int round = 0; round < 10; ++round) {
      REQUIRE(network.both_up());
      for (Router* router : {&*network.a, &*network.b}) {
        router->peer.send(markers);
      }
      network.loop.run_for(seconds(1));
      network.b->peer.stop(cease(CeaseSubcode::AdministrativeShutdown));
      network.loop.run_for(milliseconds(100 + network.random() % 20000));
      network.b->peer.start();
      const net::TimePoint limit = network.loop.now() + seconds(4);
      while (!network.both_up() && network.loop.step(limit)) {
      }
    }
    CHECK(network.a->events.established == 11);
    CHECK(network.a->transport.turned_away() == 0);
    CHECK(network.b->transport.turned_away() > 0);  // while it was down
  }
}

TEST_CASE("A session stays up for days on keepalives alone") {
  Network network(1);
  network.start();
  network.loop.run_for(std::chrono::hours(48));
  CHECK(network.both_up());
  CHECK(network.a->events.downs.empty());
  const std::uint64_t sent = network.a->peer.counters().out.of(MessageType::Keepalive);
  CHECK(sent >= 48 * 3600 / 30);
  CHECK(sent <= 48 * 3600 / 22);
}

TEST_CASE("A neighbor that vanishes is noticed by the hold timer, at the negotiated time") {
  Network network(1, {}, {}, [](SessionOptions& options) { options.timers.hold = seconds(30); });
  network.start();
  network.loop.run_for(seconds(60));
  REQUIRE(network.both_up());
  network.b->transport.cut_all();
  network.b->transport.set_reachable(false);
  network.a->transport.set_reachable(false);
  network.loop.run_for(seconds(31));
  REQUIRE(network.a->events.downs.size() == 1);
  CHECK(network.a->events.downs[0].sent == Notification{ErrorCode::HoldTimerExpired, 0, {}});
}

TEST_CASE("Without a hold time a silent session stays up") {
  Network network(1, {}, {}, [](SessionOptions& options) { options.timers.hold = seconds(0); });
  network.start();
  network.loop.run_for(std::chrono::hours(10));
  CHECK(network.both_up());
  CHECK(network.a->peer.counters().out.of(MessageType::Keepalive) == 1);
}

TEST_CASE(
    "A neighbor that stops reading ends by the send hold timer, long after its window closed") {
  Network network(1, {.window = 4096}, {},
                  [](SessionOptions& options) { options.timers.send_hold = seconds(200); });
  network.start();
  network.loop.run_for(seconds(10));
  REQUIRE(network.both_up());
  network.b->peer.pause_reading();
  net::Bytes octets;
  while (octets.size() < 20000) {
    encode_end_of_rib(net::kIpv4Unicast, octets);
  }
  const net::Slice slice = net::Slice::whole(std::move(octets));
  network.a->peer.send({&slice, 1});
  network.loop.run_for(seconds(190));
  CHECK(network.a->events.downs.empty());
  CHECK(network.b->events.downs.empty());  // paused by ourselves: the hold timer waits
  network.loop.run_for(seconds(20));
  REQUIRE(network.a->events.downs.size() == 1);
  CHECK(network.a->events.downs[0].sent == Notification{ErrorCode::SendHoldTimerExpired, 0, {}});
}

TEST_CASE("Flow control loses nothing: what came while paused is read after it") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Network network(seed, {.window = 3000});
    network.start();
    network.loop.run_for(seconds(20));
    REQUIRE(network.both_up());
    std::size_t until_pause = 1;
    network.b->events.hook_update = [&](Peer& peer) {
      if (--until_pause == 0) {
        until_pause = 1 + network.random() % 40;
        peer.pause_reading();
        network.loop.after(milliseconds(network.random() % 500),
                           [&peer] { peer.resume_reading(); });
      }
    };
    net::Bytes octets;
    for (int i = 0; i < 500; ++i) {
      encode_end_of_rib(net::kIpv4Unicast, octets);
    }
    const net::Slice slice = net::Slice::whole(std::move(octets));
    network.a->peer.send({&slice, 1});
    network.loop.run_for(std::chrono::minutes(5));
    CHECK(network.b->events.updates.size() == 500);
    CHECK(network.b->events.downs.empty());
  }
}

TEST_CASE("Congestion begins above the high water mark and its end is told once") {
  Network network(1);
  network.start();
  network.loop.run_for(seconds(20));
  REQUIRE(network.both_up());
  net::Bytes octets;
  while (octets.size() < 2 * Peer::kHighWater) {
    encode_end_of_rib(net::kIpv4Unicast, octets);
  }
  const std::size_t size = octets.size();
  const net::Slice slice = net::Slice::whole(std::move(octets));
  CHECK_FALSE(network.a->peer.congested());
  network.a->peer.send({&slice, 1});
  CHECK(network.a->peer.congested());
  CHECK(network.a->peer.queued_octets() == size);
  network.loop.run_for(std::chrono::minutes(5));
  CHECK_FALSE(network.a->peer.congested());
  CHECK(network.a->events.send_ready == 1);
  CHECK(network.a->peer.queued_octets() == 0);
  CHECK(network.b->events.updates.size() == size / 23);
}

TEST_CASE(
    "A neighbor that reads again after it had stopped is told of before anything is written") {
  Network network(1);
  network.start();
  network.loop.run_for(seconds(20));
  REQUIRE(network.both_up());
  Peer& writer = network.a->peer;
  network.a->events.pauses_writing = true;
  network.b->peer.pause_reading();
  const net::Slice slice = announce({"10.0.0.0/8"});
  while (!writer.congested()) {
    writer.send({&slice, 1});
  }
  network.loop.run_for(seconds(3));
  const std::size_t queued = writer.queued_octets();
  const std::uint64_t sent = writer.counters().out.of(MessageType::Update);
  CHECK(network.a->events.reads_again == 0);

  network.b->peer.resume_reading();
  network.loop.run_for(seconds(3));
  CHECK(network.a->events.reads_again == 1);
  CHECK(writer.queued_octets() >= queued);  // KEEPALIVEs come on top
  std::uint64_t taken = 0;
  while (writer.take_back()) {
    ++taken;
  }
  CHECK(taken > queued / slice.length - 2);
  CHECK(writer.counters().out.of(MessageType::Update) == sent - taken);
  CHECK(writer.congested());
  CHECK(network.a->events.send_ready == 0);
  writer.resume_writing();
  CHECK_FALSE(writer.congested());
  CHECK(network.a->events.send_ready == 1);
  writer.send({&slice, 1});
  network.loop.run_for(seconds(3));
  CHECK(writer.queued_octets() == 0);
  CHECK(network.a->events.reads_again == 1);
  CHECK(network.b->events.updates.size() == sent - taken + 1);
  CHECK(network.b->events.downs.empty());
}

TEST_CASE("A passive neighbor is reached by the active one, two passive ones never meet") {
  Network network(3, {}, {}, [](SessionOptions& options) { options.passive = true; });
  network.start();
  network.loop.run_for(std::chrono::minutes(5));
  CHECK_FALSE(network.both_up());
  CHECK(network.a->peer.state() == State::Active);
  SessionOptions options = network.a->peer.options();
  options.passive = false;
  network.a->peer.set_options(options);
  network.loop.run_for(seconds(5));
  CHECK(network.both_up());
}

TEST_CASE("A shutdown with a half-written queue still tells the neighbor why") {
  Network network(5, {.max_chunk = 100, .window = 150});
  network.start();
  network.loop.run_for(seconds(30));
  REQUIRE(network.both_up());
  net::Bytes octets;
  while (octets.size() < 100000) {
    encode_end_of_rib(net::kIpv4Unicast, octets);
  }
  const net::Slice slice = net::Slice::whole(std::move(octets));
  network.a->peer.send({&slice, 1});
  network.loop.run_for(milliseconds(200));
  REQUIRE(network.a->peer.queued_octets() != 0);
  network.a->peer.stop(cease(CeaseSubcode::AdministrativeShutdown, "bye"));
  network.loop.run_for(seconds(10));
  REQUIRE(network.b->events.downs.size() == 1);
  REQUIRE(network.b->events.downs[0].received);
  CHECK(shutdown_communication(*network.b->events.downs[0].received) == "bye");
}

}  // namespace
}  // namespace pipit::bgp
