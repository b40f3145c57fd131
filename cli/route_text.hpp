// A route of an answer in words, as the views of routes and of `explain` share them.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/output.hpp"

namespace pipit::cli {

/// "*>=S" as far as it applies.
std::string marks(const nlohmann::json& route);
Style marks_style(const nlohmann::json& route);

/// "self" for a route of this router.
std::string next_hop(const nlohmann::json& route);

/// "64512 65001 i": the path and the first letter of the origin, as operators read it.
std::string path_and_origin(const nlohmann::json& route);

/// What refused it at import: "from-tor rejects by rule 2"; "-" when it is accepted.
std::string rejection_text(const nlohmann::json& route);

/// Where that stands: "pipitd.yaml:12" or the section of an RFC; "-": nowhere.
std::string rejection_place(const nlohmann::json& route);

/// All attributes on one line: "next hop 192.0.2.1, AS path 65001 i, MED 5".
std::string attributes_line(const nlohmann::json& attributes);

/// What differs: "local preference - -> 200, communities - -> 65001:5"; empty when nothing does.
std::string attributes_change(const nlohmann::json& before, const nlohmann::json& after);

}  // namespace pipit::cli
