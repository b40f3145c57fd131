// Text of any octets made fit for a terminal and for UTF-8 files: what diagnostics quote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pipit::config {

/// Octets of the UTF-8 character at the start of `text`; 0 when there is none (RFC 3629 section 4).
std::size_t utf8_length(std::string_view text);

/// Octets that count as one character of a text: a UTF-8 character, or an octet that is none.
std::size_t character_length(std::string_view text);

/// How many characters a text has.
std::size_t characters(std::string_view text);

/// Valid UTF-8 without anything that steers a terminal: a tab is a blank; control characters, those
/// that turn the direction of writing, and octets that are no UTF-8 are escaped.
std::string displayed(std::string_view text);

/// Columns that displayed text takes.
std::size_t display_width(std::string_view text);

}  // namespace pipit::config
