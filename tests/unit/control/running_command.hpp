// The pipit command as a process, with its output in files or on a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/unit/control/running_server.hpp"

namespace pipit::control::test {

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs the command with its output in files.
Outcome run(const std::vector<std::string>& arguments);
Outcome run(const RunningServer& server, std::vector<std::string> arguments);

/// Runs it on a terminal so many columns wide and high enough for no pager; both outputs in `out`,
/// with LF for the terminal's CR LF.
Outcome run_on_terminal(const RunningServer& server,
                        std::vector<std::string> arguments,
                        unsigned short columns);

/// The document of `pipit --json`.
nlohmann::json document(const RunningServer& server,
                        std::vector<std::string> arguments,
                        int status = 0);

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace pipit::control::test
