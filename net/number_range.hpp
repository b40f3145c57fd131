// Ranges of numbers as people write them: "24" or "24-28".
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace pipit::net {

/// Numbers from low to high, both included.
struct NumberRange {
  static constexpr std::uint32_t kHighest = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t low = 0;
  std::uint32_t high = 0;

  bool contains(std::uint32_t number) const { return number >= low && number <= high; }

  friend auto operator<=>(const NumberRange&, const NumberRange&) = default;
};

/// nullopt: it is neither a number nor a range.
std::optional<NumberRange> parse_range(std::string_view text);

}  // namespace pipit::net
