// The file of a Unix socket: made with the right owner and mode, taken over from a daemon that is
// gone, removed when it is still ours.
#pragma once

#include <expected>
#include <string>

#include <sys/types.h>

namespace pipit::control {

/// A listening socket and the identity of its file.
struct ListeningSocket {
  int fd = -1;
  dev_t device = 0;
  ino_t inode = 0;
};

/// Binds and listens at `path`, mode 0660, group `group` when it exists (a log line says when not).
/// Makes the parent directory when missing. A socket file that nobody listens at is replaced; one
/// that somebody does, or anything that isn't a socket, is an error.
std::expected<ListeningSocket, std::string> listen_at(const std::string& path,
                                                      const std::string& group);

/// Removes the file unless another one stands in its place by now.
void remove_socket_file(const std::string& path, const ListeningSocket& socket);

}  // namespace pipit::control
