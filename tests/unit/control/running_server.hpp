// A control server over a fake daemon, in a thread and a directory of its own, and clients for it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "control/server.hpp"
#include "tests/unit/control/fake_daemon.hpp"

namespace pipit::control::test {

/// A directory that is removed with all it holds.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

class RunningServer {
 public:
  RunningServer();
  ~RunningServer();

  const std::string& socket() const { return socket_; }

  const TemporaryDirectory& directory() const { return directory_; }

  /// Runs in the server's thread and waits for it: the only way to the daemon while it runs.
  void with(const std::function<void(FakeDaemon&, Server&)>& action);

  /// Waits until the condition holds; false after 20 seconds.
  bool eventually(const std::function<bool(FakeDaemon&, Server&)>& condition);

 private:
  class Loop;

  TemporaryDirectory directory_;
  std::string socket_;
  FakeDaemon daemon_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

/// A blocking client; reads give up after 20 seconds.
class Connection {
 public:
  explicit Connection(const std::string& socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection(Connection&& other) noexcept;
  ~Connection();

  bool connected() const { return fd_ >= 0; }

  /// False when the server has closed the connection before all was taken.
  bool send(std::string_view octets);
  void half_close();
  /// nullopt at the end of the connection.
  std::optional<std::string> read_line();
  /// The lines up to and with the last one of an answer.
  std::vector<std::string> read_answer();

 private:
  int fd_ = -1;
  std::string input_;
};

}  // namespace pipit::control::test
