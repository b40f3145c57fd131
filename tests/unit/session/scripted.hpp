// A Peer whose neighbor is the test: it sees what the peer asks of its transport, and says what
// comes in, octet by octet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bgp/session/peer.hpp"
#include "bgp/wire/message.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/memory_network.hpp"
#include "tests/unit/session/recorder.hpp"

namespace pipit::bgp {

class ScriptedTransport final : public Transport {
 public:
  void attach(Peer& peer) { peer_ = &peer; }

  void connect(const SessionOptions& /*options*/) override { ++connects; }

  void close(Way way, net::Bytes farewell) override {
    closes.push_back(way);
    farewells.push_back(std::move(farewell));
  }

  void request_write(Way way) override { writers.push_back(way); }

  std::expected<std::size_t, std::string> write(Way way,
                                                std::span<const net::ByteView> octets) override {
    if (!broken.empty()) {
      return std::unexpected(broken);
    }
    std::size_t count = 0;
    for (const net::ByteView view : octets) {
      auto& sink = written[static_cast<std::size_t>(way)];
      sink.insert(sink.end(), view.begin(), view.end());
      count += view.size();
    }
    return count;
  }

  void set_reading(Way way, bool on) override { reading[static_cast<std::size_t>(way)] = on; }

  bool has_unread(Way /*way*/) override { return unread; }

  unsigned syns_sent() override { return syns; }

  SegmentDrops dropped_segments() override { return drops; }

  void arm(net::Deadline when) override { deadline = when; }

  /// Lets the peer write what it asked to.
  void flush() {
    while (!writers.empty()) {
      const Way way = writers.front();
      writers.erase(writers.begin());
      peer_->on_writable(way);
    }
  }

  int connects = 0;
  std::vector<Way> closes;
  std::vector<net::Bytes> farewells;
  std::vector<Way> writers;
  std::array<net::Bytes, 2> written;
  std::array<bool, 2> reading{true, true};
  bool unread = false;
  std::string broken;
  unsigned syns = 0;
  SegmentDrops drops;
  net::Deadline deadline;

 private:
  Peer* peer_ = nullptr;
};

/// The types of the messages in octets.
inline std::vector<MessageType> types(net::ByteView octets) {
  std::vector<MessageType> found;
  FrameBuffer frames;
  (void)frames.feed(octets, [&](const Frame& frame) {
    found.push_back(frame.type);
    return true;
  });
  return found;
}

struct Script {
  explicit Script(SessionOptions options = default_options())
      : peer({loop, transport, events}, std::move(options), 1) {
    transport.attach(peer);
  }

  static SessionOptions default_options() {
    SessionOptions options = neighbor("192.0.2.2", 0x0a000001);
    options.expected_asn = {ExpectedAsn::Kind::Number, 64999};
    return options;
  }

  static Open open_of_neighbor(std::uint32_t id = 0x0a000002) {
    Open open;
    open.my_as = 64999;
    open.hold_time = 90;
    open.id = id;
    open.capabilities = {multiprotocol(net::kIpv4Unicast), four_octet_as(64999),
                         plain(CapabilityCode::RouteRefresh),
                         plain(CapabilityCode::EnhancedRouteRefresh)};
    return open;
  }

  void receive(net::ByteView octets, Way way = Way::Outgoing) { peer.on_octets(way, octets); }

  void receive_open(const Open& open, Way way = Way::Outgoing) {
    net::Bytes octets;
    encode_open(open, octets);
    receive(octets, way);
  }

  void receive_keepalive(Way way = Way::Outgoing) {
    net::Bytes octets;
    encode_keepalive(octets);
    receive(octets, way);
  }

  void receive_notification(const Notification& notification, Way way = Way::Outgoing) {
    net::Bytes octets;
    encode_notification(notification, octets);
    receive(octets, way);
  }

  void to_open_sent() {
    peer.start();
    peer.on_connected({});
  }

  void to_open_confirm() {
    to_open_sent();
    receive_open(open_of_neighbor());
  }

  void to_established() {
    to_open_confirm();
    receive_keepalive();
  }

  void accept() {
    REQUIRE(peer.admit_incoming());
    peer.on_accepted({});
  }

  /// Time passes up to the deadline that the peer asked for.
  void reach_deadline() {
    REQUIRE(transport.deadline);
    loop.run_for(*transport.deadline - loop.now());
    peer.on_deadline();
  }

  /// The last NOTIFICATION that went out as a farewell.
  std::optional<Notification> told() const {
    std::optional<Notification> found;
    for (const net::Bytes& farewell : transport.farewells) {
      FrameBuffer frames;
      (void)frames.feed(farewell, [&](const Frame& frame) {
        if (frame.type == MessageType::Notification) {
          found = decode_notification(frame.body);
        }
        return true;
      });
    }
    return found;
  }

  VirtualLoop loop;
  ScriptedTransport transport;
  Recorder events;
  Peer peer;
};

inline void check_told(const Script& script, int code, int subcode) {
  const auto told = script.told();
  REQUIRE(told);
  CHECK(static_cast<int>(told->code) == code);
  CHECK(static_cast<int>(told->subcode) == subcode);
}

}  // namespace pipit::bgp
