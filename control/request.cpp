#include "control/request.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "control/render.hpp"
#include "net/log.hpp"

namespace pipit::control {
namespace {

using nlohmann::json;
using Checked = std::expected<Arguments::Value, std::string>;

constexpr std::size_t kQuoted = 80;   // octets of a request that an error repeats
constexpr std::size_t kMaxDepth = 8;  // a request that makes sense has two levels

std::unexpected<RequestError> usage(std::string text) {
  return std::unexpected(RequestError{ErrorCode::Usage, std::move(text)});
}

std::unexpected<RequestError> protocol(std::string text) {
  return std::unexpected(RequestError{ErrorCode::Protocol, std::move(text)});
}

Checked check_text(const ArgumentSpec& spec, const std::string& text) {
  Arguments::Value value{.text = text};
  if (spec.kind == ArgumentKind::Prefix) {
    const auto key = net::RouteKey::parse(text);
    if (!key) {
      return std::unexpected(
          fmt::format("\"{}\" is neither a prefix nor an address", net::escaped(text, kQuoted)));
    }
    value.key = *key;
  }
  if (spec.kind == ArgumentKind::Address) {
    const auto address = net::IpAddress::parse(text);
    if (!address) {
      return std::unexpected(fmt::format("\"{}\" is no address", net::escaped(text, kQuoted)));
    }
    value.address = *address;
  }
  if (spec.kind == ArgumentKind::Range) {
    const auto range = net::parse_range(text);
    if (!range) {
      return std::unexpected(fmt::format("\"{}\" is neither a number nor a range such as 24-28",
                                         net::escaped(text, kQuoted)));
    }
    value.range = *range;
  }
  if (spec.kind == ArgumentKind::Choice &&
      std::ranges::count(split(spec.choices, '|'), text) == 0) {
    return std::unexpected(
        fmt::format("\"{}\" is none of {}", net::escaped(text, kQuoted), spec.choices));
  }
  if (text.empty() && spec.required) {
    return std::unexpected(std::string("must not be empty"));
  }
  return value;
}

/// A value of "args" as it was given. What is inside of a list or an object is not kept: no
/// argument is one.
struct Given {
  enum class Kind : std::uint8_t { Flag, Number, Text, Other };
  Kind kind = Kind::Other;
  bool flag = false;
  std::uint64_t number = 0;
  std::string text;
};

/// Takes a request from the parser piece by piece: nothing is kept but its command and the values
/// of its arguments, however deep it is nested.
class RequestReader final : public json::json_sax_t {
 public:
  std::optional<std::string> command;
  std::map<std::string, Given> arguments;

  /// Why it is no request; else empty.
  const std::string& problem() const { return problem_; }

  bool null() override { return take({}); }

  bool boolean(bool value) override { return take({.kind = Given::Kind::Flag, .flag = value}); }

  bool number_integer(number_integer_t) override { return take({}); }

  bool number_unsigned(number_unsigned_t value) override {
    return take({.kind = Given::Kind::Number, .number = value});
  }

  bool number_float(number_float_t, const string_t&) override { return take({}); }

  bool string(string_t& value) override {
    return take({.kind = Given::Kind::Text, .text = std::move(value)});
  }

  bool binary(binary_t&) override { return refuse(kNoRequest); }

  bool start_object(std::size_t) override { return open(true); }

  bool start_array(std::size_t) override { return open(false); }

  bool end_object() override { return close(); }

  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      member_ = std::move(name);
      if (member_ != "command" && member_ != "args") {
        return refuse(
            fmt::format("a request has no member \"{}\"", net::escaped(member_, kQuoted)));
      }
    } else if (depth_ == 2) {
      argument_ = std::move(name);
    }
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return refuse(kNoRequest);
  }

 private:
  static constexpr std::string_view kNoRequest =
      "a request is one JSON object on a line: {\"command\": ..., \"args\": {...}}";

  bool refuse(std::string_view why) {
    problem_ = why;
    return false;
  }

  bool open(bool object) {
    if (depth_ == 0 && !object) {
      return refuse(kNoRequest);
    }
    if (depth_ == 1 && (member_ != "args" || !object)) {
      return refuse(member_ == "args" ? "\"args\" is an object"
                                      : "a request needs \"command\", a string");
    }
    if (depth_ == 1) {
      arguments.clear();
    } else if (depth_ == 2) {
      arguments.insert_or_assign(argument_, Given{});
    } else if (depth_ >= kMaxDepth) {
      return refuse(fmt::format("a request is nested at most {} levels deep", kMaxDepth));
    }
    ++depth_;
    return true;
  }

  bool close() {
    --depth_;
    return true;
  }

  bool take(Given value) {
    if (depth_ == 0) {
      return refuse(kNoRequest);
    }
    if (depth_ == 1 && member_ == "args") {
      return refuse("\"args\" is an object");
    }
    if (depth_ == 1 && value.kind != Given::Kind::Text) {
      return refuse("a request needs \"command\", a string");
    }
    if (depth_ == 1) {
      command = std::move(value.text);
    } else if (depth_ == 2) {
      arguments.insert_or_assign(argument_, std::move(value));
    }
    return true;
  }

  std::size_t depth_ = 0;
  std::string member_;    // the key of the request read last
  std::string argument_;  // the key of "args" read last
  std::string problem_;
};

Checked check_value(const ArgumentSpec& spec, const Given& given) {
  if (spec.kind == ArgumentKind::Flag) {
    if (given.kind != Given::Kind::Flag || !given.flag) {
      return std::unexpected(std::string("can only be true"));
    }
    return Arguments::Value{};
  }
  if (spec.kind == ArgumentKind::Number || spec.kind == ArgumentKind::Duration) {
    if (given.kind != Given::Kind::Number || given.number == 0 ||
        given.number > std::numeric_limits<std::uint32_t>::max()) {
      return std::unexpected(std::string("must be a number from 1 to 4294967295"));
    }
    return Arguments::Value{.number = static_cast<std::uint32_t>(given.number)};
  }
  if (given.kind != Given::Kind::Text) {
    return std::unexpected(std::string("must be a string"));
  }
  return check_text(spec, given.text);
}

std::expected<Arguments, RequestError> check_arguments(const CommandSpec& command,
                                                       const std::map<std::string, Given>& given) {
  Arguments arguments;
  for (const auto& [key, value] : given) {
    const auto spec = std::ranges::find(command.arguments, key, &ArgumentSpec::key);
    if (spec == command.arguments.end() || spec->local) {
      return usage(
          fmt::format("{} has no argument \"{}\"", command.name, net::escaped(key, kQuoted)));
    }
    auto checked = check_value(*spec, value);
    if (!checked) {
      return usage(fmt::format("{}: {} {}", command.name, spec->key, checked.error()));
    }
    arguments.set(spec->key, std::move(*checked));
  }
  for (const ArgumentSpec& spec : command.arguments) {
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
  RequestReader given;
  if (!json::sax_parse(line, &given)) {
    return protocol(given.problem());
  }
  if (!given.command) {
    return protocol("a request needs \"command\", a string");
  }
  const CommandSpec* command = find_command(*given.command);
  if (command == nullptr || command->local) {
    return usage(fmt::format("unknown command \"{}\"", net::escaped(*given.command, kQuoted)));
  }
  auto arguments = check_arguments(*command, given.arguments);
  if (!arguments) {
    return std::unexpected(std::move(arguments.error()));
  }
  return Request{command, std::move(*arguments)};
}

std::string error_line(const RequestError& error) {
  std::string line;
  JsonWriter json(line);
  write_row(json, error);
  line += '\n';
  return line;
}

}  // namespace pipit::control
