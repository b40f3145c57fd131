// Groups and neighbors: who inherits what, and whether the outcome makes sense.
#pragma once

#include "config/config.hpp"
#include "config/node.hpp"
#include "config/reader.hpp"

namespace pipit::config {

inline constexpr int kMaxGroupDepth = 16;

/// Reads `groups` and `neighbors` of the whole tree into config.groups and config.neighbors.
/// config.rib.asn has been read before.
void read_neighbors(Reader& reader, const Node& root, Config& config);

}  // namespace pipit::config
