// The key `include`: finds the files, parses them, and merges their trees into one.
#pragma once

#include "config/node.hpp"

namespace pipit::config {

/// The tree of the main file with everything it includes. Errors go to the report.
NodeRef with_includes(const NodeRef& root, Report& report);

}  // namespace pipit::config
