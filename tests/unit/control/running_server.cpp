#include "tests/unit/control/running_server.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/asio_loop.hpp"
#include "tests/unit/catch.hpp"

namespace pipit::control::test {

namespace asio = boost::asio;

namespace {

constexpr int kPatience = 20;  // seconds

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "pipit-control-XXXXXX";
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

class RunningServer::Loop {
 public:
  net::AsioLoop loop;
  asio::executor_work_guard<asio::io_context::executor_type> work{loop.context().get_executor()};
};

RunningServer::RunningServer()
    : socket_(directory_.path("run/pipit.sock")), loop_(std::make_unique<Loop>()) {
  server_ = std::make_unique<Server>(loop_->loop, ControlOptions{socket_, ""},
                                     Server::Daemon{daemon_, daemon_});
  REQUIRE(server_->start());
  thread_ = std::thread([this] { loop_->loop.run(); });
}

RunningServer::~RunningServer() {
  with([this](FakeDaemon&, Server&) {
    server_.reset();
    loop_->work.reset();
  });
  thread_.join();
}

void RunningServer::with(const std::function<void(FakeDaemon&, Server&)>& action) {
  std::promise<void> done;
  asio::post(loop_->loop.context(), [&] {
    action(daemon_, *server_);
    done.set_value();
  });
  done.get_future().wait();
}

bool RunningServer::eventually(const std::function<bool(FakeDaemon&, Server&)>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kPatience);
  bool holds = false;
  while (!holds && std::chrono::steady_clock::now() < end) {
    with([&](FakeDaemon& daemon, Server& server) { holds = condition(daemon, server); });
  }
  return holds;
}

Connection::Connection(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{kPatience, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (::connect(fd_, generic, sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

Connection::Connection(Connection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}

Connection::~Connection() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

bool Connection::send(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t count = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void Connection::half_close() {
  ::shutdown(fd_, SHUT_WR);
}

std::optional<std::string> Connection::read_line() {
  while (input_.find('\n') == std::string::npos) {
    std::array<char, 4096> part{};
    const ssize_t count = ::read(fd_, part.data(), part.size());
    if (count <= 0) {
      return std::nullopt;
    }
    input_.append(part.data(), static_cast<std::size_t>(count));
  }
  const std::size_t end = input_.find('\n');
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 1);
  return line;
}

std::vector<std::string> Connection::read_answer() {
  std::vector<std::string> lines;
  while (auto line = read_line()) {
    lines.push_back(std::move(*line));
    if (lines.back().starts_with("{\"done\":") || lines.back().starts_with("{\"error\":")) {
      break;
    }
  }
  return lines;
}

}  // namespace pipit::control::test
