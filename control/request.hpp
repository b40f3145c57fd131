// A request line of the control protocol, read and checked against the command table: an unknown
// command, an unknown argument, a value of the wrong kind are errors here, so that handlers only
// see what the table allows.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "control/protocol/commands.hpp"
#include "net/address.hpp"
#include "net/number_range.hpp"
#include "net/route_key.hpp"

namespace pipit::control {

/// The words of "code" in an error answer.
enum class ErrorCode : std::uint8_t { Protocol, Usage, NotFound, Refused };

struct RequestError {
  ErrorCode code = ErrorCode::Usage;
  std::string text;
};

/// Checked arguments by key.
class Arguments {
 public:
  struct Value {
    std::string text;          // of every kind but Flag and Number
    std::uint32_t number = 0;  // of a Number
    net::RouteKey key;         // of a Prefix
    net::IpAddress address;    // of an Address
    net::NumberRange range;    // of a Range
  };

  void set(std::string_view key, Value value) { values_.insert_or_assign(key, std::move(value)); }

  bool has(std::string_view key) const { return values_.contains(key); }

  /// The value of a key that is there, else an empty one.
  const Value& operator[](std::string_view key) const;

 private:
  std::map<std::string_view, Value> values_;  // the keys are the command table's
};

struct Request {
  const CommandSpec* command = nullptr;
  Arguments arguments;
};

/// Reads one line. Code Protocol means that it was no request at all: the session should end.
std::expected<Request, RequestError> parse_request(std::string_view line);

/// {"error":"...","code":"..."} and a line feed.
std::string error_line(const RequestError& error);

}  // namespace pipit::control
