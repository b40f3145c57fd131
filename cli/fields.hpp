// Members of an answer as text and numbers. What a daemon of another version doesn't send, or sends
// as null, becomes the fallback: never an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace pipit::cli {

/// The member, or null.
const nlohmann::json& member(const nlohmann::json& object, std::string_view key);

/// Strings as they are, numbers in digits.
std::string text(const nlohmann::json& object,
                 std::string_view key,
                 std::string_view fallback = "-");

/// text(), with the fallback also for an empty string.
std::string text_or_dash(const nlohmann::json& object, std::string_view key);

std::uint64_t number(const nlohmann::json& object, std::string_view key);
bool flag(const nlohmann::json& object, std::string_view key);

/// A member's number in words: count() or duration(); "-" for null.
std::string count_text(const nlohmann::json& object, std::string_view key);
std::string duration_text(const nlohmann::json& object, std::string_view key);

/// The strings of an array, with the separator between.
std::string joined(const nlohmann::json& array, std::string_view separator);

/// What comparisons with the kernel found and repaired, of its member "kernel"; empty: nothing.
std::string repairs_text(const nlohmann::json& kernel);

}  // namespace pipit::cli
