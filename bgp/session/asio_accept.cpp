// Connections of the neighbor.
#include <algorithm>

#include <boost/asio/post.hpp>

#include "bgp/session/asio_transport_impl.hpp"
#include "bgp/session/farewell.hpp"
#include "bgp/session/peer.hpp"
#include "bgp/session/ttl_guard.hpp"
#include "bgp/wire/message.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

void AsioTransport::Impl::accept(Socket socket) {
  const auto ends = socket.is_open() ? ends_of(socket.fd()) : std::nullopt;
  if (peer_ == nullptr || !ends) {
    return;
  }
  if (auto result = prepare_accepted(socket.fd(), peer_->options()); !result) {
    net::log(net::LogPart::Bgp, net::LogLevel::Error, "{}: incoming connection: {}", peer_->name(),
             result.error());
    return;
  }
  detach_filter(socket.fd());
  if (peer_->established() && ended_by_neighbor()) {
    heir_ = std::move(socket);
    return;
  }
  if (auto admitted = peer_->admit_incoming(); !admitted) {
    refuse(std::move(socket), admitted.error());
    return;
  }
  const ChannelPtr channel = std::make_shared<Channel>(context_, Way::Incoming, std::move(socket));
  channel->connected = true;
  at(Way::Incoming) = channel;
  wait_readable(channel);
  peer_->on_accepted(*ends);
}

void AsioTransport::Impl::refuse_ttl(std::optional<std::uint8_t> ttl) {
  if (peer_ != nullptr) {
    peer_->on_low_ttl(ttl, minimum_ttl(peer_->options()));
  }
}

/// The neighbor has closed a connection, and we did not read that far yet.
bool AsioTransport::Impl::ended_by_neighbor() const {
  return std::ranges::any_of(channels_, [](const ChannelPtr& channel) {
    return channel != nullptr && channel->connected && closed_by_remote(channel->fd());
  });
}

/// Says why, at most once a second: a neighbor that tries faster binds no descriptors.
void AsioTransport::Impl::refuse(Socket socket, const Notification& notification) {
  if (next_refusal_ && loop_.now() < *next_refusal_) {
    return;
  }
  next_refusal_ = loop_.now() + std::chrono::seconds(1);
  net::Bytes farewell;
  encode_notification(notification, farewell);
  begin_farewell(context_, std::move(socket), std::move(farewell));
}

}  // namespace pipit::bgp
