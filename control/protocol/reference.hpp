// docs/json.md: the reference of all that is shown, made from the tables.
#pragma once

#include <string>

namespace pipit::control {

/// The whole document.
std::string json_reference();

}  // namespace pipit::control
