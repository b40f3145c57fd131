#include "cli/neighbor_text.hpp"

namespace pipit::cli {

bool established(const Neighbor& neighbor) {
  return text(neighbor, "state") == "Established";
}

Style state_style(const Neighbor& neighbor) {
  return established(neighbor) ? Style::Good : flag(neighbor, "shutdown") ? Style::Dim : Style::Bad;
}

std::string state_text(const Neighbor& neighbor) {
  return text(neighbor, "state") + (flag(neighbor, "shutdown") ? " (shut down)" : "");
}

std::string since_text(const Neighbor& neighbor) {
  if (established(neighbor)) {
    return duration_text(neighbor, "uptime_seconds");
  }
  return has(neighbor, "downtime_seconds") ? "down " + duration_text(neighbor, "downtime_seconds")
                                           : "never up";
}

}  // namespace pipit::cli
