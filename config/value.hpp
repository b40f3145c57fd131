// A tree of plain values that knows how to print itself as YAML and as JSON.
//
// Made by the field table (effective configuration, defaults, JSON Schema), read by nobody but its
// two renderers. Keys keep their order.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipit::config {

class Value {
 public:
  using List = std::vector<Value>;
  using Map = std::vector<std::pair<std::string, Value>>;

  /// null
  Value() = default;

  Value(bool value) : data_(value) {}  // NOLINT(google-explicit-constructor): a value is a value

  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  Value(Integer value) : data_(static_cast<std::int64_t>(value)) {}

  Value(std::string text) : data_(std::move(text)) {}

  Value(std::string_view text) : data_(std::string(text)) {}

  Value(const char* text) : data_(std::string(text)) {}

  Value(List list) : data_(std::move(list)) {}

  Value(Map map) : data_(std::move(map)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }

  const std::string* text() const { return std::get_if<std::string>(&data_); }

  const List* list() const { return std::get_if<List>(&data_); }

  const Map* map() const { return std::get_if<Map>(&data_); }

  Map* map() { return std::get_if<Map>(&data_); }

  /// Null when this is no map or has no such key.
  const Value* find(std::string_view key) const;

  /// Block style, short lists of scalars on one line; ends with a newline.
  std::string to_yaml() const;

  /// One line, or indented by two columns a level.
  std::string to_json(bool indented = false) const;

  /// A scalar as it would stand in a YAML file.
  std::string scalar_to_yaml() const;

  friend bool operator==(const Value&, const Value&) = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::string, List, Map> data_;
};

}  // namespace pipit::config
