// Lines that the views share: "  Label       value" and warnings.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "cli/output.hpp"

namespace pipit::cli {

/// "  Label        value"; nothing when the value is empty or "-".
void line(Output& out, std::string_view label, std::string_view value);

/// A title in bold.
void title(Output& out, std::string_view text);

/// "! text" for each string of the array; `subject` in front when not empty.
void warnings(Output& out, const nlohmann::json& array, std::string_view subject = {});

}  // namespace pipit::cli
