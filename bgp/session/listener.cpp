// The listening sockets: opened, tried again, and told what neighbors ask of them.
#include "bgp/session/listener.hpp"

#include <algorithm>
#include <utility>

#include "bgp/session/listener_impl.hpp"
#include "net/log.hpp"

namespace pipit::bgp {

namespace {

using boost::system::error_code;

constexpr int kBacklog = 4096;
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLongestRetry{10};

}  // namespace

std::vector<std::string> Listener::Impl::listen(const std::vector<net::Endpoint>& wanted) {
  std::vector<std::string> errors;
  const auto is_gone = [&](const net::Endpoint& one) {
    return std::ranges::find(wanted, one) == wanted.end();
  };
  std::erase_if(endpoints_, [&](const EndpointPtr& endpoint) {
    const bool gone = is_gone(endpoint->configured);
    if (gone) {
      close(endpoint);
    }
    return gone;
  });
  failures_.clear();
  for (const net::Endpoint& one : wanted) {
    const bool is_open = std::ranges::any_of(
        endpoints_, [&](const EndpointPtr& endpoint) { return endpoint->configured == one; });
    if (is_open) {
      continue;
    }
    if (std::string error = open(one); !error.empty()) {
      errors.push_back("cannot listen on " + one.to_string() + ": " + error);
      failures_.push_back({.endpoint = one,
                           .error = std::move(error),
                           .pause = kFirstRetry,
                           .next_attempt = loop_.now() + kFirstRetry});
    }
  }
  wait_retry();
  return errors;
}

/// Whoever connects once the socket listens meets the keys and the TTL of the neighbors already.
std::string Listener::Impl::open(const net::Endpoint& wanted) {
  SocketResult socket = open_listener(wanted);
  if (!socket) {
    return socket.error();
  }
  for (const auto& [address, peer] : by_address_) {
    const Neighbor& neighbor = neighbors_.at(peer);
    if (!neighbor.options.password.empty()) {
      set_key(socket->fd(), wanted, neighbor.options, neighbor.options.password);
    }
  }
  TtlGuard::Demand guarded;
  guard(socket->fd(), wanted, guarded);
  if (auto listening = start_listening(socket->fd(), kBacklog); !listening) {
    return listening.error();
  }
  const EndpointPtr endpoint = std::make_shared<Endpoint>(context_, wanted, std::move(*socket));
  endpoint->guarded = guarded;
  endpoints_.push_back(endpoint);
  wait(endpoint);
  return {};
}

void Listener::Impl::close(const EndpointPtr& endpoint) {
  endpoint->closed = true;
  error_code ignored;
  endpoint->descriptor.close(ignored);
  endpoint->pause.cancel();
}

void Listener::Impl::wait_retry() {
  if (failures_.empty()) {
    retry_timer_.cancel();
    return;
  }
  const auto next = std::ranges::min_element(failures_, {}, &ListenFailure::next_attempt);
  retry_timer_.expires_at(next->next_attempt);
  retry_timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) {
      self->retry_due();
    }
  });
}

void Listener::Impl::retry_due() {
  for (ListenFailure& failure : failures_) {
    if (failure.next_attempt <= loop_.now()) {
      retry(failure, true);
    }
  }
  forget_opened();
}

void Listener::Impl::retry_now() {
  if (failures_.empty()) {
    return;
  }
  for (ListenFailure& failure : failures_) {
    retry(failure, false);
  }
  forget_opened();
}

/// `due`: it was its time, and the next one comes later.
void Listener::Impl::retry(ListenFailure& failure, bool due) {
  std::string error = open(failure.endpoint);
  if (error.empty()) {
    net::log(net::LogPart::Bgp, net::LogLevel::Info, "listening on {} now",
             failure.endpoint.to_string());
  } else if (error != failure.error) {
    net::log(net::LogPart::Bgp, net::LogLevel::Error, "still cannot listen on {}: {}",
             failure.endpoint.to_string(), error);
  }
  failure.error = std::move(error);
  if (due) {
    failure.pause = std::min(failure.pause * 2, kLongestRetry);
    failure.next_attempt = loop_.now() + failure.pause;
  }
}

void Listener::Impl::forget_opened() {
  std::erase_if(failures_, [](const ListenFailure& failure) { return failure.error.empty(); });
  wait_retry();
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
    ttl_guard_.remove(known->second.options);
  }
  neighbors_[&peer] = {after, &transport};
  ttl_guard_.add(after);
  by_address_[after.address] = &peer;
  if (!same_key && !after.password.empty()) {
    set_key(after, after.password);
  }
  guard_all();
}

void Listener::Impl::remove_neighbor(const Peer& peer) {
  const auto known = neighbors_.find(&peer);
  if (known == neighbors_.end()) {
    return;
  }
  const SessionOptions options = std::move(known->second.options);
  neighbors_.erase(known);
  ttl_guard_.remove(options);
  const auto entry = by_address_.find(options.address);
  if (entry != by_address_.end() && entry->second == &peer) {
    by_address_.erase(entry);
  }
  // Keys go by address, and another neighbor may have taken this one over.
  if (!options.password.empty() && !by_address_.contains(options.address)) {
    set_key(options, {});
  }
  guard_all();
}

void Listener::Impl::set_key(const SessionOptions& options, std::string_view key) {
  for (const EndpointPtr& endpoint : endpoints_) {
    set_key(endpoint->fd(), endpoint->configured, options, key);
  }
}

void Listener::Impl::set_key(int fd,
                             const net::Endpoint& endpoint,
                             const SessionOptions& options,
                             std::string_view key) {
  if (endpoint.host.address.afi() != options.address.address.afi()) {
    return;
  }
  if (auto result = set_md5(fd, options.address.address, key); !result) {
    net::log(net::LogPart::Bgp, net::LogLevel::Error, "{}: MD5 key on the listener {}: {}",
             options.name, endpoint.to_string(), result.error());
  }
}

void Listener::Impl::guard(int fd, const net::Endpoint& endpoint, TtlGuard::Demand& guarded) {
  const net::Afi afi = endpoint.host.address.afi();
  const TtlGuard::Demand demand = ttl_guard_.demand(afi);
  if (demand == guarded) {
    return;
  }
  if (auto result = ttl_guard_.apply(fd, afi, guarded); !result) {
    net::log(net::LogPart::Bgp, net::LogLevel::Error, "listener {}: {}", endpoint.to_string(),
             result.error());
  }
  guarded = demand;
}

void Listener::Impl::guard_all() {
  for (const EndpointPtr& endpoint : endpoints_) {
    guard(endpoint->fd(), endpoint->configured, endpoint->guarded);
  }
}

Listener::Listener(net::AsioLoop& loop) : impl_(std::make_shared<Impl>(loop)) {}

Listener::~Listener() {
  impl_->listen({});
}

std::vector<std::string> Listener::listen(const std::vector<net::Endpoint>& endpoints) {
  return impl_->listen(endpoints);
}

void Listener::retry_now() {
  impl_->retry_now();
}

const std::vector<ListenFailure>& Listener::failures() const {
  return impl_->failures();
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
