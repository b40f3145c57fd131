// Durations as people write them: in the configuration and on the command line.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pipit::net {

/// Seconds of a text such as "30s", "5m", "2h", "1d" or "90"; nullopt: it is no duration.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace pipit::net
