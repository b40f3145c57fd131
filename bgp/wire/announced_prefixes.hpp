// What an UPDATE was to announce, whatever else is wrong with it: for the memory of errors.
#pragma once

#include <vector>

#include "bgp/wire/negotiated.hpp"
#include "net/address.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

/// The prefixes of the NLRI field and of MP_REACH_NLRI, as far as they can be read out of the body
/// of an UPDATE.
std::vector<net::Prefix> announced_prefixes(net::ByteView body, const Negotiated& session);

}  // namespace pipit::bgp
