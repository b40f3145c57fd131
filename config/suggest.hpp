// The known name that somebody probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pipit::config {

/// `, did you mean "neighbors"?` for the candidate nearest to `word` by edit distance; empty when
/// none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// Spelling apart: "Route_Reflector Client" is "route-reflector-client".
std::string folded(std::string_view word);

}  // namespace pipit::config
