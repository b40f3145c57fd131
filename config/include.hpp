// The key `include`: finds the files, parses them, and merges their trees into one.
#pragma once

#include <optional>
#include <string>

#include "config/node.hpp"

namespace pipit::config {

/// Octets of a regular file, at most kMaxFileSize and one; nullopt with errno set when it cannot be
/// read.
std::optional<std::string> read_file(const std::string& path);

/// The tree of the main file with everything it includes. Errors go to the report.
NodeRef with_includes(const NodeRef& root, Report& report);

}  // namespace pipit::config
