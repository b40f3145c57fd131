#include "control/request.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "control/json_writer.hpp"
#include "net/log.hpp"

namespace pipit::control {
namespace {

using nlohmann::json;
using Checked = std::expected<Arguments::Value, std::string>;

constexpr std::size_t kQuoted = 80;  // octets of a request that an error repeats

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::Protocol:
      return "protocol";
    case ErrorCode::Usage:
      return "usage";
    case ErrorCode::NotFound:
      return "not-found";
    case ErrorCode::Refused:
      return "refused";
  }
  return "";
}

std::unexpected<RequestError> usage(std::string text) {
  return std::unexpected(RequestError{ErrorCode::Usage, std::move(text)});
}

std::unexpected<RequestError> protocol(std::string text) {
  return std::unexpected(RequestError{ErrorCode::Protocol, std::move(text)});
}

Checked check_text(const net::ArgumentSpec& spec, const std::string& text) {
  Arguments::Value value{.text = text};
  if (spec.kind == net::ArgumentKind::Prefix) {
    const auto prefix = net::Prefix::parse(text);
    if (!prefix) {
      return std::unexpected(
          fmt::format("\"{}\" is neither a prefix nor an address", net::escaped(text, kQuoted)));
    }
    value.prefix = *prefix;
  }
  if (spec.kind == net::ArgumentKind::Choice &&
      std::ranges::count(net::split(spec.choices, '|'), text) == 0) {
    return std::unexpected(
        fmt::format("\"{}\" is none of {}", net::escaped(text, kQuoted), spec.choices));
  }
  if (text.empty() && spec.required) {
    return std::unexpected(std::string("must not be empty"));
  }
  return value;
}

Checked check_value(const net::ArgumentSpec& spec, const json& given) {
  if (spec.kind == net::ArgumentKind::Flag) {
    if (given != true) {
      return std::unexpected(std::string("can only be true"));
    }
    return Arguments::Value{};
  }
  if (spec.kind == net::ArgumentKind::Number || spec.kind == net::ArgumentKind::Duration) {
    if (!given.is_number_unsigned() || given.get<std::uint64_t>() == 0 ||
        given.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
      return std::unexpected(std::string("must be a number from 1 to 4294967295"));
    }
    return Arguments::Value{.number = given.get<std::uint32_t>()};
  }
  if (!given.is_string()) {
    return std::unexpected(std::string("must be a string"));
  }
  return check_text(spec, given.get_ref<const std::string&>());
}

std::expected<Arguments, RequestError> check_arguments(const net::CommandSpec& command,
                                                       const json& given) {
  Arguments arguments;
  for (const auto& [key, value] : given.items()) {
    const auto spec = std::ranges::find(command.arguments, key, &net::ArgumentSpec::key);
    if (spec == command.arguments.end()) {
      return usage(
          fmt::format("{} has no argument \"{}\"", command.name, net::escaped(key, kQuoted)));
    }
    auto checked = check_value(*spec, value);
    if (!checked) {
      return usage(fmt::format("{}: {} {}", command.name, spec->key, checked.error()));
    }
    arguments.set(spec->key, std::move(*checked));
  }
  for (const net::ArgumentSpec& spec : command.arguments) {
    if (spec.required && !arguments.has(spec.key)) {
      return usage(fmt::format("{} needs the argument \"{}\"", command.name, spec.key));
    }
  }
  return arguments;
}

}  // namespace

const Arguments::Value& Arguments::operator[](std::string_view key) const {
  static const Value kNone;
  const auto found = values_.find(key);
  return found == values_.end() ? kNone : found->second;
}

std::expected<Request, RequestError> parse_request(std::string_view line) {
  const json document = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) {
    return protocol("a request is one JSON object on a line: {\"command\": ..., \"args\": {...}}");
  }
  const auto name = document.find("command");
  if (name == document.end() || !name->is_string()) {
    return protocol("a request needs \"command\", a string");
  }
  for (const auto& [key, value] : document.items()) {
    if (key != "command" && key != "args") {
      return protocol(fmt::format("a request has no member \"{}\"", net::escaped(key, kQuoted)));
    }
  }
  const auto& text = name->get_ref<const std::string&>();
  const net::CommandSpec* command = net::find_command(text);
  if (command == nullptr || command->local) {
    return usage(fmt::format("unknown command \"{}\"", net::escaped(text, kQuoted)));
  }
  const auto given = document.find("args");
  if (given != document.end() && !given->is_object()) {
    return protocol("\"args\" is an object");
  }
  auto arguments = check_arguments(*command, given == document.end() ? json::object() : *given);
  if (!arguments) {
    return std::unexpected(std::move(arguments.error()));
  }
  return Request{command, std::move(*arguments)};
}

std::string error_line(const RequestError& error) {
  std::string line;
  JsonWriter json_line(line);
  json_line.begin_object().member("error", error.text);
  json_line.member("code", name_of(error.code)).end_object();
  line += '\n';
  return line;
}

}  // namespace pipit::control
