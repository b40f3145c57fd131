// From a checked request to its answer: one handler for each command of the table in
// control/protocol/commands.hpp.
#pragma once

#include <functional>
#include <string_view>

#include "control/daemon_view.hpp"
#include "control/reply.hpp"
#include "control/request.hpp"

namespace pipit::control {

/// Who works for a request, and whose it is.
struct Context {
  DaemonView& view;
  DaemonCommands& commands;
  Requester requester{};
};

/// Takes the reply, at once or later.
using Respond = std::move_only_function<void(Reply)>;

void answer(const Context& context, const Request& request, Respond respond);

/// True when the command has a handler: for the test that the table is complete.
bool has_handler(std::string_view command);

}  // namespace pipit::control
