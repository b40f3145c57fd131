#include "daemon/command_line.hpp"

#include <CLI/CLI.hpp>

namespace pipit::daemon {

Parsed parse_command_line(int count, char** arguments) {
  Parsed parsed;
  CLI::App app{"pipit: a BGP routing daemon"};
  bool check = false;
  bool schema = false;
  app.add_option("-c,--config", parsed.command_line.config_file, "Configuration file")
      ->capture_default_str();
  app.add_flag("--check", check, "Check the configuration and exit");
  app.add_flag("--print-schema", schema, "Print the JSON Schema of the configuration and exit");
  bool foreground = true;
  app.add_flag("--foreground", foreground, "Run in the foreground, which is always so");
  app.set_version_flag("-V,--version", "pipitd " PIPIT_VERSION);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    parsed.exit_status = app.exit(error) == 0 ? 0 : 2;
  }
  if (schema) {
    parsed.command_line.action = Action::PrintSchema;
  } else if (check) {
    parsed.command_line.action = Action::Check;
  }
  return parsed;
}

}  // namespace pipit::daemon
