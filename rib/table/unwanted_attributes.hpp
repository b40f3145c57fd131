// What a neighbor's `attributes:` name in a route: found and taken off by import.
//
// Attributes that import cannot take off are refused by the configuration: a route is none without
// them, or they keep routes from going round in circles.
#pragma once

#include <string>

#include "bgp/wire/attributes.hpp"

namespace pipit::rib {

/// The attributes of a route, but for ORIGIN, AS_PATH and next hop, which every route has.
bgp::AttributeCodes optional_attributes(const bgp::AttributesView& attributes);

/// Takes those of `codes` off the route.
void remove_attributes(const bgp::AttributeCodes& codes, bgp::PathAttributes& attributes);

/// "PMSI_TUNNEL, attribute 99"
std::string names_of(const bgp::AttributeCodes& codes);

}  // namespace pipit::rib
