// Reading a file that a client of the control socket names. The daemon may have more rights than
// its client, so it reads only what the client could have read itself.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include <sys/types.h>

#include "control/daemon_view.hpp"

namespace pipit::control {

/// A configuration larger than this isn't read.
inline constexpr std::size_t kMaxCheckedFile = 16 * 1024 * 1024;

/// The content of a regular file that `user` may read: root, its owner, or anybody when everybody
/// may. Never blocks on anything but a disk.
std::expected<std::string, Refusal> read_checked_file(const std::string& path, uid_t user);

}  // namespace pipit::control
