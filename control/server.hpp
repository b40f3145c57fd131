// The control socket: a Unix stream socket that answers JSON requests, one object a line
// (docs/control-protocol.md). Owned by the daemon. One event loop, no threads; an answer goes out
// in bounded parts, so that neither a long table nor a client that doesn't read holds anything up.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>

#include "control/daemon_view.hpp"
#include "control/options.hpp"

namespace pipit::net {
class AsioLoop;
}

namespace pipit::control {

class Server {
 public:
  /// What the server works for. Must outlive it, as the loop must.
  struct Daemon {
    DaemonView& view;
    DaemonCommands& commands;
  };

  /// Clients at a time. When one more comes, the one that has been quiet for longest makes room.
  static constexpr std::size_t kMaxClients = 256;

  Server(net::AsioLoop& loop, ControlOptions options, Daemon daemon);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops.
  ~Server();

  /// Makes the socket (mode 0660, and its parent directory when missing) and begins to serve. An
  /// error says why not, e.g. that another daemon listens there.
  std::expected<void, std::string> start();

  /// Ends all sessions, frees their cursors and removes the socket file. Safe inside a command that
  /// a client gave.
  void stop();

  std::size_t clients() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pipit::control
