#include "control/server.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/session.hpp"
#include "control/socket_file.hpp"
#include "net/asio_loop.hpp"
#include "net/log.hpp"
#include "net/log_limit.hpp"

namespace pipit::control {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};  // after an error

Requester requester_of(Session::Socket& socket) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return {.user = static_cast<uid_t>(-1)};
  }
  return {.user = credentials.uid, .process = credentials.pid};
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(net::AsioLoop& loop, ControlOptions options, Daemon daemon)
      : loop_(loop),
        options_(std::move(options)),
        daemon_(daemon),
        acceptor_(loop.context()),
        pause_(loop.context()) {
    refill_reserve();
  }

  ~Impl() { spend_reserve(); }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::expected<void, std::string> start() {
    auto socket = listen_at(options_.socket, options_.group);
    if (!socket) {
      return std::unexpected(std::move(socket.error()));
    }
    socket_ = *socket;
    acceptor_.assign(asio::local::stream_protocol(), socket_.fd);
    acceptor_.non_blocking(true);
    asio::co_spawn(acceptor_.get_executor(), accept_loop(shared_from_this()), asio::detached);
    return {};
  }

  void stop() {
    if (!acceptor_.is_open()) {
      return;
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    remove_socket_file(options_.socket, socket_);
    for (const auto& session : std::exchange(sessions_, {})) {
      session->close();
    }
  }

  std::size_t clients() const { return sessions_.size(); }

 private:
  static asio::awaitable<void> accept_loop(std::shared_ptr<Impl> self) {
    while (self->acceptor_.is_open()) {
      auto [error, socket] = co_await self->acceptor_.async_accept(kNoThrow);
      if (!self->acceptor_.is_open()) {
        co_return;
      }
      if (!error) {
        self->serve(std::move(socket));
        continue;
      }
      if (error == asio::error::no_descriptors && self->serve_from_reserve()) {
        continue;
      }
      self->complain(error);
      self->pause_.expires_after(kAcceptPause);
      co_await self->pause_.async_wait(kNoThrow);
    }
  }

  /// Sessions may have taken every descriptor: an operator who wants to know must still get in, one
  /// at a time.
  bool serve_from_reserve() {
    if (reserve_ < 0) {
      return false;
    }
    spend_reserve();
    boost::system::error_code error;
    Session::Socket socket = acceptor_.accept(error);
    if (error) {
      refill_reserve();
      return false;
    }
    serve(std::move(socket));
    return true;
  }

  void spend_reserve() {
    if (reserve_ >= 0) {
      ::close(std::exchange(reserve_, -1));
    }
  }

  void refill_reserve() {
    if (reserve_ < 0) {
      reserve_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
  }

  void complain(const boost::system::error_code& error) {
    if (complaint_limit_.allows(loop_.now())) {
      net::log(net::LogPart::Control, net::LogLevel::Warning,
               "control socket: cannot accept a client: {}", error.message());
    }
  }

  void serve(Session::Socket socket) {
    if (sessions_.size() >= kMaxClients) {
      make_room();
    }
    const Context context{daemon_.view, daemon_.commands, requester_of(socket)};
    auto session = std::make_shared<Session>(
        loop_, std::move(socket), context, [self = shared_from_this()] { return ++self->ticks_; });
    sessions_.push_back(session);
    session->start([self = shared_from_this()](const std::shared_ptr<Session>& ended) {
      std::erase(self->sessions_, ended);
      self->refill_reserve();
    });
  }

  /// Closes the client that has been quiet for longest, one without a request before others.
  void make_room() {
    const auto quiet = std::ranges::min_element(
        sessions_, std::less<>{}, [](const std::shared_ptr<Session>& session) {
          return std::pair(!session->idle(), session->last_active());
        });
    net::log(net::LogPart::Control, net::LogLevel::Warning,
             "control socket: {} clients, closing the one that was quiet for longest",
             sessions_.size());
    const std::shared_ptr<Session> session = *quiet;
    sessions_.erase(quiet);
    session->close();
  }

  net::AsioLoop& loop_;
  ControlOptions options_;
  Daemon daemon_;
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  ListeningSocket socket_;
  std::vector<std::shared_ptr<Session>> sessions_;
  std::uint64_t ticks_ = 0;
  int reserve_ = -1;  // a descriptor to be given up for a client when there is no other
  net::LogLimit complaint_limit_{std::chrono::seconds(10)};
};

Server::Server(net::AsioLoop& loop, ControlOptions options, Daemon daemon)
    : impl_(std::make_shared<Impl>(loop, std::move(options), daemon)) {}

Server::~Server() {
  stop();
}

std::expected<void, std::string> Server::start() {
  return impl_->start();
}

void Server::stop() {
  impl_->stop();
}

std::size_t Server::clients() const {
  return impl_->clients();
}

}  // namespace pipit::control
