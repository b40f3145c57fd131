// BGP identifiers that are worked out of a text, for hosts without an IPv4 address.
#pragma once

#include <cstdint>
#include <string_view>

namespace pipit::config {

/// The same number for the same text in every version, in the range that every speaker takes for a
/// unicast address: two texts of a network of 1,000 routers meet with a probability of about 1 in
/// 7,000. In host byte order.
std::uint32_t hashed_identifier(std::string_view text);

}  // namespace pipit::config
