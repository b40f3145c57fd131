#include "tests/sim/trace.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include <fmt/ranges.h>

#include "net/bytes.hpp"

namespace pipit::sim {
namespace {

constexpr std::size_t kHeader = 19;
constexpr std::size_t kShownBefore = 8;  // lines before a difference

std::string_view name_of(std::uint8_t type) {
  constexpr std::array<std::string_view, 6> kNames{"message",      "OPEN",      "UPDATE",
                                                   "NOTIFICATION", "KEEPALIVE", "ROUTE-REFRESH"};
  return kNames[type < kNames.size() ? type : 0];
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

void Trace::add(std::string_view line) {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(loop_.now().time_since_epoch());
  fmt::format_to(std::back_inserter(text_), "{}.{:06} {}\n", now.count() / 1'000'000,
                 now.count() % 1'000'000, line);
}

void MessageTap::take(std::string_view from,
                      std::string_view to,
                      net::ByteView octets,
                      Trace& trace) {
  if (!trace.kept()) {
    return;
  }
  pending_.insert(pending_.end(), octets.begin(), octets.end());
  while (pending_.size() >= kHeader) {
    const auto length = static_cast<std::size_t>(pending_[16] << 8 | pending_[17]);
    if (length < kHeader || pending_.size() < length) {
      return;
    }
    const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(length);
    trace.note("{} > {} {} {} octets {:02x}", from, to, name_of(pending_[18]), length,
               fmt::join(pending_.begin() + 16, end, ""));
    pending_.erase(pending_.begin(), end);
  }
}

std::string first_difference(std::string_view one, std::string_view other) {
  if (one == other) {
    return "";
  }
  const auto a = lines_of(one);
  const auto b = lines_of(other);
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) {
    ++at;
  }
  std::string text =
      fmt::format("{} and {} lines; line {} is another one\n", a.size(), b.size(), at + 1);
  for (std::size_t i = at - std::min(at, kShownBefore); i < at; ++i) {
    text += fmt::format("  {}\n", a[i]);
  }
  text += fmt::format("- {}\n+ {}\n", at < a.size() ? a[at] : "the end",
                      at < b.size() ? b[at] : "the end");
  return text;
}

}  // namespace pipit::sim
