#include "net/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace pipit::net {

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  constexpr std::int64_t kLargest = 1'000'000'000;
  constexpr std::array<std::pair<char, std::int64_t>, 4> kUnits{
      {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}}};
  std::int64_t factor = 1;
  for (const auto& [letter, seconds] : kUnits) {
    if (!text.empty() && text.back() == letter) {
      factor = seconds;
      text.remove_suffix(1);
      break;
    }
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool plain = !text.empty() && (text.front() != '0' || text.size() == 1);
  if (error != std::errc() || end != text.data() + text.size() || !plain || number < 0 ||
      number > kLargest) {
    return std::nullopt;
  }
  return std::chrono::seconds(number * factor);
}

}  // namespace pipit::net
