// Inside of AsioTransport: asio_transport.cpp connects, reads and writes, asio_accept.cpp takes
// what the neighbor connected. Nobody else includes this.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bgp/session/asio_transport.hpp"
#include "bgp/session/tcp_counters.hpp"
#include "bgp/wire/notification.hpp"

namespace pipit::bgp {

class AsioTransport::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(net::AsioLoop& loop) : loop_(loop), context_(loop.context()), timer_(context_) {}

  void attach(Peer* peer) { peer_ = peer; }

  void accept(Socket socket);
  void refuse_ttl(std::optional<std::uint8_t> ttl);
  void connect(const SessionOptions& options);
  void close(Way way, net::Bytes farewell);
  void request_write(Way way);
  std::expected<std::size_t, std::string> write(Way way, std::span<const net::ByteView> octets);
  void set_reading(Way way, bool on);
  unsigned syns_sent();

  SegmentDrops dropped_segments() { return bgp::dropped_segments(loop_.now()); }

  bool has_unread(Way way);
  void arm(net::Deadline deadline);
  void shut();

 private:
  /// A connection or an attempt at one. Handlers hold it, and do nothing once it is closed.
  struct Channel {
    Channel(boost::asio::io_context& context, Way which, Socket socket)
        : way(which), descriptor(context, socket.fd()) {
      socket.release();
    }

    int fd() { return descriptor.native_handle(); }

    Way way;
    boost::asio::posix::stream_descriptor descriptor;
    bool closed = false;
    bool connected = false;
    bool reading = true;
    bool read_waiting = false;
    bool would_block = false;
  };

  using ChannelPtr = std::shared_ptr<Channel>;

  ChannelPtr& at(Way way) { return channels_[static_cast<std::size_t>(way)]; }

  void open_connection(const SessionOptions& options);
  bool ended_by_neighbor() const;
  void refuse(Socket socket, const Notification& notification);
  void wait_connected(const ChannelPtr& channel);
  void connect_done(const ChannelPtr& channel);
  void wait_readable(const ChannelPtr& channel);
  void read(const ChannelPtr& channel);
  void writable(const ChannelPtr& channel);
  void wait_deadline();
  void deadline_due();

  net::AsioLoop& loop_;
  boost::asio::io_context& context_;
  Peer* peer_ = nullptr;
  std::array<ChannelPtr, 2> channels_;
  /// A neighbor that restarted connects anew before we have read to the end of its old connection.
  Socket heir_;
  std::uint64_t attempt_ = 0;  // to connect
  net::Deadline next_refusal_;
  boost::asio::steady_timer timer_;
  net::Deadline deadline_;
  net::Deadline timer_at_;  // when the timer fires; not after deadline_
};

}  // namespace pipit::bgp
