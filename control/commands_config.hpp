// The handlers of commands about configurations: they answer once a file has been read.
#pragma once

#include "control/commands.hpp"

namespace pipit::control {

void show_config(const Context& context, const Arguments& arguments, Respond respond);
void reload(const Context& context, const Arguments& arguments, Respond respond);
void rollback(const Context& context, const Arguments& arguments, Respond respond);
void check(const Context& context, const Arguments& arguments, Respond respond);

}  // namespace pipit::control
