// A neighbor of an answer in words, as the views of one and of all share them.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/output.hpp"

namespace pipit::cli {

bool established(const nlohmann::json& neighbor);

Style state_style(const nlohmann::json& neighbor);

/// "Idle (shut down)".
std::string state_text(const nlohmann::json& neighbor);

/// "1d02h" when up, "down 3m12s" or "never up" when not.
std::string since_text(const nlohmann::json& neighbor);

}  // namespace pipit::cli
