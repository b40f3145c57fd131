#include "control/checked_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pipit::control {
namespace {

/// Closes on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Refusal> refused(const std::string& path, std::string_view why) {
  return std::unexpected(Refusal{Refusal::Kind::Refused, fmt::format("{}: {}", path, why)});
}

bool may_read(const struct stat& status, uid_t user) {
  return user == 0 || user == ::geteuid() || (status.st_mode & S_IROTH) != 0 ||
         (status.st_uid == user && (status.st_mode & S_IRUSR) != 0);
}

}  // namespace

std::expected<std::string, Refusal> read_checked_file(const std::string& path, uid_t user) {
  if (path.find('\0') != std::string::npos) {
    return refused("the path", "holds a zero octet");
  }
  // Non-blocking: a FIFO without a writer must not hold the daemon up.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) {
    return std::unexpected(
        Refusal{errno == ENOENT ? Refusal::Kind::NotFound : Refusal::Kind::Refused,
                fmt::format("{}: {}", path, std::strerror(errno))});
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return refused(path, "not a regular file");
  }
  if (!may_read(status, user)) {
    return refused(path, "you may not read this file; `pipitd --check` checks it as another user");
  }
  std::string text;
  std::array<char, 64 * 1024> part{};
  while (text.size() <= kMaxCheckedFile) {
    const ssize_t count = ::read(file.get(), part.data(), part.size());
    if (count == 0) {
      return text;
    }
    if (count > 0) {
      text.append(part.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return refused(path, std::strerror(errno));
    }
  }
  return refused(path, "larger than 16 MiB");
}

}  // namespace pipit::control
