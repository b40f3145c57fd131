#include "cli/layout.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/table.hpp"

namespace pipit::cli {

void line(Output& out, std::string_view label, std::string_view value) {
  if (!value.empty() && value != "-") {
    out.write(fmt::format("  {:<14} {}\n", label, printable(value)));
  }
}

void title(Output& out, std::string_view text) {
  out.write(out.styled(Style::Strong, printable(text)) + "\n");
}

void warnings(Output& out, const nlohmann::json& array, std::string_view subject) {
  if (!array.is_array()) {
    return;
  }
  for (const auto& warning : array) {
    if (warning.is_string()) {
      const auto text =
          fmt::format("! {}{}{}", subject, subject.empty() ? "" : ": ", warning.get<std::string>());
      out.write(out.styled(Style::Notice, printable(text)) + "\n");
    }
  }
}

}  // namespace pipit::cli
