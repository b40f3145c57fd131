#include "cli/client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace pipit::cli {

std::expected<Client, std::string> Client::connect(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return std::unexpected(fmt::format("\"{}\" can't be a socket's path", path));
  }
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (fd < 0 || ::connect(fd, generic, sizeof address) != 0) {
    const int error = errno;
    if (fd >= 0) {
      ::close(fd);
    }
    const char* hint = error == EACCES ? "; are you root or in the socket's group?"
                       : error == ENOENT || error == ECONNREFUSED ? "; is pipitd running?"
                                                                  : "";
    return std::unexpected(fmt::format("no daemon at {}: {}{}", path, std::strerror(error), hint));
  }
  return Client(fd);
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)), used_(other.used_) {}

Client::~Client() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

bool Client::send(std::string_view line) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t count = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) {
      return false;
    }
    rest.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return true;
}

std::optional<std::string> Client::read_line() {
  std::size_t searched = used_;
  while (true) {
    const std::size_t end = input_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = input_.substr(used_, end - used_);
      used_ = end + 1;
      return line;
    }
    input_.erase(0, used_);
    used_ = 0;
    searched = input_.size();
    std::array<char, 64 * 1024> part;
    const ssize_t count = ::read(fd_, part.data(), part.size());
    if (count > 0) {
      input_.append(part.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return std::nullopt;
    }
  }
}

}  // namespace pipit::cli
