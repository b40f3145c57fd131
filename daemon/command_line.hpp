// The arguments of pipitd(8).
#pragma once

#include <optional>
#include <string>

namespace pipit::daemon {

enum class Action { Run, Check, PrintSchema };

struct CommandLine {
  Action action = Action::Run;
  std::string config_file = "/etc/pipit/pipitd.yaml";
};

/// Parses the arguments. An int instead: exit with that status; help, version or the mistake has
/// been printed.
struct Parsed {
  CommandLine command_line;
  std::optional<int> exit_status;
};

Parsed parse_command_line(int count, char** arguments);

}  // namespace pipit::daemon
