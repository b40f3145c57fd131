// Peer: who observes it sees every message, both ways, and every session.
#include "bgp/session/peer_observer.hpp"

#include <vector>

#include "tests/unit/catch.hpp"
#include "tests/unit/session/scripted.hpp"

namespace pipit::bgp {
namespace {

struct Seen {
  Direction direction;
  MessageType type;

  friend bool operator==(const Seen&, const Seen&) = default;
};

class Observer final : public PeerObserver {
 public:
  void on_established(const Peer& /*peer*/) override { ++established; }

  void on_session_down(const Peer& /*peer*/, const SessionDown& down) override {
    downs.push_back(down.reason);
  }

  void on_message(const Peer& /*peer*/,
                  Direction direction,
                  MessageType type,
                  net::ByteView message) override {
    seen.push_back({direction, type});
    net::Bytes& octets = direction == Direction::Sent ? sent : received;
    octets.insert(octets.end(), message.begin(), message.end());
  }

  std::vector<Seen> seen;
  net::Bytes sent;
  net::Bytes received;
  int established = 0;
  std::vector<std::string> downs;
};

constexpr Direction kSent = Direction::Sent;
constexpr Direction kReceived = Direction::Received;

TEST_CASE("An observer sees each message once, with its octets, and the session") {
  Script script;
  Observer observer;
  const net::Subscription subscription = script.peer.observe(observer);
  script.to_established();
  CHECK(observer.established == 1);
  CHECK(observer.seen == std::vector<Seen>{{kSent, MessageType::Open},
                                           {kReceived, MessageType::Open},
                                           {kSent, MessageType::Keepalive},
                                           {kReceived, MessageType::Keepalive}});
  script.transport.flush();
  CHECK(observer.sent == script.transport.written[static_cast<std::size_t>(Way::Outgoing)]);

  observer.seen.clear();
  net::Bytes two;
  encode_end_of_rib(net::kIpv4Unicast, two);
  encode_end_of_rib(net::kIpv6Unicast, two);
  const net::Slice slice = net::Slice::whole(two);
  script.peer.send({&slice, 1});
  CHECK(observer.seen ==
        std::vector<Seen>{{kSent, MessageType::Update}, {kSent, MessageType::Update}});

  observer.seen.clear();
  script.receive_notification(cease(CeaseSubcode::AdministrativeReset));
  CHECK(observer.seen == std::vector<Seen>{{kReceived, MessageType::Notification}});
  CHECK(observer.downs.size() == 1);
}

TEST_CASE("An observer sees the NOTIFICATION that ends a session") {
  Script script;
  Observer observer;
  const net::Subscription subscription = script.peer.observe(observer);
  script.to_established();
  observer.seen.clear();
  script.peer.stop(cease(CeaseSubcode::AdministrativeShutdown));
  CHECK(observer.seen == std::vector<Seen>{{kSent, MessageType::Notification}});
  CHECK(observer.downs.size() == 1);
}

TEST_CASE("An observer sees nothing after its subscription") {
  Script script;
  Observer observer;
  {
    const net::Subscription subscription = script.peer.observe(observer);
    script.to_open_sent();
  }
  script.receive_open(Script::open_of_neighbor());
  script.receive_keepalive();
  CHECK(observer.seen == std::vector<Seen>{{kSent, MessageType::Open}});
  CHECK(observer.established == 0);
}

}  // namespace
}  // namespace pipit::bgp
