// The word that somebody probably meant, for errors in configurations and on the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pipit::net {

/// Spelling apart: "Route_Reflector Client" is "route-reflector-client".
std::string folded(std::string_view word);

/// The candidate nearest to `word` by edit distance; null when none is near.
const std::string* nearest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace pipit::net
