// Which communities `show routes community` finds: one, or those whose fields lie in ranges.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bgp/wire/attributes.hpp"
#include "net/number_range.hpp"

namespace pipit::control {

class CommunityFilter {
 public:
  /// "65001:5", "no-export", "65001:1:2", "rt:65001:7", "generic:0x0002fde900000007"; in place of
  /// a number "*" for any or "100-199" for a range: "*:666", "65001:1:*", "rt:192.0.2.1:*".
  static std::optional<CommunityFilter> parse(std::string_view text);

  bool found_in(const bgp::AttributesView& attributes) const;

  friend bool operator==(const CommunityFilter&, const CommunityFilter&) = default;

 private:
  enum class Kind : std::uint8_t { Standard, Large, Extended, ExactExtended };

  static std::optional<CommunityFilter> parse_numbers(std::string_view text);
  static std::optional<CommunityFilter> parse_extended(std::string_view text);
  bool fits_extended(std::uint64_t community) const;

  Kind kind_ = Kind::Standard;
  std::array<net::NumberRange, 3> fields_{};
  std::uint64_t exact_ = 0;    // ExactExtended
  std::uint8_t sub_type_ = 0;  // Extended, as the next ones
  bool any_administrator_ = false;
  std::optional<std::uint32_t> address_;  // the administrator is this IPv4 address
};

}  // namespace pipit::control
