#include "config/variables.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>
#include <sys/utsname.h>

#include "net/log.hpp"

namespace pipit::config {
namespace {

using Substituted = std::expected<std::string, std::string>;

constexpr std::string_view kBegin = "${";
constexpr std::string_view kLiteral = "$${";

/// What one value may become.
constexpr std::size_t kLongestText = std::size_t{64} << 10;

std::unexpected<std::string> wrong(std::string text) {
  return std::unexpected(std::move(text));
}

bool is_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool names_secret(std::string name) {
  constexpr std::array<std::string_view, 5> kWords{"PASSWORD", "PASSWD", "SECRET", "TOKEN",
                                                   "CREDENTIAL"};
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

/// HOSTNAME is there for everybody, although shells keep it to themselves.
std::optional<std::string> value_of(const std::string& name) {
  // Nobody changes the environment of this process.
  if (const char* value = std::getenv(name.c_str())) {  // NOLINT(concurrency-mt-unsafe)
    return value;
  }
  utsname names{};
  if (name == "HOSTNAME" && ::uname(&names) == 0) {
    return names.nodename;
  }
  return std::nullopt;
}

/// `inside`: the text between "${" and "}".
Substituted expand(std::string_view inside, bool secret) {
  constexpr std::string_view kElse = ":-";
  const std::size_t separator = inside.find(kElse);
  const std::string name(inside.substr(0, separator));
  if (!is_name(name)) {
    return wrong(
        fmt::format("\"${{{}}}\" is no variable: expected ${{NAME}} or "
                    "${{NAME:-default}}; \"$${{\" stands for the text \"${{\"",
                    net::escaped(inside, 64)));
  }
  if (names_secret(name) && !secret) {
    return wrong(
        fmt::format("the variable {} is a secret by its name: such may stand in "
                    "\"password\" only, without an anchor: that is never shown",
                    net::escaped(name, 64)));
  }
  const std::optional<std::string> value = value_of(name);
  if (separator != std::string_view::npos && (!value || value->empty())) {
    const std::string_view otherwise = inside.substr(separator + kElse.size());
    if (otherwise.find(kBegin) != std::string_view::npos) {
      return wrong("no variable can stand in the default of another one");
    }
    return std::string(otherwise);
  }
  if (!value) {
    return wrong(
        fmt::format("the variable {0} is not set in the environment of this process, and "
                    "has no default as in ${{{0}:-default}}",
                    net::escaped(name, 64)));
  }
  return *value;
}

}  // namespace

bool has_variables(std::string_view text) {
  return text.find(kBegin) != std::string_view::npos;
}

Substituted substitute(std::string_view text, bool secret) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with(kLiteral)) {
      out += kBegin;
      text.remove_prefix(kLiteral.size());
      continue;
    }
    if (!text.starts_with(kBegin)) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(kBegin.size());
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) {
      return wrong(
          "\"${\" begins a variable, and there is no \"}\" to end it; \"$${\" stands for "
          "the text \"${\"");
    }
    const Substituted value = expand(text.substr(0, end), secret);
    if (!value) {
      return value;
    }
    out += *value;
    if (out.size() > kLongestText) {
      return wrong(fmt::format("variables make this longer than {} KiB", kLongestText >> 10));
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string without_variables(std::string text) {
  for (std::size_t at = text.find(kBegin); at != std::string::npos;
       at = text.find(kBegin, at + kLiteral.size())) {
    text.insert(at, 1, '$');
  }
  return text;
}

}  // namespace pipit::config
