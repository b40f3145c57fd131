#include "bgp/session/asio_transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <sys/uio.h>

#include "bgp/session/asio_transport_impl.hpp"
#include "bgp/session/farewell.hpp"
#include "bgp/session/peer.hpp"

namespace pipit::bgp {

namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

}  // namespace

/// Each attempt is a turn of the loop by itself: hundreds of neighbors begin at the same time.
void AsioTransport::Impl::connect(const SessionOptions& options) {
  asio::post(context_, [self = shared_from_this(), number = ++attempt_, options] {
    if (self->peer_ != nullptr && self->attempt_ == number) {
      self->open_connection(options);
    }
  });
}

void AsioTransport::Impl::open_connection(const SessionOptions& options) {
  auto socket = begin_connect(options);
  if (!socket) {
    peer_->on_connect_failed(socket.error());
    return;
  }
  at(Way::Outgoing) = std::make_shared<Channel>(context_, Way::Outgoing, std::move(*socket));
  wait_connected(at(Way::Outgoing));
}

void AsioTransport::Impl::wait_connected(const ChannelPtr& channel) {
  channel->descriptor.async_wait(stream_descriptor::wait_write,
                                 [self = shared_from_this(), channel](const error_code& error) {
                                   if (!error && !channel->closed) {
                                     self->connect_done(channel);
                                   }
                                 });
}

void AsioTransport::Impl::connect_done(const ChannelPtr& channel) {
  std::optional<ConnectTrouble> failed = connect_result(channel->fd(), peer_->options());
  const std::optional<ConnectionEnds> ends = ends_of(channel->fd());
  if (!failed && !ends) {
    failed = ConnectTrouble{.text = error_text(ENOTCONN)};
  }
  if (failed) {
    close(Way::Outgoing, {});
    peer_->on_connect_failed(std::move(*failed));
    return;
  }
  channel->connected = true;
  wait_readable(channel);
  peer_->on_connected(*ends);
}

void AsioTransport::Impl::close(Way way, net::Bytes farewell) {
  attempt_ += way == Way::Outgoing ? 1 : 0;
  const ChannelPtr channel = std::exchange(at(way), nullptr);
  if (channel == nullptr) {
    return;
  }
  channel->closed = true;
  if (heir_.is_open()) {
    asio::post(context_, [self = shared_from_this()] { self->accept(std::move(self->heir_)); });
  }
  Socket socket(channel->descriptor.release());
  if (channel->connected && !farewell.empty()) {
    begin_farewell(context_, std::move(socket), std::move(farewell));
  }
}

void AsioTransport::Impl::wait_readable(const ChannelPtr& channel) {
  if (channel->read_waiting || !channel->reading || channel->closed) {
    return;
  }
  channel->read_waiting = true;
  channel->descriptor.async_wait(stream_descriptor::wait_read,
                                 [self = shared_from_this(), channel](const error_code& error) {
                                   channel->read_waiting = false;
                                   if (!error && !channel->closed) {
                                     self->read(channel);
                                   }
                                 });
}

/// One read a turn, so that no neighbor starves the others.
void AsioTransport::Impl::read(const ChannelPtr& channel) {
  if (!channel->reading) {
    return;
  }
  const std::span<std::uint8_t> scratch = loop_.scratch();
  const ssize_t count = ::recv(channel->fd(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (count > 0) {
    peer_->on_octets(channel->way, scratch.first(static_cast<std::size_t>(count)));
  } else if (count == 0) {
    peer_->on_closed(channel->way, "connection closed by the neighbor");
    return;
  } else if (errno != EAGAIN && errno != EINTR) {
    peer_->on_closed(channel->way, error_text(errno));
    return;
  }
  wait_readable(channel);
}

void AsioTransport::Impl::request_write(Way way) {
  const ChannelPtr channel = at(way);
  if (channel == nullptr) {
    return;
  }
  if (!channel->would_block) {
    asio::post(context_, [self = shared_from_this(), channel] { self->writable(channel); });
    return;
  }
  channel->descriptor.async_wait(stream_descriptor::wait_write,
                                 [self = shared_from_this(), channel](const error_code& error) {
                                   if (!error) {
                                     self->writable(channel);
                                   }
                                 });
}

void AsioTransport::Impl::writable(const ChannelPtr& channel) {
  if (!channel->closed) {
    loop_.note_output();
    peer_->on_writable(channel->way);
  }
}

std::expected<std::size_t, std::string> AsioTransport::Impl::write(
    Way way, std::span<const net::ByteView> octets) {
  const ChannelPtr& channel = at(way);
  if (channel == nullptr) {
    return 0;
  }
  std::array<iovec, WriteQueue::kGatherSlices> vectors;
  const std::size_t count = std::min(octets.size(), vectors.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    vectors[i] = {const_cast<std::uint8_t*>(octets[i].data()), octets[i].size()};
    total += octets[i].size();
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  const ssize_t taken = ::sendmsg(channel->fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS && errno != ENOMEM) {
    return std::unexpected(error_text(errno));
  }
  const auto written = static_cast<std::size_t>(std::max<ssize_t>(taken, 0));
  channel->would_block = written < total;
  return written;
}

void AsioTransport::Impl::set_reading(Way way, bool on) {
  if (const ChannelPtr& channel = at(way); channel != nullptr) {
    channel->reading = on;
    if (channel->connected) {
      wait_readable(channel);
    }
  }
}

unsigned AsioTransport::Impl::syns_sent() {
  const ChannelPtr& channel = at(Way::Outgoing);
  return channel == nullptr || channel->connected ? 0 : bgp::syns_sent(channel->fd());
}

bool AsioTransport::Impl::has_unread(Way way) {
  const ChannelPtr& channel = at(way);
  std::uint8_t octet = 0;
  return channel != nullptr && ::recv(channel->fd(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/// A later deadline leaves the timer as it is: it finds out when it fires.
void AsioTransport::Impl::arm(net::Deadline deadline) {
  deadline_ = deadline;
  if (!deadline_) {
    timer_at_.reset();
    timer_.cancel();
  } else if (!timer_at_ || *deadline_ < *timer_at_) {
    wait_deadline();
  }
}

void AsioTransport::Impl::wait_deadline() {
  timer_at_ = deadline_;
  timer_.expires_at(*deadline_);  // cancels a wait that is under way
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error && self->peer_ != nullptr) {
      self->deadline_due();
    }
  });
}

void AsioTransport::Impl::deadline_due() {
  // A wait that had expired already when it was to be cancelled comes here, too.
  if (timer_at_ && *timer_at_ > loop_.now()) {
    return;
  }
  if (timer_at_) {
    loop_.note_timer(loop_.now() - *timer_at_);
  }
  timer_at_.reset();
  if (!deadline_) {
    return;
  }
  if (*deadline_ > loop_.now()) {
    wait_deadline();
    return;
  }
  deadline_.reset();
  peer_->on_deadline();
}

void AsioTransport::Impl::shut() {
  peer_ = nullptr;
  heir_ = {};
  close(Way::Outgoing, {});
  close(Way::Incoming, {});
  timer_.cancel();
}

AsioTransport::AsioTransport(net::AsioLoop& loop) : impl_(std::make_shared<Impl>(loop)) {}

AsioTransport::~AsioTransport() {
  impl_->shut();
}

void AsioTransport::attach(Peer& peer) {
  impl_->attach(&peer);
}

void AsioTransport::accept(Socket socket) {
  impl_->accept(std::move(socket));
}

void AsioTransport::refuse_ttl(std::optional<std::uint8_t> ttl) {
  impl_->refuse_ttl(ttl);
}

void AsioTransport::connect(const SessionOptions& options) {
  impl_->connect(options);
}

void AsioTransport::close(Way way, net::Bytes farewell) {
  impl_->close(way, std::move(farewell));
}

void AsioTransport::request_write(Way way) {
  impl_->request_write(way);
}

std::expected<std::size_t, std::string> AsioTransport::write(
    Way way, std::span<const net::ByteView> octets) {
  return impl_->write(way, octets);
}

void AsioTransport::set_reading(Way way, bool on) {
  impl_->set_reading(way, on);
}

unsigned AsioTransport::syns_sent() {
  return impl_->syns_sent();
}

SegmentDrops AsioTransport::dropped_segments() {
  return impl_->dropped_segments();
}

bool AsioTransport::has_unread(Way way) {
  return impl_->has_unread(way);
}

void AsioTransport::arm(net::Deadline deadline) {
  impl_->arm(deadline);
}

}  // namespace pipit::bgp
