#include "config/value.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/variables.hpp"

namespace pipit::config {
namespace {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// True for text that a YAML reader could take for a number.
bool like_number(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool charset =
      text.find_first_not_of("0123456789.eExXoOabcdfABCDF_+-") == std::string_view::npos;
  return charset && (digit(text.front()) || text.front() == '.') &&
         std::count(text.begin(), text.end(), '.') < 3;
}

/// True for text that needs no quotes: it stays text for every YAML reader.
bool plain(std::string_view text) {
  constexpr std::array<std::string_view, 11> kWords{"true", "false", "null", "yes", "no", "on",
                                                    "off",  "y",     "n",    "nan", "inf"};
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  if (text.empty() || text.front() == '-' ||
      text.find_first_not_of(kSafe) != std::string_view::npos || like_number(text)) {
    return false;
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

std::string yaml_text(std::string_view text) {
  return plain(text) ? std::string(text) : json_string(text);
}

bool is_scalar(const Value& value) {
  return value.list() == nullptr && value.map() == nullptr;
}

/// "[a, b]" when it is a list of scalars, "{}" or a scalar that fits on a line; else empty.
std::string on_one_line(const Value& value, std::size_t room) {
  if (is_scalar(value)) {
    return value.scalar_to_yaml();
  }
  if (value.map() != nullptr) {
    return value.map()->empty() ? "{}" : "";
  }
  std::string out = "[";
  for (const Value& item : *value.list()) {
    if (!is_scalar(item)) {
      return "";
    }
    out += (out.size() > 1 ? ", " : "") + item.scalar_to_yaml();
  }
  return out.size() + 1 > room ? "" : out + ']';
}

void write_yaml(const Value& value, std::size_t indent, bool after_dash, std::string& out) {
  constexpr std::size_t kWidth = 100;
  const std::string margin(indent, ' ');
  const auto start = [&] {
    out += after_dash ? "" : margin;
    after_dash = false;
  };
  const auto nested = [&](const Value& child, bool dash) {
    const std::string line = on_one_line(child, kWidth - std::min(kWidth, indent + 20));
    if (!line.empty()) {
      out += (dash ? "" : " ") + line + '\n';
      return;
    }
    out += dash ? "" : "\n";
    write_yaml(child, indent + 2, dash, out);
  };
  if (const Value::Map* map = value.map(); map != nullptr && !map->empty()) {
    for (const auto& [key, child] : *map) {
      start();
      out += yaml_text(key) + ':';
      nested(child, false);
    }
  } else if (const Value::List* list = value.list(); list != nullptr && !list->empty()) {
    for (const Value& child : *list) {
      start();
      out += "- ";
      nested(child, true);
    }
  } else {
    start();
    out += on_one_line(value, kWidth) + '\n';
  }
}

void write_json(const Value& value, std::size_t indent, bool indented, std::string& out) {
  const auto line = [&](std::size_t depth) {
    if (indented) {
      out += '\n' + std::string(depth, ' ');
    }
  };
  if (const Value::Map* map = value.map(); map != nullptr) {
    out += '{';
    for (std::size_t i = 0; i < map->size(); ++i) {
      out += i > 0 ? "," : "";
      line(indent + 2);
      out += json_string((*map)[i].first) + (indented ? ": " : ":");
      write_json((*map)[i].second, indent + 2, indented, out);
    }
    if (!map->empty()) {
      line(indent);
    }
    out += '}';
  } else if (const Value::List* list = value.list(); list != nullptr) {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      out += i > 0 ? "," : "";
      line(indent + 2);
      write_json((*list)[i], indent + 2, indented, out);
    }
    if (!list->empty()) {
      line(indent);
    }
    out += ']';
  } else if (const std::string* text = value.text(); text != nullptr) {
    out += json_string(*text);
  } else {
    out += value.scalar_to_yaml();
  }
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  if (const Map* entries = map(); entries != nullptr) {
    for (const auto& [name, value] : *entries) {
      if (name == key) {
        return &value;
      }
    }
  }
  return nullptr;
}

std::string Value::scalar_to_yaml() const {
  if (const bool* flag = std::get_if<bool>(&data_)) {
    return *flag ? "true" : "false";
  }
  if (const std::int64_t* number = std::get_if<std::int64_t>(&data_)) {
    return std::to_string(*number);
  }
  if (const std::string* string = text()) {
    return yaml_text(without_variables(*string));
  }
  return "null";
}

std::string Value::to_yaml() const {
  std::string out;
  write_yaml(*this, 0, false, out);
  return out;
}

std::string Value::to_json(bool indented) const {
  std::string out;
  write_json(*this, 0, indented, out);
  return out;
}

}  // namespace pipit::config
