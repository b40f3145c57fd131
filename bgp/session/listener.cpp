#include "bgp/session/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

#include "bgp/session/socket.hpp"
#include "bgp/wire/message.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

constexpr int kBacklog = 4096;
constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kExhaustedPause{200};
constexpr std::chrono::seconds kLogInterval{10};

struct Neighbor {
  SessionOptions options;
  AsioTransport* transport = nullptr;
};

/// Tells of what happens often only now and then, and how often it was.
struct RareLog {
  net::Deadline next;
  std::uint64_t unsaid = 0;

  bool now_is_time(net::TimePoint now) {
    if (next && now < *next) {
      ++unsaid;
      return false;
    }
    next = now + kLogInterval;
    return true;
  }
};

struct Endpoint {
  Endpoint(asio::io_context& context, const net::Endpoint& wanted, Socket socket)
      : configured(wanted), descriptor(context, socket.fd()), pause(context) {
    socket.release();
  }

  int fd() { return descriptor.native_handle(); }

  net::Afi afi() const { return configured.host.address.afi(); }

  net::Endpoint configured;
  stream_descriptor descriptor;
  asio::steady_timer pause;
  std::uint8_t minimum_ttl = 0;
  bool closed = false;
};

using EndpointPtr = std::shared_ptr<Endpoint>;

/// "who" as neighbors are configured: with the interface for a link-local address.
net::ScopedAddress remote_host(const ConnectionEnds& ends) {
  return {ends.remote, interface_name(ends.interface_index)};
}

}  // namespace

class Listener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(net::AsioLoop& loop) : loop_(loop), context_(loop.context()) {}

  std::vector<std::string> listen(const std::vector<net::Endpoint>& wanted);
  std::vector<net::Endpoint> bound();
  void set_neighbor(const Peer& peer, AsioTransport& transport);
  void remove_neighbor(const Peer& peer);

  const ListenerCounters& counters() const { return counters_; }

 private:
  void close(const EndpointPtr& endpoint);
  std::string open(const net::Endpoint& wanted);
  void wait(const EndpointPtr& endpoint);
  void accept(const EndpointPtr& endpoint);
  void exhausted(const EndpointPtr& endpoint, int error);
  void hand_over(Socket socket);
  void reject(Socket socket, const net::ScopedAddress& remote);
  void set_key(const SessionOptions& options, std::string_view key);
  void set_key(Endpoint& endpoint, const SessionOptions& options, std::string_view key);
  void add_ttl(const SessionOptions& options);
  void remove_ttl(const SessionOptions& options);
  void set_minimum_ttls();

  net::AsioLoop& loop_;
  asio::io_context& context_;
  std::vector<EndpointPtr> endpoints_;
  std::map<const Peer*, Neighbor> neighbors_;
  std::map<net::ScopedAddress, const Peer*> by_address_;
  std::map<net::Afi, std::multiset<std::uint8_t>> ttls_;  // what each neighbor asks for at least
  ListenerCounters counters_;
  RareLog rejected_log_;
  RareLog exhausted_log_;
};

std::vector<std::string> Listener::Impl::listen(const std::vector<net::Endpoint>& wanted) {
  std::vector<std::string> errors;
  std::erase_if(endpoints_, [&](const EndpointPtr& endpoint) {
    const bool gone = std::ranges::find(wanted, endpoint->configured) == wanted.end();
    if (gone) {
      close(endpoint);
    }
    return gone;
  });
  for (const net::Endpoint& one : wanted) {
    const bool is_open = std::ranges::any_of(
        endpoints_, [&](const EndpointPtr& endpoint) { return endpoint->configured == one; });
    if (is_open) {
      continue;
    }
    if (std::string error = open(one); !error.empty()) {
      errors.push_back("cannot listen on " + one.to_string() + ": " + error);
    }
  }
  set_minimum_ttls();
  return errors;
}

std::string Listener::Impl::open(const net::Endpoint& wanted) {
  SocketResult socket = open_listener(wanted, kBacklog);
  if (!socket) {
    return socket.error();
  }
  const EndpointPtr endpoint = std::make_shared<Endpoint>(context_, wanted, std::move(*socket));
  endpoints_.push_back(endpoint);
  for (const auto& [peer, neighbor] : neighbors_) {
    if (!neighbor.options.password.empty()) {
      set_key(*endpoint, neighbor.options, neighbor.options.password);
    }
  }
  wait(endpoint);
  return {};
}

void Listener::Impl::close(const EndpointPtr& endpoint) {
  endpoint->closed = true;
  error_code ignored;
  endpoint->descriptor.close(ignored);
  endpoint->pause.cancel();
}

std::vector<net::Endpoint> Listener::Impl::bound() {
  std::vector<net::Endpoint> endpoints;
  for (const EndpointPtr& endpoint : endpoints_) {
    endpoints.push_back(bound_endpoint(endpoint->fd()));
  }
  return endpoints;
}

void Listener::Impl::set_neighbor(const Peer& peer, AsioTransport& transport) {
  const SessionOptions& after = peer.options();
  const auto known = neighbors_.find(&peer);
  const bool same_key = known != neighbors_.end() &&
                        known->second.options.address == after.address &&
                        known->second.options.password == after.password;
  if (known != neighbors_.end() && !same_key) {
    remove_neighbor(peer);
  } else if (known != neighbors_.end()) {
    remove_ttl(known->second.options);
  }
  neighbors_[&peer] = {after, &transport};
  add_ttl(after);
  by_address_[after.address] = &peer;
  if (!same_key && !after.password.empty()) {
    set_key(after, after.password);
  }
  set_minimum_ttls();
}

void Listener::Impl::remove_neighbor(const Peer& peer) {
  const auto known = neighbors_.find(&peer);
  if (known == neighbors_.end()) {
    return;
  }
  const SessionOptions options = std::move(known->second.options);
  neighbors_.erase(known);
  remove_ttl(options);
  const auto entry = by_address_.find(options.address);
  if (entry != by_address_.end() && entry->second == &peer) {
    by_address_.erase(entry);
  }
  // Keys go by address, and another neighbor may have taken this one over.
  if (!options.password.empty() && !by_address_.contains(options.address)) {
    set_key(options, {});
  }
  set_minimum_ttls();
}

void Listener::Impl::set_key(const SessionOptions& options, std::string_view key) {
  for (const EndpointPtr& endpoint : endpoints_) {
    set_key(*endpoint, options, key);
  }
}

void Listener::Impl::set_key(Endpoint& endpoint,
                             const SessionOptions& options,
                             std::string_view key) {
  if (endpoint.afi() != options.address.address.afi()) {
    return;
  }
  if (auto result = set_md5(endpoint.fd(), options.address.address, key); !result) {
    net::log(net::LogPart::Bgp, net::LogLevel::Error, "{}: MD5 key on the listener {}: {}",
             options.name, endpoint.configured.to_string(), result.error());
  }
}

void Listener::Impl::add_ttl(const SessionOptions& options) {
  ttls_[options.address.address.afi()].insert(minimum_ttl(options));
}

void Listener::Impl::remove_ttl(const SessionOptions& options) {
  auto& ttls = ttls_[options.address.address.afi()];
  ttls.erase(ttls.find(minimum_ttl(options)));
}

/// When all neighbors of a family use GTSM, not even the handshake is done with a distant host.
void Listener::Impl::set_minimum_ttls() {
  for (const EndpointPtr& endpoint : endpoints_) {
    const auto& ttls = ttls_[endpoint->afi()];
    const std::uint8_t least = ttls.empty() ? std::uint8_t{0} : *ttls.begin();
    if (least == endpoint->minimum_ttl) {
      continue;
    }
    endpoint->minimum_ttl = least;
    if (auto result = set_minimum_ttl(endpoint->fd(), endpoint->afi(), least); !result) {
      net::log(net::LogPart::Bgp, net::LogLevel::Error, "listener {}: {}",
               endpoint->configured.to_string(), result.error());
    }
  }
}

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
      hand_over(std::move(socket));
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
  if (exhausted_log_.now_is_time(loop_.now())) {
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

void Listener::Impl::hand_over(Socket socket) {
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
  ++counters_.accepted;
  neighbors_.at(entry->second).transport->accept(std::move(socket));
}

void Listener::Impl::reject(Socket socket, const net::ScopedAddress& remote) {
  ++counters_.rejected;
  net::Bytes farewell;
  encode_notification(cease(CeaseSubcode::ConnectionRejected), farewell);
  (void)::send(socket.fd(), farewell.data(), farewell.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (rejected_log_.now_is_time(loop_.now())) {
    net::log(net::LogPart::Bgp, net::LogLevel::Warning,
             "connection from {}, which is no neighbor, rejected ({} more since the last time)",
             remote.to_string(), std::exchange(rejected_log_.unsaid, 0));
  }
}

Listener::Listener(net::AsioLoop& loop) : impl_(std::make_shared<Impl>(loop)) {}

Listener::~Listener() {
  impl_->listen({});
}

std::vector<std::string> Listener::listen(const std::vector<net::Endpoint>& endpoints) {
  return impl_->listen(endpoints);
}

std::vector<net::Endpoint> Listener::endpoints() const {
  return impl_->bound();
}

void Listener::set_neighbor(const Peer& peer, AsioTransport& transport) {
  impl_->set_neighbor(peer, transport);
}

void Listener::remove_neighbor(const Peer& peer) {
  impl_->remove_neighbor(peer);
}

const ListenerCounters& Listener::counters() const {
  return impl_->counters();
}

}  // namespace pipit::bgp
