// How far the words of a command line fit one command of the table: what parsing, completion and
// errors are made from.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/parse.hpp"

namespace pipit::cli {

/// How far a command fits the words.
struct Match {
  Invocation invocation;
  std::size_t consumed = 0;  // words
  std::size_t exact = 0;     // command words typed in full
  bool complete = false;     // all of the command's own words are there
  std::optional<std::string> error;
  const control::ArgumentSpec* awaits = nullptr;  // a keyword whose value is still to come
  std::string_view next;  // the command's word that comes next, when not complete
};

Match match_command(const control::CommandSpec& command, std::span<const std::string> words);

/// True for a word of CommandSpec::words that stands for an argument.
bool is_placeholder(std::string_view word);

/// The argument whose value the user types in place of `word`, one of CommandSpec::words that
/// is_placeholder(); nullptr: the command has none of that name.
const control::ArgumentSpec* placeholder_argument(const control::CommandSpec& command,
                                                  std::string_view word);

/// The word that stands for a flag or in front of a value: its key, with "--" where that is written
/// so.
std::string argument_word(const control::ArgumentSpec& spec);

/// Words that may stand for arguments after the command's own: flags, keywords, choices.
std::vector<std::pair<std::string, const control::ArgumentSpec*>> argument_words(
    const control::CommandSpec& command, const Invocation& invocation);

/// `, did you mean "next-hop"?` for the nearest of the words; empty when none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace pipit::cli
