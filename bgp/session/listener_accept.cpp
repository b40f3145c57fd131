// Connections that come in.
#include <cerrno>

#include <sys/socket.h>

#include "bgp/session/listener_impl.hpp"
#include "bgp/wire/message.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

namespace {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kExhaustedPause{200};

/// "who" as neighbors are configured: with the interface for a link-local address.
net::ScopedAddress remote_host(const ConnectionEnds& ends) {
  return {ends.remote, interface_name(ends.interface_index)};
}

}  // namespace

void Listener::Impl::wait(const EndpointPtr& endpoint) {
  endpoint->descriptor.async_wait(stream_descriptor::wait_read,
                                  [self = shared_from_this(), endpoint](const error_code& error) {
                                    if (!error && !endpoint->closed) {
                                      self->accept(endpoint);
                                    }
                                  });
}

void Listener::Impl::accept(const EndpointPtr& endpoint) {
  for (int i = 0; i < kAcceptsPerTurn && !endpoint->closed; ++i) {
    Socket socket(::accept4(endpoint->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.is_open()) {
      hand_over(*endpoint, std::move(socket));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      exhausted(endpoint, errno);
      return;
    }
    if (errno == EAGAIN) {
      break;
    }  // else the connection was gone before it was accepted
  }
  if (!endpoint->closed) {
    wait(endpoint);
  }
}

/// The connection stays in the backlog: trying at once would spin.
void Listener::Impl::exhausted(const EndpointPtr& endpoint, int error) {
  ++counters_.exhausted;
  if (exhausted_log_limit_.allows(loop_.now())) {
    net::log(net::LogPart::Bgp, net::LogLevel::Error, "cannot accept connections on {}: {}",
             endpoint->configured.to_string(), error_text(error));
  }
  endpoint->pause.expires_after(kExhaustedPause);
  endpoint->pause.async_wait([self = shared_from_this(), endpoint](const error_code& stopped) {
    if (!stopped && !endpoint->closed) {
      self->wait(endpoint);
    }
  });
}

void Listener::Impl::hand_over(const Endpoint& endpoint, Socket socket) {
  const std::optional<ConnectionEnds> ends = ends_of(socket.fd());
  if (!ends) {
    return;
  }
  const net::ScopedAddress remote = remote_host(*ends);
  const auto entry = by_address_.find(remote);
  if (entry == by_address_.end()) {
    reject(std::move(socket), remote);
    return;
  }
  const Neighbor& neighbor = neighbors_.at(entry->second);
  const std::uint8_t least = minimum_ttl(neighbor.options);
  if (least > endpoint.guarded.least) {
    // What cannot be checked is refused: the neighbor comes again, and we connect, too.
    const std::optional<std::uint8_t> ttl = syn_ttl(socket.fd());
    if (!ttl || *ttl < least) {
      ++counters_.low_ttl;
      neighbor.transport->refuse_ttl(ttl);
      return;
    }
  }
  ++counters_.accepted;
  neighbor.transport->accept(std::move(socket));
}

void Listener::Impl::reject(Socket socket, const net::ScopedAddress& remote) {
  ++counters_.rejected;
  net::Bytes farewell;
  encode_notification(cease(CeaseSubcode::ConnectionRejected), farewell);
  (void)::send(socket.fd(), farewell.data(), farewell.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (rejected_log_limit_.allows(loop_.now())) {
    net::log(net::LogPart::Bgp, net::LogLevel::Warning,
             "connection from {}, which is no neighbor, rejected ({} more since the last time)",
             remote.to_string(), rejected_log_limit_.take_held_back());
  }
}

}  // namespace pipit::bgp
