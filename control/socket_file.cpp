#include "control/socket_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/log.hpp"

namespace pipit::control {
namespace {

constexpr mode_t kMode = 0660;
constexpr mode_t kMaskWhileBinding = 0177;  // nobody else until group and mode are right

std::unexpected<std::string> failed(std::string_view what, const std::string& path) {
  return std::unexpected(fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path ||
      path.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

/// True when a process accepts connections there.
bool somebody_listens(const sockaddr_un& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return true;  // unknown: leave the file alone
  }
  const bool refused = ::connect(fd, generic(address), sizeof address) != 0 &&
                       (errno == ECONNREFUSED || errno == ENOENT);
  ::close(fd);
  return !refused;
}

std::expected<void, std::string> make_way(const std::string& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) {
      return failed("cannot look at", path);
    }
    return {};
  }
  if (!S_ISSOCK(status.st_mode)) {
    return std::unexpected(fmt::format("{} is there and not a socket", path));
  }
  if (somebody_listens(address)) {
    return std::unexpected(fmt::format("another daemon listens at {}", path));
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return failed("cannot remove the stale", path);
  }
  return {};
}

std::expected<void, std::string> make_parent(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty() && !std::filesystem::is_directory(parent, error)) {
    std::filesystem::create_directories(parent, error);
    if (error) {
      return std::unexpected(
          fmt::format("cannot make the directory {}: {}", parent.string(), error.message()));
    }
  }
  return {};
}

void give_to_group(const std::string& path, const std::string& group) {
  if (group.empty()) {
    return;
  }
  ::group entry{};
  ::group* found = nullptr;
  std::array<char, 16 * 1024> buffer{};
  ::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    net::log(net::LogPart::Control, net::LogLevel::Info,
             "control socket {}: there is no group \"{}\", only the daemon's own user may use it",
             path, group);
  } else if (::lchown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) {
    net::log(net::LogPart::Control, net::LogLevel::Warning,
             "control socket {}: cannot give it to the group {}: {}", path, group,
             std::strerror(errno));
  }
}

/// Binds, sets owner and mode, listens. The caller closes fd on an error.
std::expected<ListeningSocket, std::string> open_at(int fd,
                                                    const std::string& path,
                                                    const std::string& group) {
  const auto address = address_of(path);
  const mode_t mask = ::umask(kMaskWhileBinding);
  const int bound = ::bind(fd, generic(*address), sizeof *address);
  ::umask(mask);
  if (bound != 0) {
    return failed("cannot bind", path);
  }
  ListeningSocket socket{.fd = fd};
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0) {
    socket.device = status.st_dev;
    socket.inode = status.st_ino;
  }
  give_to_group(path, group);
  if (::chmod(path.c_str(), kMode) != 0 || ::listen(fd, SOMAXCONN) != 0) {
    auto error = failed("cannot listen at", path);
    remove_socket_file(path, socket);
    return error;
  }
  return socket;
}

}  // namespace

std::expected<ListeningSocket, std::string> listen_at(const std::string& path,
                                                      const std::string& group) {
  const auto address = address_of(path);
  if (!address) {
    return std::unexpected(fmt::format("\"{}\" can't be a socket's path (1 to {} octets)",
                                       net::escaped(path), sizeof address->sun_path - 1));
  }
  if (auto made = make_parent(path); !made) {
    return std::unexpected(std::move(made.error()));
  }
  if (auto free = make_way(path, *address); !free) {
    return std::unexpected(std::move(free.error()));
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return failed("cannot make a socket for", path);
  }
  auto socket = open_at(fd, path, group);
  if (!socket) {
    ::close(fd);
  }
  return socket;
}

void remove_socket_file(const std::string& path, const ListeningSocket& socket) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0 && status.st_dev == socket.device &&
      status.st_ino == socket.inode) {
    ::unlink(path.c_str());
  }
}

}  // namespace pipit::control
