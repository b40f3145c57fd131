// The commands of the control protocol as data: names, words, arguments, help. Both ends read this
// one table: the `pipit` command parses, explains and completes by it, the daemon's control socket
// checks requests by it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pipit::control {

/// What a value of an argument may be. In JSON: Flag is true, Number and
/// Duration are numbers, else a string.
enum class ArgumentKind : std::uint8_t {
  Flag,      // its key stands alone
  Choice,    // one of ArgumentSpec::choices
  Number,    // 1 to 4,294,967,295
  Duration,  // "30s", "5m", "2h", "1d" or seconds; in JSON a number of seconds
  Prefix,    // a prefix or an address
  Address,   // an address
  Range,     // "24" or "24-28"; in JSON this text
  Neighbor,  // a neighbor's name, or one of ArgumentSpec::choices
  Group,     // the name of a group of neighbors
  File,      // a path
  Text,      // free text: all words that are left; behind a keyword one word
};

struct ArgumentSpec {
  std::string_view key;  // in the request's "args", and the keyword where there is one
  ArgumentKind kind = ArgumentKind::Text;
  bool required = false;
  bool keyword = false;           // the key stands before the value: "limit 10"
  bool dashed = false;            // typed with "--" in front of the key
  bool local = false;             // for the command itself: unknown to the daemon
  std::string_view choices = {};  // separated by '|'
  std::string_view help = {};
};

struct CommandSpec {
  std::string_view name;   // in the request's "command"
  std::string_view words;  // as typed; a word in capitals is the required argument of that key
  std::span<const ArgumentSpec> arguments;
  std::string_view help;
  bool local = false;  // answered by the command itself, unknown to the daemon
};

/// All commands, in the order of the help.
std::span<const CommandSpec> command_specs();

/// By its name in a request; nullptr when there is none.
const CommandSpec* find_command(std::string_view name);

/// The parts of a text, empty ones left out: words by ' ', choices by '|'.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace pipit::control
