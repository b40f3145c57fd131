// The known name that somebody probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/nearest_word.hpp"

namespace pipit::config {

/// `, did you mean "neighbors"?` for the candidate nearest to `word` by edit distance; empty when
/// none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

using net::folded;

}  // namespace pipit::config
