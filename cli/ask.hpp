// One question to the daemon: sends the request, shows the answer as text or as one JSON document.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output.hpp"
#include "cli/parse.hpp"

namespace pipit::cli {

/// What the process ends with.
enum class Exit : std::uint8_t { Done = 0, Refused = 1, Usage = 2, Unreachable = 3 };

/// $PIPIT_SOCKET, else where pipitd listens when its configuration says nothing else.
std::string default_socket();

struct AskOptions {
  std::string socket = default_socket();
  bool json = false;
};

/// Asks and prints; errors go to standard error, or into the document.
Exit ask(const Invocation& invocation, const AskOptions& options, Output& out);

/// Reports an error that happened before anything was printed.
Exit fail(Exit status, std::string_view text, const AskOptions& options, Output& out);

/// The names of the daemon's neighbors; empty when it can't be reached.
std::vector<std::string> neighbor_names(const std::string& socket);

/// Likewise of the groups that neighbors are in.
std::vector<std::string> group_names(const std::string& socket);

}  // namespace pipit::cli
