// Logging by part of the daemon, over spdlog. Lines are for people: who first, then what, in words.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace pipit::net {

enum class LogLevel : std::uint8_t { Trace, Debug, Info, Warning, Error, Off };
enum class LogFormat : std::uint8_t { Text, Json };
enum class LogTarget : std::uint8_t { Stderr, Syslog };

/// The parts of the daemon that have a level of their own.
enum class LogPart : std::uint8_t { Daemon, Bgp, Rib, Kernel, Config, Control };
inline constexpr std::size_t kLogPartCount = 6;

struct LogOptions {
  LogLevel level = LogLevel::Info;
  LogTarget target = LogTarget::Stderr;
  LogFormat format = LogFormat::Text;
  std::map<std::string, LogLevel>
      levels;  // by part name: daemon, bgp, rib, kernel, config, control

  friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

std::string_view to_string(LogLevel level);
std::string_view to_string(LogPart part);
std::optional<LogPart> parse_log_part(std::string_view text);

/// Applies options; may be called again at a reload.
void configure_log(const LogOptions& options);

/// True when a line of that level would be written: ask before formatting something expensive.
bool log_enabled(LogPart part, LogLevel level);

/// Writes one line. Control characters in it are escaped, so that text from the network cannot
/// forge lines.
void log_line(LogPart part, LogLevel level, std::string_view line);

template <typename... Args>
void log(LogPart part, LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(part, level)) {
    log_line(part, level, fmt::format(format, std::forward<Args>(args)...));
  }
}

/// Text with control characters, quotes and invalid UTF-8 made visible as \xNN; at most `limit`
/// octets are taken.
std::string escaped(std::string_view text, std::size_t limit = 1024);

}  // namespace pipit::net
