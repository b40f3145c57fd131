#include "cli/fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/wording.hpp"

namespace pipit::cli {

using nlohmann::json;

const json& member(const json& object, std::string_view key) {
  static const json kNull;
  if (!object.is_object()) {
    return kNull;
  }
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string text(const json& object, std::string_view key, std::string_view fallback) {
  const json& value = member(object, key);
  if (value.is_string()) {
    return value.get<std::string>();
  }
  return value.is_number() ? value.dump() : std::string(fallback);
}

std::string text_or_dash(const json& object, std::string_view key) {
  std::string value = text(object, key);
  return value.empty() ? "-" : value;
}

std::uint64_t number(const json& object, std::string_view key) {
  const json& value = member(object, key);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

bool flag(const json& object, std::string_view key) {
  return member(object, key) == true;
}

std::string count_text(const json& object, std::string_view key) {
  return member(object, key).is_number() ? count(number(object, key)) : "-";
}

std::string duration_text(const json& object, std::string_view key) {
  const json& value = member(object, key);
  return value.is_number_integer() ? duration(value.get<std::int64_t>()) : "-";
}

std::string joined(const json& array, std::string_view separator) {
  std::string out;
  if (array.is_array()) {
    for (const json& element : array) {
      out += out.empty() ? "" : separator;
      out += element.is_string() ? element.get<std::string>() : element.dump();
    }
  }
  return out;
}

std::string repairs_text(const nlohmann::json& kernel) {
  const std::uint64_t missing = number(kernel, "missing");
  const std::uint64_t different = number(kernel, "different");
  const std::uint64_t leftover = number(kernel, "leftover");
  if (missing + different + leftover == 0) {
    return "";
  }
  return fmt::format("{} repaired: {} missing, {} different, {} left over",
                     plural(missing + different + leftover, "route"), count(missing),
                     count(different), count(leftover));
}

}  // namespace pipit::cli
