#include "config/files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/node.hpp"

namespace pipit::config {
namespace {

using Paths = std::vector<std::string>;

/// Closes on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  ~Descriptor() {
    if (fd_ >= 0) {
      const int error = errno;
      ::close(fd_);
      errno = error;
    }
  }

  int get() const { return fd_; }

 private:
  int fd_;
};

struct FolderCloser {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// A search for the names that fit a pattern, one part of it after another.
class Search {
 public:
  std::expected<Paths, std::string> run(std::string_view pattern) {
    paths_ = {pattern.starts_with('/') ? "/" : ""};
    while (!pattern.empty() && error_.empty()) {
      const std::size_t end = std::min(pattern.find('/'), pattern.size());
      if (end > 0) {
        follow(std::string(pattern.substr(0, end)));
      }
      pattern.remove_prefix(std::min(end + 1, pattern.size()));
    }
    if (!error_.empty()) {
      return std::unexpected(std::move(error_));
    }
    std::erase_if(paths_, [](const std::string& path) { return path.empty(); });
    std::ranges::sort(paths_);
    return std::move(paths_);
  }

 private:
  void follow(const std::string& part) {
    Paths found;
    for (const std::string& path : paths_) {
      const std::string folder = path.empty() || path.ends_with('/') ? path : path + '/';
      if (is_pattern(part)) {
        list(folder, part, found);
      } else {
        add_if_there(folder + part, found);
      }
      if (!error_.empty()) {
        return;
      }
    }
    paths_ = std::move(found);
  }

  void list(const std::string& folder, const std::string& part, Paths& found) {
    if (!count()) {
      return;
    }
    const char* name = folder.empty() ? "." : folder.c_str();
    const std::unique_ptr<DIR, FolderCloser> open(::opendir(name));
    if (!open) {
      // Of several folders some may be closed to us; a single one is what the pattern is about.
      if (paths_.size() == 1 && errno != ENOENT && errno != ENOTDIR) {
        error_ = fmt::format("cannot look into {}: {}", name, std::strerror(errno));
      }
      return;
    }
    while (const dirent* entry = ::readdir(open.get())) {
      if (!count()) {
        return;
      }
      if (::fnmatch(part.c_str(), entry->d_name, FNM_PERIOD) == 0) {
        found.push_back(folder + entry->d_name);
      }
    }
  }

  void add_if_there(std::string path, Paths& found) {
    struct stat status{};
    if (count() && ::lstat(path.c_str(), &status) == 0) {
      found.push_back(std::move(path));
    }
  }

  bool count() {
    if (++lookups_ > kMaxLookups) {
      error_ = fmt::format("it leads to more than {} files and folders", kMaxLookups);
    }
    return error_.empty();
  }

  Paths paths_;
  std::size_t lookups_ = 0;
  std::string error_;
};

}  // namespace

void unify_line_ends(std::string& text) {
  for (std::size_t at = text.find('\r'); at != std::string::npos; at = text.find('\r', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] != '\n') {
      text[at] = '\n';
    }
  }
}

std::optional<std::string> read_file(const std::string& path) {
  // Non-blocking: neither a FIFO without a writer nor a file of the kernel's may hold us up.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    return std::nullopt;
  }
  if (!S_ISREG(status.st_mode)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    return std::nullopt;
  }
  std::string text;
  std::array<char, 65536> chunk{};
  while (text.size() <= kMaxFileSize) {
    const ssize_t count = ::read(file.get(), chunk.data(), chunk.size());
    if (count == 0) {
      break;
    }
    if (count > 0) {
      text.append(chunk.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
  unify_line_ends(text);
  return text;
}

bool is_pattern(std::string_view name) {
  return name.find_first_of("*?[") != std::string_view::npos;
}

std::expected<Paths, std::string> find_files(const std::string& pattern) {
  return Search().run(pattern);
}

}  // namespace pipit::config
