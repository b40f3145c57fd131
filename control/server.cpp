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
#include <sys/socket.h>

#include "control/session.hpp"
#include "control/socket_file.hpp"
#include "net/log.hpp"

namespace pipit::control {
namespace asio = boost::asio;

namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::deferred);
constexpr std::chrono::milliseconds kAcceptPause{100};  // after an error, e.g. no descriptor left

uid_t user_of(Session::Socket& socket) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return static_cast<uid_t>(-1);
  }
  return credentials.uid;
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(asio::io_context& loop, ControlOptions options, Daemon daemon)
      : options_(std::move(options)), daemon_(daemon), acceptor_(loop), pause_(loop) {}

  std::expected<void, std::string> start() {
    auto socket = listen_at(options_.socket, options_.group);
    if (!socket) {
      return std::unexpected(std::move(socket.error()));
    }
    socket_ = *socket;
    acceptor_.assign(asio::local::stream_protocol(), socket_.fd);
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
      net::log(net::LogPart::Control, net::LogLevel::Warning,
               "control socket: cannot accept a client: {}", error.message());
      self->pause_.expires_after(kAcceptPause);
      co_await self->pause_.async_wait(kNoThrow);
    }
  }

  void serve(Session::Socket socket) {
    if (sessions_.size() >= kMaxClients) {
      make_room();
    }
    const Context context{daemon_.view, daemon_.commands, user_of(socket)};
    auto session = std::make_shared<Session>(
        std::move(socket), context, [self = shared_from_this()] { return ++self->ticks_; });
    sessions_.push_back(session);
    session->start([self = shared_from_this()](const std::shared_ptr<Session>& ended) {
      std::erase(self->sessions_, ended);
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

  ControlOptions options_;
  Daemon daemon_;
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  ListeningSocket socket_;
  std::vector<std::shared_ptr<Session>> sessions_;
  std::uint64_t ticks_ = 0;
};

Server::Server(asio::io_context& loop, ControlOptions options, Daemon daemon)
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
