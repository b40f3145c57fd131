// A route of an answer in words, as the views of routes and of `explain` share them.
#pragma once

#include <string>

#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "control/protocol/shown_routes.hpp"

namespace pipit::cli {

using Route = Shown<control::shown::kRoute>;
using Attributes = Shown<control::shown::kAttributes>;

/// "*>=S" as far as it applies.
std::string marks(const Route& route);
Style marks_style(const Route& route);

/// "self" for a route of this router.
std::string next_hop(const Attributes& route);

/// "64512 65001 i": the path and the first letter of the origin, as operators read it.
std::string path_and_origin(const Attributes& route);

/// What refused it at import: "from-tor rejects by rule 2"; "-" when it is accepted.
std::string rejection_text(const Route& route);

/// Where that stands: "pipitd.yaml:12" or the section of an RFC; "-": nowhere.
std::string rejection_place(const Route& route);

/// All attributes on one line: "next hop 192.0.2.1, AS path 65001 i, MED 5".
std::string attributes_line(const Attributes& attributes);

/// What differs: "local preference - -> 200, communities - -> 65001:5"; empty when nothing does.
std::string attributes_change(const Attributes& before, const Attributes& after);

}  // namespace pipit::cli
