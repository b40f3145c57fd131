// The kernel's counters of segments that TCP dropped, of our network namespace.
#pragma once

#include <string_view>

#include "bgp/session/connect_trouble.hpp"
#include "net/loop.hpp"

namespace pipit::bgp {

/// As they are at about `now`: read again when the last reading is older than a tenth of a second,
/// since many neighbors ask at the same time. All zero where the kernel does not tell.
SegmentDrops dropped_segments(net::TimePoint now);

/// The counters in a text of the form of /proc/net/netstat; what it does not name is zero.
SegmentDrops parse_netstat(std::string_view text);

}  // namespace pipit::bgp
