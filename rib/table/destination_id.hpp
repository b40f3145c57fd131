// Dense id of a destination (a prefix and all its paths) in its family's table.
#pragma once

#include <cstdint>

namespace pipit::rib {

enum class DestinationId : std::uint32_t {};
inline constexpr DestinationId kNoDestination{0xffffffff};

}  // namespace pipit::rib
