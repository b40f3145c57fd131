// The handlers of commands about neighbors: one, all, or those of a group.
#pragma once

#include "control/commands.hpp"

namespace pipit::control {

Reply show_neighbors(const Context& context, const Arguments& arguments);
Reply show_neighbor(const Context& context, const Arguments& arguments);
Reply explain_neighbor(const Context& context, const Arguments& arguments);

Reply enable_neighbor(const Context& context, const Arguments& arguments);
Reply disable_neighbor(const Context& context, const Arguments& arguments);
Reply reset_neighbor(const Context& context, const Arguments& arguments);
Reply refresh_neighbor(const Context& context, const Arguments& arguments);

/// The same with all neighbors, or with those of the argument "group".
Reply enable_neighbors(const Context& context, const Arguments& arguments);
Reply disable_neighbors(const Context& context, const Arguments& arguments);
Reply reset_neighbors(const Context& context, const Arguments& arguments);
Reply refresh_neighbors(const Context& context, const Arguments& arguments);

}  // namespace pipit::control
