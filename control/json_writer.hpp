// Appends JSON text to a string: the answers' objects go out one after another without a document
// in memory. The caller opens and closes in order; commas are put by the writer. Members are
// written by tables of fields (control/shown.hpp).
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace pipit::control {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }

  JsonWriter& end_object() { return close('}'); }

  JsonWriter& begin_array() { return open('['); }

  JsonWriter& end_array() { return close(']'); }

  /// Any text: control characters are escaped, octets that aren't UTF-8 become U+FFFD.
  JsonWriter& value(std::string_view text);

  JsonWriter& value(const char* text) { return value(std::string_view(text)); }

  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }

  JsonWriter& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }

  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  JsonWriter& value(Number number) {
    const fmt::format_int text(number);
    return raw({text.data(), text.size()});
  }

  /// As a number.
  JsonWriter& value(std::chrono::seconds seconds) { return value(seconds.count()); }

  /// As a number of seconds, with a fraction.
  JsonWriter& value(std::chrono::microseconds time) {
    return raw(fmt::format("{}.{:06}", time.count() / 1'000'000, time.count() % 1'000'000));
  }

  /// RFC 3339 in UTC: "2026-05-01T12:00:00Z".
  JsonWriter& value(std::chrono::system_clock::time_point time);

  /// Addresses, prefixes, endpoints: whatever has a to_string() member.
  template <typename Value>
    requires requires(const Value& v) {
      { v.to_string() } -> std::same_as<std::string>;
    }
  JsonWriter& value(const Value& v) {
    return value(v.to_string());
  }

  /// null for nullopt.
  template <typename Value>
  JsonWriter& value(const std::optional<Value>& v) {
    return v ? value(*v) : raw("null");
  }

  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);

 private:
  friend class TableWriter;

  /// The name of the value that comes next, which needs no escapes. Names stand in tables of fields
  /// and nowhere else.
  JsonWriter& key(std::string_view name);
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string& out_;
  bool first_ = true;  // nothing stands yet since the last bracket or key
};

}  // namespace pipit::control
