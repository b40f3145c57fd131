// The command's end of the control socket: one request, then the lines of its answer.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace pipit::cli {

class Client {
 public:
  /// An error says why the daemon can't be reached.
  static std::expected<Client, std::string> connect(const std::string& path);

  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;
  ~Client();

  /// False when the daemon has closed the connection.
  bool send(std::string_view line);

  /// The next line without its line feed; nullopt when the connection ended.
  std::optional<std::string> read_line();

 private:
  explicit Client(int fd) : fd_(fd) {}

  int fd_ = -1;
  std::string input_;
  std::size_t used_ = 0;  // octets at the front of input_ that are read
};

}  // namespace pipit::cli
