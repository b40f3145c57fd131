// Between a neighbor of the router that is tested and its link: a door that can be shut, so that a
// moment in which sessions are down lasts as long as a test wants it to, and that lets through only
// what the other side would answer.
#pragma once

#include <optional>
#include <string>

#include "bgp/session/peer.hpp"
#include "bgp/session/transport.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/virtual_loop.hpp"

namespace pipit::sim {

class Door final : public bgp::Transport {
 public:
  Door(VirtualLoop& loop, SimLink& link) : loop_(loop), link_(link), side_(link.side(0)) {}

  void attach(bgp::Peer& peer);
  void detach();

  /// From now on nobody gets through; connections that exist stay.
  void shut() { shut_ = true; }

  /// Whoever waits gets through, or is refused.
  void open();

  /// What the other side expects of a connection.
  std::string password;
  bool ttl_security = false;

  // bgp::Transport
  void connect(const bgp::SessionOptions& options) override;
  void close(bgp::Way way, net::Bytes farewell) override;

  void request_write(bgp::Way way) override { side_.request_write(way); }

  std::expected<std::size_t, std::string> write(bgp::Way way,
                                                std::span<const net::ByteView> octets) override {
    return side_.write(way, octets);
  }

  void set_reading(bgp::Way way, bool on) override { side_.set_reading(way, on); }

  bool has_unread(bgp::Way way) override { return side_.has_unread(way); }

  void arm(net::Deadline deadline) override { side_.arm(deadline); }

 private:
  void go_through();

  VirtualLoop& loop_;
  SimLink& link_;
  SimTransport& side_;
  bgp::Peer* peer_ = nullptr;
  bool shut_ = false;
  std::optional<bgp::SessionOptions> waiting_;
  std::uint64_t attempt_ = 0;
};

}  // namespace pipit::sim
