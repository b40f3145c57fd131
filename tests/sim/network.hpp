// The in-memory network under the simulated routers: connections with delay and FIFO order, octets
// in random pieces, links that are cut silently or with a reset. Each side of a link has a
// SimTransport, which a bgp::Peer uses as it would use sockets.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bgp/session/peer.hpp"
#include "bgp/session/transport.hpp"
#include "tests/sim/trace.hpp"
#include "tests/sim/virtual_loop.hpp"

namespace pipit::sim {

class SimLink;
struct Pipe;

/// One side of a link. Outlives its Peer; a router that restarts detaches it and attaches another.
class SimTransport : public bgp::Transport {
 public:
  SimTransport(SimLink& link, std::size_t side) : link_(link), side_(side) {}

  void attach(bgp::Peer& peer) { peer_ = &peer; }

  /// The router is gone: its connections are reset, nothing is reported to it any more.
  void detach();

  void connect(const bgp::SessionOptions& options) override;
  void close(bgp::Way way, net::Bytes farewell) override;
  void request_write(bgp::Way way) override;
  std::expected<std::size_t, std::string> write(bgp::Way way,
                                                std::span<const net::ByteView> octets) override;
  void set_reading(bgp::Way way, bool on) override;
  bool has_unread(bgp::Way way) override;
  void arm(net::Deadline deadline) override;

 private:
  friend class SimLink;
  friend struct Pipe;

  std::shared_ptr<Pipe>& pipe(bgp::Way way) { return pipes_[static_cast<std::size_t>(way)]; }

  SimLink& link_;
  std::size_t side_;
  bgp::Peer* peer_ = nullptr;
  std::uint64_t attempt_ = 0;  // of connect: a later close() makes an older answer void
  std::uint64_t alarm_ = 0;
  std::array<std::shared_ptr<Pipe>, 2> pipes_;
};

/// A link between two routers.
class SimLink {
 public:
  SimLink(VirtualLoop& loop, std::mt19937& random, net::Duration delay)
      : loop_(loop), random_(random), delay_(delay), sides_{{{*this, 0}, {*this, 1}}} {}

  SimTransport& side(std::size_t n) { return sides_[n]; }

  bool up() const { return up_; }

  /// `silent`: nobody is told, hold timers must find out; else both ends see a reset.
  void cut(bool silent);

  void restore() { up_ = true; }

  /// That side takes nothing from its socket for a while; then what has come meanwhile.
  void stop_reading(std::size_t side, net::Duration time);

  /// Octets that are under way or wait to be read, at most: then nothing can be written.
  std::size_t window = std::size_t{1} << 20;

  std::array<net::IpAddress, 2> addresses;

  /// What happens is noted there, under these names; null: nowhere.
  Trace* trace = nullptr;
  std::array<std::string, 2> names;

 private:
  friend class SimTransport;
  friend struct Pipe;

  bool stopped(std::size_t side) const;
  void arrive(std::size_t from, std::uint64_t attempt);
  void refuse(std::size_t from, std::uint64_t attempt);
  void reset(const std::shared_ptr<Pipe>& pipe);

  /// Notes "r3 connects to r5": what happens to a side.
  template <typename... Args>
  void note(std::size_t side, fmt::format_string<Args...> format, Args&&... args) {
    if (trace != nullptr && trace->kept()) {
      trace->note("{} {} {}", names[side], fmt::format(format, std::forward<Args>(args)...),
                  names[1 - side]);
    }
  }

  VirtualLoop& loop_;
  std::mt19937& random_;
  net::Duration delay_;
  bool up_ = true;
  std::array<net::TimePoint, 2> reads_from_{};  // by side
  std::array<SimTransport, 2> sides_;
  std::vector<std::weak_ptr<Pipe>> pipes_;
};

}  // namespace pipit::sim
