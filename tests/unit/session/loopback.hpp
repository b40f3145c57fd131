// Speakers on sockets of the loopback interface, with ephemeral ports.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "bgp/session/asio_transport.hpp"
#include "bgp/session/listener.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/recorder.hpp"

namespace pipit::bgp {

inline constexpr std::chrono::seconds kPatience{20};  // never waited for when all is well

struct Speaker {
  Speaker(net::AsioLoop& loop, const SessionOptions& options)
      : transport(loop), peer({loop, transport, events}, options, options.router_id) {
    transport.attach(peer);
  }

  Recorder events;
  AsioTransport transport;
  Peer peer;
};

template <typename Condition>
bool run_until(net::AsioLoop& loop, Condition condition) {
  const net::TimePoint end = loop.now() + kPatience;
  while (!condition()) {
    const net::TimePoint now = loop.now();
    if (now >= end) {
      return false;
    }
    loop.run_one_for(end - now);
  }
  return true;
}

/// Runs what can run within a moment: for what must not happen.
inline void run_for(net::AsioLoop& loop, net::Duration time) {
  const net::TimePoint end = loop.now() + time;
  while (loop.now() < end) {
    loop.run_one_for(end - loop.now());
  }
}

/// Two speakers, each with a listener on an address of its own.
struct Pair {
  explicit Pair(std::string_view a_host = "127.0.0.2",
                std::string_view b_host = "127.0.0.3",
                std::function<void(SessionOptions&, SessionOptions&)> change = {})
      : a_listener(loop), b_listener(loop) {
    REQUIRE(a_listener.listen({{*net::ScopedAddress::parse(a_host), 0}}).empty());
    REQUIRE(b_listener.listen({{*net::ScopedAddress::parse(b_host), 0}}).empty());
    SessionOptions to_b = neighbor(b_host, 0x0a000001);
    to_b.port = b_listener.endpoints().at(0).port;
    to_b.local_address = net::IpAddress::parse(a_host);
    SessionOptions to_a = neighbor(a_host, 0x0a000002);
    to_a.port = a_listener.endpoints().at(0).port;
    to_a.local_address = net::IpAddress::parse(b_host);
    if (change) {
      change(to_b, to_a);
    }
    a.emplace(loop, to_b);
    b.emplace(loop, to_a);
    a_listener.set_neighbor(a->peer, a->transport);
    b_listener.set_neighbor(b->peer, b->transport);
  }

  void start() {
    a->peer.start();
    b->peer.start();
  }

  bool comes_up() {
    return run_until(loop, [this] { return a->events.up && b->events.up; });
  }

  net::AsioLoop loop;
  Listener a_listener;
  Listener b_listener;
  std::optional<Speaker> a;
  std::optional<Speaker> b;
};

}  // namespace pipit::bgp
