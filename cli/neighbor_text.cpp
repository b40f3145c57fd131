#include "cli/neighbor_text.hpp"

#include <nlohmann/json.hpp>

#include "cli/fields.hpp"

namespace pipit::cli {

using nlohmann::json;

bool established(const json& neighbor) {
  return text(neighbor, "state") == "Established";
}

Style state_style(const json& neighbor) {
  return established(neighbor) ? Style::Good : flag(neighbor, "shutdown") ? Style::Dim : Style::Bad;
}

std::string state_text(const json& neighbor) {
  return text(neighbor, "state") + (flag(neighbor, "shutdown") ? " (shut down)" : "");
}

std::string since_text(const json& neighbor) {
  if (established(neighbor)) {
    return duration_text(neighbor, "uptime_seconds");
  }
  return member(neighbor, "downtime_seconds").is_number()
             ? "down " + duration_text(neighbor, "downtime_seconds")
             : "never up";
}

}  // namespace pipit::cli
