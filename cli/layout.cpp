#include "cli/layout.hpp"

#include <fmt/format.h>

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

void warnings(Output& out, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    out.write(out.styled(Style::Notice, printable("! " + text)) + "\n");
  }
}

}  // namespace pipit::cli
