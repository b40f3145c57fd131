// What the field table prints: the effective configuration, the JSON Schema, and the reference part
// of pipitd.yaml(5).
#pragma once

#include <string>

#include "config/config.hpp"

namespace pipit::config {

/// The effective configuration, defaults included, secrets as "<hidden>": a file that says the
/// same. Included files are part of it.
std::string to_yaml(const Config& config);

/// The same as one JSON object on one line.
std::string to_json(const Config& config);

/// A JSON Schema (draft 2020-12) of the file.
std::string json_schema();

/// Every key with its meaning, type, default and what a reload does about a change, as a section of
/// scdoc source.
std::string reference();

/// What a reload does about a change of each key, as a JSON array of {"key", "effects"}. A mapping
/// of keys has a row of its own only where an empty one means something.
std::string change_table();

}  // namespace pipit::config
