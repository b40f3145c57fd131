// Changes of an AS_PATH in canonical wire form that policies make.
#pragma once

#include <cstdint>

#include "bgp/wire/as_path.hpp"
#include "net/bytes.hpp"
#include "policy/number_set.hpp"

namespace pipit::policy {

/// Takes the AS numbers for private use out (RFC 6996: 64512-65534 and 4200000000-4294967294),
/// wherever they stand; segments that become empty go.
void remove_private_as(net::Bytes& path);

/// Puts `by` in the place of every AS number of the set.
void replace_as(net::Bytes& path, const NumberSet& numbers, std::uint32_t by);

}  // namespace pipit::policy
