// Looks for one route in what a connection still has to write. For `explain`: takes a look at every
// queued octet, some milliseconds for the longest of queues.
#pragma once

#include <cstdint>

#include "bgp/session/write_queue.hpp"
#include "net/route_key.hpp"

namespace pipit::bgp {

/// What the last queued UPDATE that names a route says of it.
enum class QueuedRoute : std::uint8_t { None, Announced, Withdrawn };

/// A message of which a part has been written is still queued.
QueuedRoute find_queued(const WriteQueue& queue, const net::RouteKey& key);

}  // namespace pipit::bgp
