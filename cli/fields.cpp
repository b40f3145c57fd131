#include "cli/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/wording.hpp"

namespace pipit::cli {

using nlohmann::json;

namespace raw {

const json& member(const json& object, std::string_view name) {
  static const json kNull;
  if (!object.is_object()) {
    return kNull;
  }
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text(const json& object, std::string_view name, std::string_view fallback) {
  const json& value = member(object, name);
  if (value.is_string()) {
    return value.get<std::string>();
  }
  return value.is_number() ? value.dump() : std::string(fallback);
}

std::uint64_t number(const json& object, std::string_view name) {
  const json& value = member(object, name);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

bool flag(const json& object, std::string_view name) {
  return member(object, name) == true;
}

bool has(const json& object, std::string_view name) {
  return !member(object, name).is_null();
}

std::string count_text(const json& object, std::string_view name) {
  return member(object, name).is_number() ? count(number(object, name)) : "-";
}

std::string duration_text(const json& object, std::string_view name) {
  const json& value = member(object, name);
  return value.is_number_integer() ? duration(value.get<std::int64_t>()) : "-";
}

std::optional<double> seconds(const json& object, std::string_view name) {
  const json& value = member(object, name);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::vector<std::string> texts(const json& object, std::string_view name) {
  std::vector<std::string> found;
  for (const json* element : elements(object, name)) {
    found.push_back(element->is_string() ? element->get<std::string>() : element->dump());
  }
  return found;
}

std::vector<const json*> elements(const json& object, std::string_view name) {
  std::vector<const json*> found;
  if (const json& list = member(object, name); list.is_array()) {
    for (const json& element : list) {
      found.push_back(&element);
    }
  }
  return found;
}

std::vector<std::pair<std::string, const json*>> named(const json& object, std::string_view name) {
  std::vector<std::pair<std::string, const json*>> found;
  if (const json& map = member(object, name); map.is_object()) {
    for (const auto& [key, value] : map.items()) {
      found.emplace_back(key, &value);
    }
  }
  return found;
}

bool is_object(const json& value) {
  return value.is_object();
}

}  // namespace raw

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  return fmt::format("{}", fmt::join(texts, separator));
}

std::string repairs_text(const Shown<control::shown::kKernel>& kernel) {
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
