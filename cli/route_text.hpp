// A route of an answer in words, as the views of routes and of `explain` share them.
#pragma once

#include <string>

#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "control/protocol/shown_routes.hpp"

namespace pipit::cli {

using Route = Shown<control::shown::kRoute>;
using Attributes = Shown<control::shown::kAttributes>;
using Destination = Shown<control::shown::kRouteKey>;

/// "10.0.0.0/8"; of a VPN "65000:1:10.0.0.0/8", "65000:1:[2001:db8::]/32": as commands take it.
std::string destination(const Destination& route);

/// "*>=S" as far as it applies.
std::string marks(const Route& route);
Style marks_style(const Route& route);

/// "self" for a route of this router; with the label where it has one: "192.0.2.1 label 16".
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
