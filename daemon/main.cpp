// pipitd: reads its arguments and its configuration, then hands over to the Router.
#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <sys/resource.h>

#include "config/diagnostics.hpp"
#include "config/load.hpp"
#include "config/print.hpp"
#include "daemon/command_line.hpp"
#include "daemon/last_words.hpp"
#include "daemon/router.hpp"
#include "net/log.hpp"
#include "net/standard_streams.hpp"

namespace {

constexpr int kBadConfiguration = 1;
constexpr int kCannotStart = 1;

/// Every neighbor needs a descriptor, and a limit of 1,024 is common where far more is allowed.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int run(const pipit::daemon::CommandLine& command_line) {
  namespace config = pipit::config;
  using pipit::daemon::Action;

  if (command_line.action == Action::PrintSchema) {
    fmt::print("{}\n", config::json_schema());
    return 0;
  }
  const bool check = command_line.action == Action::Check;
  auto loaded =
      config::load(command_line.config_file, check ? config::Purpose::Check : config::Purpose::Run);
  fmt::print(stderr, "{}", config::to_text(loaded ? loaded->warnings : loaded.error()));
  if (!loaded) {
    return kBadConfiguration;
  }
  if (check) {
    fmt::print("{}: configuration is good\n", command_line.config_file);
    return 0;
  }
  pipit::net::configure_log(loaded->config.log);
  if (loaded->config.log.target == pipit::net::LogTarget::Syslog) {
    pipit::daemon::last_words_to_syslog();
  }
  raise_descriptor_limit();
  pipit::daemon::Router router(command_line.config_file, std::move(*loaded));
  if (const auto started = router.start(); !started) {
    pipit::net::log(pipit::net::LogPart::Daemon, pipit::net::LogLevel::Error, "{}",
                    started.error());
    return kCannotStart;
  }
  return router.run();
}

}  // namespace

int main(int count, char** arguments) {
  pipit::daemon::speak_last_words();
  pipit::net::occupy_standard_streams();
  const auto parsed = pipit::daemon::parse_command_line(count, arguments);
  if (parsed.exit_status) {
    return *parsed.exit_status;
  }
  // A client of the control socket that goes away in mid-answer is an error of write(), not a
  // signal.
  std::signal(SIGPIPE, SIG_IGN);
  return run(parsed.command_line);
}
