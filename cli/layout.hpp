// Lines that the views share: "  Label       value" and warnings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/output.hpp"

namespace pipit::cli {

/// "  Label        value"; nothing when the value is empty or "-".
void line(Output& out, std::string_view label, std::string_view value);

/// A title in bold.
void title(Output& out, std::string_view text);

/// "! text" for each of the texts.
void warnings(Output& out, const std::vector<std::string>& texts);

}  // namespace pipit::cli
