// What an UPDATE was to announce, whatever else is wrong with it: for the memory of errors.
#pragma once

#include <vector>

#include "bgp/wire/negotiated.hpp"
#include "net/bytes.hpp"
#include "net/route_key.hpp"

namespace pipit::bgp {

/// The routes of the NLRI field and of MP_REACH_NLRI, as far as they can be read out of the body
/// of an UPDATE.
std::vector<net::RouteKey> announced_routes(net::ByteView body, const Negotiated& session);

}  // namespace pipit::bgp
