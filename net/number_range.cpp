#include "net/number_range.hpp"

#include <charconv>
#include <system_error>

namespace pipit::net {

std::optional<NumberRange> parse_range(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
  };
  const std::size_t dash = text.find('-');
  const auto low = number(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : number(text.substr(dash + 1));
  return low && high && *low <= *high ? std::optional(NumberRange{*low, *high}) : std::nullopt;
}

}  // namespace pipit::net
