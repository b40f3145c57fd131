// The configuration of a simulated router, as config/ would have read it from a file.
#pragma once

#include <cstddef>

#include "config/config.hpp"
#include "tests/sim/topology.hpp"

namespace pipit::sim {

/// "3": how the neighbor r3 is called.
std::string neighbor_name(std::size_t router);

config::Config config_of(const Topology& topology, std::size_t router);

}  // namespace pipit::sim
