#include "config/display.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace pipit::config {
namespace {

struct Range {
  std::uint32_t low;
  std::uint32_t high;
};

/// Controls, and what turns the direction of writing or breaks a line (Unicode: Cc, Bidi_Control,
/// Zl, Zp).
constexpr std::array<Range, 6> kSteering{{{0x00, 0x1f},
                                          {0x7f, 0x9f},
                                          {0x061c, 0x061c},
                                          {0x200e, 0x200f},
                                          {0x2028, 0x202e},
                                          {0x2066, 0x2069}}};

/// Marks that stand over the character before them.
constexpr std::array<Range, 7> kNoColumn{{{0x0300, 0x036f},
                                          {0x1ab0, 0x1aff},
                                          {0x1dc0, 0x1dff},
                                          {0x200b, 0x200d},
                                          {0x20d0, 0x20ff},
                                          {0xfe00, 0xfe0f},
                                          {0xfe20, 0xfe2f}}};

/// East Asian wide characters and pictures (UAX #11).
constexpr std::array<Range, 12> kTwoColumns{{{0x1100, 0x115f},
                                             {0x2e80, 0x303e},
                                             {0x3041, 0x33ff},
                                             {0x3400, 0x4dbf},
                                             {0x4e00, 0x9fff},
                                             {0xa000, 0xa4cf},
                                             {0xac00, 0xd7a3},
                                             {0xf900, 0xfaff},
                                             {0xfe30, 0xfe4f},
                                             {0xff00, 0xff60},
                                             {0x1f300, 0x1faff},
                                             {0x20000, 0x3fffd}}};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, std::uint32_t code) {
  return std::ranges::any_of(
      ranges, [code](const Range& range) { return code >= range.low && code <= range.high; });
}

/// The code point of one UTF-8 character.
std::uint32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  if (character.size() == 1) {
    return lead;
  }
  std::uint32_t code = lead & (0xffU >> (character.size() + 1));
  for (const char c : character.substr(1)) {
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  }
  return code;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = octet(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xc2 || lead > 0xf4) {
    return 0;
  }
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  const bool overlong = (lead == 0xe0 && octet(1) < 0xa0) || (lead == 0xf0 && octet(1) < 0x90);
  const bool outside = (lead == 0xed && octet(1) > 0x9f) || (lead == 0xf4 && octet(1) > 0x8f);
  return overlong || outside ? 0 : length;
}

std::size_t character_length(std::string_view text) {
  return std::max<std::size_t>(utf8_length(text), 1);
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); text.remove_prefix(character_length(text))) {
    ++count;
  }
  return count;
}

std::string displayed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    const std::uint32_t code = code_point(character);
    if (code == '\t') {
      out += ' ';
    } else if (length == 0 || (length == 1 && in(kSteering, code))) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(character.front()));
    } else if (in(kSteering, code)) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, character_length(text));
    const std::uint32_t code = code_point(character);
    columns += in(kNoColumn, code) ? 0 : in(kTwoColumns, code) ? 2 : 1;
    text.remove_prefix(character.size());
  }
  return columns;
}

}  // namespace pipit::config
