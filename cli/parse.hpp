// Words of the command line to a command of the table in control/protocol/commands.hpp. Words may
// be shortened as long as one command remains. The same walk gives completion its candidates.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/protocol/commands.hpp"

namespace pipit::cli {

/// An argument with the value that the daemon is sent; empty for a flag.
struct Given {
  const control::ArgumentSpec* spec = nullptr;
  std::string value;
};

struct Invocation {
  const control::CommandSpec* command = nullptr;
  std::vector<Given> arguments;

  /// The value of an argument, nullptr when it was not given.
  const std::string* find(std::string_view key) const;
};

/// The command that the words mean; an error says what is wrong and what could stand there.
std::expected<Invocation, std::string> parse(std::span<const std::string> words);

/// A word that could stand next.
struct Candidate {
  std::string word;
  std::string_view help;
};

struct Candidates {
  std::vector<Candidate> words;
  bool neighbors = false;  // or a neighbor's name
  bool groups = false;     // or the name of a group
  bool files = false;      // or a file's name
};

/// What could stand after these words.
Candidates candidates(std::span<const std::string> words);

/// "show routes [PREFIX] [longer] [family ipv4-unicast|ipv6-unicast] ...".
std::string usage(const control::CommandSpec& command);

}  // namespace pipit::cli
