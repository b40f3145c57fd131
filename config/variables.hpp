// Variables in the values of a configuration: ${NAME} and ${NAME:-default}, out of the environment
// of the process.
//
// Called by parse_yaml() for each scalar that is a value, after YAML was read: what a variable
// stands for is text and nothing else.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace pipit::config {

/// True when substitute() would change the text or refuse it.
bool has_variables(std::string_view text);

/// The text with its variables replaced and "$${" turned into "${". An error says what is wrong. A
/// variable whose name says that it is a secret is refused unless the value is one.
std::expected<std::string, std::string> substitute(std::string_view text, bool secret);

/// The text as it must be written for substitute() to give it back.
std::string without_variables(std::string text);

}  // namespace pipit::config
