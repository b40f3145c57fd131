// The handlers of commands about routes.
#pragma once

#include "control/commands.hpp"

namespace pipit::control {

Reply show_routes(const Context& context, const Arguments& arguments);
Reply show_route(const Context& context, const Arguments& arguments);
Reply explain(const Context& context, const Arguments& arguments);

}  // namespace pipit::control
