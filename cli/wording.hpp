// Values as people read them: durations, counts, octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pipit::cli {

/// "45s", "3m12s", "2h05m", "1d02h".
std::string duration(std::int64_t seconds);

/// "1,234,567".
std::string count(std::uint64_t number);

/// "1 route", "2 routes": with count() and the plural's "s".
std::string plural(std::uint64_t number, const char* noun);

/// "512 B", "12.3 MiB".
std::string octets(std::uint64_t number);

/// At most `most` octets of the text, "..." at the end when more is left out; cut between
/// characters.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace pipit::cli
