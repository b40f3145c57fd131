// Names of what the kernel has numbers for, as `show kernel` and `explain` print them.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/netlink/route.hpp"

namespace pipit::daemon {

/// "static", or the number of a protocol without a name.
std::string protocol_name(std::uint8_t protocol);

/// "the main table", "table 100".
std::string table_words(std::uint32_t table);

/// "unicast", "blackhole".
std::string type_name(kernel::RouteType type);

}  // namespace pipit::daemon
