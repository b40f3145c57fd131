// Inside of Listener: listener.cpp opens sockets and keeps what neighbors ask of them,
// listener_accept.cpp takes connections. Nobody else includes this.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bgp/session/listener.hpp"
#include "bgp/session/socket.hpp"
#include "bgp/session/ttl_guard.hpp"
#include "net/log_limit.hpp"

namespace pipit::bgp {

class Listener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(net::AsioLoop& loop)
      : loop_(loop), context_(loop.context()), retry_timer_(context_) {}

  std::vector<std::string> listen(const std::vector<net::Endpoint>& wanted);
  void retry_now();
  std::vector<net::Endpoint> bound();

  const std::vector<ListenFailure>& failures() const { return failures_; }

  void set_neighbor(const Peer& peer, AsioTransport& transport);
  void remove_neighbor(const Peer& peer);

  const ListenerCounters& counters() const { return counters_; }

 private:
  struct Neighbor {
    SessionOptions options;
    AsioTransport* transport = nullptr;
  };

  /// A listening socket.
  struct Endpoint {
    Endpoint(boost::asio::io_context& context, const net::Endpoint& wanted, Socket socket)
        : configured(wanted), descriptor(context, socket.fd()), pause(context) {
      socket.release();
    }

    int fd() { return descriptor.native_handle(); }

    net::Afi afi() const { return configured.host.address.afi(); }

    net::Endpoint configured;
    boost::asio::posix::stream_descriptor descriptor;
    boost::asio::steady_timer pause;
    TtlGuard::Demand guarded;
    bool closed = false;
  };

  using EndpointPtr = std::shared_ptr<Endpoint>;

  void close(const EndpointPtr& endpoint);
  std::string open(const net::Endpoint& wanted);
  void retry_due();
  void retry(ListenFailure& failure, bool due);
  void forget_opened();
  void wait_retry();
  void set_key(const SessionOptions& options, std::string_view key);
  void set_key(int fd,
               const net::Endpoint& endpoint,
               const SessionOptions& options,
               std::string_view key);
  void guard(int fd, const net::Endpoint& endpoint, TtlGuard::Demand& guarded);
  void guard_all();

  void wait(const EndpointPtr& endpoint);
  void accept(const EndpointPtr& endpoint);
  void exhausted(const EndpointPtr& endpoint, int error);
  void hand_over(const Endpoint& endpoint, Socket socket);
  void reject(Socket socket, const net::ScopedAddress& remote);

  net::AsioLoop& loop_;
  boost::asio::io_context& context_;
  std::vector<EndpointPtr> endpoints_;
  std::vector<ListenFailure> failures_;
  boost::asio::steady_timer retry_timer_;
  std::map<const Peer*, Neighbor> neighbors_;  // looked up only: their order is that of addresses
  std::map<net::ScopedAddress, const Peer*> by_address_;
  TtlGuard ttl_guard_;
  ListenerCounters counters_;
  net::LogLimit rejected_log_limit_{std::chrono::seconds(10)};
  net::LogLimit exhausted_log_limit_{std::chrono::seconds(10)};
};

}  // namespace pipit::bgp
