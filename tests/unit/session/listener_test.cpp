// Listener: who may connect, from how far, with which key; addresses that cannot be had yet.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgp/wire/message.hpp"
#include "tests/unit/session/loopback.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::seconds;

/// A plain client, for what no Peer would do.
int connect_plainly(const net::Endpoint& to) {
  SessionOptions options = neighbor(to.host.to_string());
  options.port = to.port;
  options.multihop = 64;
  auto socket = begin_connect(options);
  REQUIRE(socket);
  return socket->release();
}

/// One from an address of its own, with the TTL that `change` gives it (1 otherwise).
Socket connect_from(std::string_view from,
                    const net::Endpoint& to,
                    const std::function<void(SessionOptions&)>& change = {}) {
  SessionOptions options = neighbor(to.host.to_string());
  options.port = to.port;
  options.local_address = net::IpAddress::parse(from);
  options.multihop = std::uint8_t{1};
  if (change) {
    change(options);
  }
  auto socket = begin_connect(options);
  REQUIRE(socket);
  return std::move(*socket);
}

void with_gtsm(SessionOptions& options) {
  options.ttl_security = std::uint8_t{1};
}

net::Bytes open_message() {
  Open open;
  open.my_as = 64512;
  open.hold_time = 90;
  open.id = 0x0a000009;
  open.capabilities = {multiprotocol(net::kIpv4Unicast), four_octet_as(64512)};
  net::Bytes octets;
  encode_open(open, octets);
  return octets;
}

void send_all(const Socket& socket, const net::Bytes& octets) {
  REQUIRE(::send(socket.fd(), octets.data(), octets.size(), 0) ==
          static_cast<ssize_t>(octets.size()));
}

void set_ttl(const Socket& socket, int ttl) {
  REQUIRE(::setsockopt(socket.fd(), IPPROTO_IP, IP_TTL, &ttl, sizeof ttl) == 0);
}

TEST_CASE("A listener demands the TTL that all of its neighbors ask for, whoever comes or goes") {
  net::AsioLoop loop;
  Listener listener(loop);
  REQUIRE(listener.listen({{*net::ScopedAddress::parse("127.0.0.2"), 0}}).empty());
  const auto hears = [&](bool expected) {
    const std::uint64_t before = listener.counters().rejected;
    const int client = connect_plainly(listener.endpoints().at(0));
    const auto heard = [&] { return listener.counters().rejected != before; };
    if (expected) {
      run_until(loop, heard);
    } else {
      run_for(loop, std::chrono::milliseconds(50));
    }
    ::close(client);
    return heard() == expected;
  };
  SessionOptions near = neighbor("127.0.0.3");
  near.ttl_security = std::uint8_t{1};
  SessionOptions nearby = neighbor("127.0.0.4");
  nearby.ttl_security = std::uint8_t{2};
  SessionOptions far = neighbor("127.0.0.5");
  far.multihop = std::uint8_t{64};
  Speaker one(loop, near);
  Speaker two(loop, nearby);
  CHECK(hears(true));
  listener.set_neighbor(one.peer, one.transport);
  CHECK(hears(false));
  listener.set_neighbor(two.peer, two.transport);
  CHECK(hears(false));
  two.peer.set_options(far);
  listener.set_neighbor(two.peer, two.transport);
  CHECK(hears(true));
  two.peer.set_options(nearby);
  listener.set_neighbor(two.peer, two.transport);
  CHECK(hears(false));
  listener.remove_neighbor(one.peer);
  CHECK(hears(false));
  listener.remove_neighbor(two.peer);
  CHECK(hears(true));
}

TEST_CASE("A connection from an unknown address is told Cease/Connection Rejected") {
  net::AsioLoop loop;
  Listener listener(loop);
  REQUIRE(listener.listen({{*net::ScopedAddress::parse("127.0.0.2"), 0}}).empty());
  const int client = connect_plainly(listener.endpoints().at(0));
  REQUIRE(run_until(loop, [&] { return listener.counters().rejected == 1; }));
  net::Bytes expected;
  encode_notification(cease(CeaseSubcode::ConnectionRejected), expected);
  net::Bytes received(64);
  const ssize_t count = ::recv(client, received.data(), received.size(), 0);
  REQUIRE(count == static_cast<ssize_t>(expected.size()));
  received.resize(expected.size());
  CHECK(received == expected);
  ::close(client);
}

TEST_CASE("A listener that is out of file descriptors waits and recovers") {
  net::AsioLoop loop;
  Listener listener(loop);
  REQUIRE(listener.listen({{*net::ScopedAddress::parse("127.0.0.2"), 0}}).empty());
  const int client = connect_plainly(listener.endpoints().at(0));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next_free = ::fcntl(client, F_DUPFD, 0);
  ::close(next_free);
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(next_free);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  const bool exhausted = run_until(loop, [&] { return listener.counters().exhausted != 0; });
  const net::TimePoint began = loop.now();
  run_for(loop, std::chrono::milliseconds(100));
  const std::uint64_t tries = listener.counters().exhausted;
  const auto pauses = (loop.now() - began) / std::chrono::milliseconds(200);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(exhausted);
  CHECK(tries <= static_cast<std::uint64_t>(pauses) + 2);
  CHECK(run_until(loop, [&] { return listener.counters().rejected == 1; }));
  ::close(client);
}

TEST_CASE("Listening on an address that is taken is told, and the others are open") {
  net::AsioLoop loop;
  Listener first(loop);
  REQUIRE(first.listen({{*net::ScopedAddress::parse("127.0.0.2"), 0}}).empty());
  Listener second(loop);
  const auto errors =
      second.listen({first.endpoints().at(0), {*net::ScopedAddress::parse("127.0.0.4"), 0}});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("Address already in use") != std::string::npos);
  CHECK(second.endpoints().size() == 1);
  CHECK(second.listen({}).empty());
  CHECK(second.endpoints().empty());
}

TEST_CASE("An address that was taken is listened on once it is free, with all keys and TTLs") {
  net::AsioLoop loop;
  Listener first(loop);
  REQUIRE(first.listen({{*net::ScopedAddress::parse("127.0.0.2"), 0}}).empty());
  const net::Endpoint place = first.endpoints().at(0);
  Listener second(loop);
  REQUIRE(second.listen({place}).size() == 1);
  REQUIRE(second.failures().size() == 1);
  CHECK(second.failures()[0].endpoint == place);
  CHECK(second.failures()[0].error.find("Address already in use") != std::string::npos);
  CHECK(second.failures()[0].next_attempt > loop.now());
  SessionOptions guarded = neighbor("127.0.0.3");
  guarded.password = "secret";
  with_gtsm(guarded);
  Speaker one(loop, guarded);
  Speaker other(loop, neighbor("127.0.0.5"));
  second.set_neighbor(one.peer, one.transport);
  second.set_neighbor(other.peer, other.transport);
  second.retry_now();
  CHECK(second.failures().size() == 1);

  first.listen({});
  SECTION("by itself") {
    REQUIRE(run_until(loop, [&] { return second.failures().empty(); }));
  }
  SECTION("at once when addresses change") {
    second.retry_now();
    REQUIRE(second.failures().empty());
  }
  CHECK(second.endpoints().at(0) == place);
  const auto keyed = [](SessionOptions& options) { options.password = "secret"; };
  const Socket unsigned_client = connect_from("127.0.0.3", place, with_gtsm);
  const Socket far_client = connect_from("127.0.0.3", place, keyed);
  REQUIRE(run_until(loop, [&] { return second.counters().low_ttl == 1; }));
  CHECK(second.counters().accepted == 0);
  const Socket client = connect_from("127.0.0.3", place, [&](SessionOptions& options) {
    keyed(options);
    with_gtsm(options);
  });
  REQUIRE(run_until(loop, [&] { return second.counters().accepted == 1; }));
  CHECK(second.listen({}).empty());
  CHECK(second.failures().empty());
}

TEST_CASE("An address without an interface is tried again, and given up with the configuration") {
  net::AsioLoop loop;
  Listener listener(loop);
  CHECK(listener.listen({{*net::ScopedAddress::parse("fe80::1%none0"), 0}}).size() == 1);
  REQUIRE(run_until(loop, [&] { return listener.failures().at(0).pause > seconds(1); }));
  CHECK(listener.failures()[0].error == "no interface none0");
  CHECK(listener.listen({}).empty());
  CHECK(listener.failures().empty());
}

TEST_CASE("A SYN from too far is refused where others come from afar, before anything is read") {
  for (const bool v6 : {false, true}) {
    net::AsioLoop loop;
    Listener listener(loop);
    const std::string_view host = v6 ? "::1" : "127.0.0.2";
    const std::string_view near = v6 ? "::1" : "127.0.0.3";
    REQUIRE(listener.listen({{*net::ScopedAddress::parse(host), 0}}).empty());
    const net::Endpoint place = listener.endpoints().at(0);
    SessionOptions options = neighbor(near);
    with_gtsm(options);
    options.passive = true;
    Speaker guarded(loop, options);
    Speaker other(loop, neighbor(v6 ? "2001:db8::5" : "127.0.0.5"));
    listener.set_neighbor(guarded.peer, guarded.transport);
    listener.set_neighbor(other.peer, other.transport);
    guarded.peer.start();

    const Socket far = connect_from(near, place);
    send_all(far, open_message());
    REQUIRE(run_until(loop, [&] { return listener.counters().low_ttl == 1; }));
    CHECK(guarded.peer.counters().low_ttl == 1);
    CHECK(guarded.peer.counters().connections_refused == 1);
    CHECK(guarded.peer.counters().in.octets == 0);
    CHECK(guarded.peer.state() == State::Active);
    CHECK(guarded.peer.record().connect_trouble()->what.text.find("TTL 1") != std::string::npos);

    const Socket client = connect_from(near, place, with_gtsm);
    send_all(client, open_message());
    REQUIRE(run_until(loop, [&] { return guarded.peer.counters().in.octets != 0; }));
    CHECK(listener.counters().accepted == 1);
    if (!v6) {
      other.peer.start();
      const Socket distant = connect_from("127.0.0.5", place);
      REQUIRE(run_until(loop, [&] { return listener.counters().accepted == 2; }));
    }
  }
}

TEST_CASE("Data from too far behind a SYN from near does not get in before it is accepted") {
  for (const bool mixed : {true, false}) {
    net::AsioLoop loop;
    Listener listener(loop);
    REQUIRE(listener.listen({{*net::ScopedAddress::parse("127.0.0.2"), 0}}).empty());
    const net::Endpoint place = listener.endpoints().at(0);
    SessionOptions options = neighbor("127.0.0.3");
    with_gtsm(options);
    options.passive = true;
    Speaker guarded(loop, options);
    Speaker other(loop, neighbor("127.0.0.5"));
    listener.set_neighbor(guarded.peer, guarded.transport);
    if (mixed) {
      listener.set_neighbor(other.peer, other.transport);
    }
    guarded.peer.start();

    const Socket client = connect_from("127.0.0.3", place, with_gtsm);
    set_ttl(client, 1);
    send_all(client, open_message());  // it is there before the connection is accepted
    REQUIRE(run_until(loop, [&] { return listener.counters().accepted == 1; }));
    run_for(loop, std::chrono::milliseconds(50));
    CHECK(guarded.peer.state() == State::OpenSent);
    CHECK(guarded.peer.counters().in.octets == 0);
    set_ttl(client, 255);  // what TCP sends again comes from near, then
    CHECK(run_until(loop, [&] { return guarded.peer.counters().in.octets != 0; }));
  }
}

TEST_CASE("A neighbor that connects anew before its end was read waits, and comes up") {
  net::AsioLoop loop;
  Listener listener(loop);
  REQUIRE(listener.listen({{*net::ScopedAddress::parse("127.0.0.2"), 0}}).empty());
  const net::Endpoint place = listener.endpoints().at(0);
  SessionOptions options = neighbor("127.0.0.3");
  options.passive = true;
  Speaker speaker(loop, options);
  listener.set_neighbor(speaker.peer, speaker.transport);
  speaker.peer.start();
  net::Bytes greeting = open_message();
  encode_keepalive(greeting);
  {
    const Socket before = connect_from("127.0.0.3", place);
    send_all(before, greeting);
    REQUIRE(run_until(loop, [&] { return speaker.events.up; }));
    const Socket second = connect_from("127.0.0.3", place);
    REQUIRE(run_until(loop, [&] { return speaker.peer.counters().connections_refused == 1; }));
    speaker.peer.pause_reading();
  }
  const Socket after = connect_from("127.0.0.3", place);
  send_all(after, greeting);
  REQUIRE(run_until(loop, [&] { return listener.counters().accepted == 3; }));
  CHECK(speaker.events.up);
  speaker.peer.resume_reading();
  REQUIRE(run_until(loop, [&] { return speaker.events.established == 2; }));
  CHECK(speaker.events.downs.size() == 1);
  CHECK(speaker.peer.counters().connections_refused == 1);
}

}  // namespace
}  // namespace pipit::bgp
