#include "net/log.hpp"

#include <array>
#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

namespace pipit::net {
namespace {

constexpr std::array<std::string_view, kLogPartCount> kPartNames{"daemon", "bgp",    "rib",
                                                                 "kernel", "config", "control"};

struct Logger {
  std::shared_ptr<spdlog::logger> sink = spdlog::stderr_logger_st("pipitd");
  std::array<LogLevel, kLogPartCount> levels{};
  LogFormat format = LogFormat::Text;
  LogTarget target = LogTarget::Stderr;

  Logger() {
    levels.fill(LogLevel::Info);
    sink->set_level(spdlog::level::trace);
    sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %v");
  }
};

Logger& logger() {
  static Logger instance;
  return instance;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  return static_cast<spdlog::level::level_enum>(level);
}

/// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t utf8_sequence(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = octet(0);
  std::size_t length = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
  }
  if (length == 0 || text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF are not UTF-8 (RFC 3629 section 4).
  const unsigned char second = octet(1);
  const bool bad = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                   (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
  // C1 control characters steer terminals as C0 ones do.
  const bool control = lead == 0xc2 && second < 0xa0;
  return bad || control ? 0 : length;
}

}  // namespace

std::string_view to_string(LogLevel level) {
  constexpr std::array<std::string_view, 6> kNames{"trace",   "debug", "info",
                                                   "warning", "error", "off"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view to_string(LogPart part) {
  return kPartNames[static_cast<std::size_t>(part)];
}

std::optional<LogPart> parse_log_part(std::string_view text) {
  for (std::size_t i = 0; i < kLogPartCount; ++i) {
    if (kPartNames[i] == text) {
      return static_cast<LogPart>(i);
    }
  }
  return std::nullopt;
}

void configure_log(const LogOptions& options) {
  Logger& log = logger();
  log.format = options.format;
  log.levels.fill(options.level);
  for (const auto& [name, level] : options.levels) {
    if (const auto part = parse_log_part(name)) {
      log.levels[static_cast<std::size_t>(*part)] = level;
    }
  }
  if (options.target != log.target) {
    spdlog::drop("pipitd");
    log.target = options.target;
    log.sink = options.target == LogTarget::Syslog ? spdlog::syslog_logger_st("pipitd")
                                                   : spdlog::stderr_logger_st("pipitd");
    log.sink->set_level(spdlog::level::trace);
  }
  log.sink->set_pattern(log.format == LogFormat::Json || log.target == LogTarget::Syslog
                            ? "%v"
                            : "%Y-%m-%dT%H:%M:%S.%e%z %v");
  log.sink->flush_on(spdlog::level::trace);
}

bool log_enabled(LogPart part, LogLevel level) {
  return level >= logger().levels[static_cast<std::size_t>(part)];
}

void log_line(LogPart part, LogLevel level, std::string_view line) {
  Logger& log = logger();
  const std::string safe = escaped(line, 16384);
  if (log.format == LogFormat::Json) {
    const auto now = std::chrono::system_clock::now();
    const nlohmann::json object{
        {"time", std::chrono::duration<double>(now.time_since_epoch()).count()},
        {"level", to_string(level)},
        {"part", to_string(part)},
        {"message", safe}};
    log.sink->log(spdlog_level(level),
                  object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  log.sink->log(spdlog_level(level), "{} {}: {}", to_string(level), to_string(part), safe);
}

std::string escaped(std::string_view text, std::size_t limit) {
  text = text.substr(0, limit);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto octet = static_cast<unsigned char>(text.front());
    std::size_t length = octet >= 0x20 && octet < 0x7f ? 1 : 0;
    if (octet >= 0x80) {
      length = utf8_sequence(text);
    }
    if (length == 0) {
      out += fmt::format("\\x{:02x}", octet);
      text.remove_prefix(1);
      continue;
    }
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace pipit::net
