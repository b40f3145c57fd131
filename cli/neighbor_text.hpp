// A neighbor of an answer in words, as the views of one and of all share them.
#pragma once

#include <string>

#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "control/protocol/shown_neighbors.hpp"

namespace pipit::cli {

using Neighbor = Shown<control::shown::kNeighbor>;

bool established(const Neighbor& neighbor);

Style state_style(const Neighbor& neighbor);

/// "Idle (shut down)".
std::string state_text(const Neighbor& neighbor);

/// "1d02h" when up, "down 3m12s" or "never up" when not.
std::string since_text(const Neighbor& neighbor);

}  // namespace pipit::cli
