// From a checked request to its answer: one handler for each command of the table in
// net/commands.hpp.
#pragma once

#include <memory>
#include <string>

#include "control/answer.hpp"
#include "control/request.hpp"

namespace pipit::control {

/// Who works for a request, and whose it is.
struct Context {
  DaemonView& view;
  DaemonCommands& commands;
  Requester requester{};
};

/// `text` goes out first; `rest`, when there is one, makes the remainder.
struct Reply {
  std::string text;
  std::unique_ptr<Answer> rest;
};

Reply answer(const Context& context, const Request& request);

/// True when the command has a handler: for the test that the table is complete.
bool has_handler(std::string_view command);

}  // namespace pipit::control
