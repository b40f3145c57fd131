#include "cli/parse.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "net/address.hpp"
#include "net/duration.hpp"

namespace pipit::cli {
namespace {

using net::ArgumentKind;
using net::ArgumentSpec;
using net::CommandSpec;
using Words = std::span<const std::string>;

/// Of a time that is given.
constexpr std::chrono::hours kLongest{30 * 24};

bool is_placeholder(std::string_view word) {
  return !word.empty() && std::isupper(static_cast<unsigned char>(word.front())) != 0;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string raised(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

/// The argument that a placeholder of CommandSpec::words stands for.
const ArgumentSpec* placeholder_argument(const CommandSpec& command, std::string_view word) {
  const auto found = std::ranges::find(command.arguments, lowered(word), &ArgumentSpec::key);
  return found == command.arguments.end() ? nullptr : &*found;
}

/// One of the choices by its name or an unambiguous beginning of it.
std::expected<std::string, std::string> choose(std::string_view choices, std::string_view word) {
  std::vector<std::string_view> fitting;
  for (const std::string_view choice : net::split(choices, '|')) {
    if (choice == word) {
      return std::string(choice);
    }
    if (choice.starts_with(word)) {
      fitting.push_back(choice);
    }
  }
  if (fitting.size() == 1) {
    return std::string(fitting.front());
  }
  return std::unexpected(fmt::format("\"{}\" is none of {}", word, choices));
}

std::expected<std::string, std::string> check_value(const ArgumentSpec& spec,
                                                    const std::string& word) {
  switch (spec.kind) {
    case ArgumentKind::Choice:
      return choose(spec.choices, word);
    case ArgumentKind::Number:
      if (word.empty() || word.size() > 9 || word == "0" ||
          !std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c) != 0; })) {
        return std::unexpected(fmt::format("{} needs a number, not \"{}\"", spec.key, word));
      }
      return word;
    case ArgumentKind::Duration: {
      const auto duration = net::parse_duration(word);
      if (!duration || duration->count() < 1 || duration > kLongest) {
        return std::unexpected(
            fmt::format("{} needs a time such as 30s, 5m or 2h, not \"{}\"", spec.key, word));
      }
      return std::to_string(duration->count());
    }
    case ArgumentKind::Prefix:
      if (!net::Prefix::parse(word)) {
        return std::unexpected(fmt::format("\"{}\" is neither a prefix nor an address", word));
      }
      return word;
    case ArgumentKind::Flag:
    case ArgumentKind::Neighbor:
    case ArgumentKind::File:
    case ArgumentKind::Text:
      break;
  }
  return word;
}

/// How far a command fits the words.
struct Match {
  Invocation invocation;
  std::size_t consumed = 0;  // words
  std::size_t exact = 0;     // command words typed in full
  bool complete = false;     // all of the command's own words are there
  std::optional<std::string> error;
  const ArgumentSpec* awaits = nullptr;  // a keyword whose value is still to come
  std::string_view next;                 // the command's word that comes next, when not complete
};

/// The command's own words, placeholders included.
void match_words(const CommandSpec& command, Words words, Match& match) {
  for (const std::string_view expected : net::split(command.words, ' ')) {
    if (match.consumed == words.size()) {
      match.next = expected;
      return;
    }
    const std::string& word = words[match.consumed];
    if (is_placeholder(expected)) {
      const ArgumentSpec* spec = placeholder_argument(command, expected);
      auto value = check_value(*spec, word);
      if (!value) {
        match.error = std::move(value.error());
        return;
      }
      match.invocation.arguments.push_back({spec, std::move(*value)});
    } else if (expected.starts_with(word) && !word.empty()) {
      match.exact += expected == word ? 1 : 0;
    } else {
      match.error = fmt::format("unknown word \"{}\"", word);
      return;
    }
    ++match.consumed;
  }
  match.complete = true;
}

/// The word that stands for a flag or in front of a value: its key, with "--" where that is written
/// so.
std::string argument_word(const ArgumentSpec& spec) {
  return (spec.dashed ? "--" : "") + std::string(spec.key);
}

/// Words that may stand for arguments after the command's own: flags, keywords, choices.
std::vector<std::pair<std::string, const ArgumentSpec*>> argument_words(
    const CommandSpec& command, const Invocation& invocation) {
  std::vector<std::pair<std::string, const ArgumentSpec*>> words;
  for (const ArgumentSpec& spec : command.arguments) {
    if (invocation.find(spec.key) != nullptr) {
      continue;
    }
    if (spec.keyword || spec.kind == ArgumentKind::Flag) {
      words.emplace_back(argument_word(spec), &spec);
    } else if (spec.kind == ArgumentKind::Choice) {
      for (const std::string_view choice : net::split(spec.choices, '|')) {
        words.emplace_back(choice, &spec);
      }
    }
  }
  return words;
}

const ArgumentSpec* open_positional(const CommandSpec& command,
                                    const Invocation& invocation,
                                    ArgumentKind kind) {
  const auto spec = std::ranges::find_if(command.arguments, [&](const ArgumentSpec& candidate) {
    return candidate.kind == kind && !candidate.keyword &&
           invocation.find(candidate.key) == nullptr;
  });
  return spec == command.arguments.end() ? nullptr : &*spec;
}

/// The flag, keyword or choice that a word means.
void match_argument_word(const CommandSpec& command, const std::string& word, Match& match) {
  std::vector<std::pair<std::string, const ArgumentSpec*>> fitting;
  for (const auto& candidate : argument_words(command, match.invocation)) {
    if (candidate.first == word) {
      fitting = {candidate};
      break;
    }
    if (!word.empty() && candidate.first.starts_with(word)) {
      fitting.push_back(candidate);
    }
  }
  if (fitting.size() != 1) {
    match.error = fmt::format("{} \"{}\" in: {}", fitting.empty() ? "unexpected" : "ambiguous",
                              word, usage(command));
    return;
  }
  const auto& [text, spec] = fitting.front();
  if (spec->keyword) {
    match.awaits = spec;
  } else {
    match.invocation.arguments.push_back(
        {spec, spec->kind == ArgumentKind::Flag ? std::string() : text});
  }
}

/// The words after the command's own.
void match_arguments(const CommandSpec& command, Words words, Match& match) {
  while (match.consumed < words.size() && !match.error) {
    const std::string& word = words[match.consumed];
    Invocation& invocation = match.invocation;
    if (match.awaits != nullptr) {
      auto value = check_value(*match.awaits, word);
      if (!value) {
        match.error = std::move(value.error());
        return;
      }
      invocation.arguments.push_back({match.awaits, std::move(*value)});
      match.awaits = nullptr;
    } else if (const auto* text = open_positional(command, invocation, ArgumentKind::Text)) {
      const auto rest = words.subspan(match.consumed);
      invocation.arguments.push_back({text, fmt::format("{}", fmt::join(rest, " "))});
      match.consumed = words.size();
      return;
    } else if (const auto* prefix = open_positional(command, invocation, ArgumentKind::Prefix);
               prefix != nullptr && net::Prefix::parse(word)) {
      invocation.arguments.push_back({prefix, word});
    } else {
      match_argument_word(command, word, match);
    }
    match.consumed += match.error ? 0 : 1;
  }
}

Match match_command(const CommandSpec& command, Words words) {
  Match match{.invocation = {.command = &command}};
  match_words(command, words, match);
  if (match.complete) {
    match_arguments(command, words, match);
  }
  return match;
}

/// Why nothing fits, in the words of the command that came closest.
std::string explain_failure(const std::vector<Match>& matches, Words words) {
  const auto progress = [](const Match& match) {
    return std::pair(match.complete || !match.error, match.consumed);
  };
  const auto best = std::ranges::max_element(matches, std::less<>{}, progress);
  if (best->complete) {
    return best->awaits != nullptr && !best->error
               ? fmt::format("{} needs a value in: {}", best->awaits->key,
                             usage(*best->invocation.command))
               : *best->error;
  }
  std::vector<std::string> ways;
  for (const Match& match : matches) {
    if (progress(match) == progress(*best)) {
      ways.push_back(usage(*match.invocation.command));
    }
  }
  if (best->error && best->consumed == 0) {
    return fmt::format("unknown command \"{}\"; `pipit help` lists them", words.front());
  }
  return fmt::format("{}; possible:\n  {}",
                     best->error ? *best->error : std::string("there is more to say"),
                     fmt::join(ways, "\n  "));
}

/// What stands for a value behind its keyword.
std::string placeholder_of(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::Neighbor:
      return "NAME";
    case ArgumentKind::File:
      return "FILE";
    case ArgumentKind::Duration:
      return "TIME";
    case ArgumentKind::Prefix:
      return "PREFIX";
    case ArgumentKind::Text:
      return "TEXT";
    case ArgumentKind::Number:
    case ArgumentKind::Flag:
    case ArgumentKind::Choice:
      break;
  }
  return "N";
}

void add_argument_candidates(const Match& match, Candidates& out) {
  const auto add_kind = [&](const ArgumentSpec& spec) {
    out.neighbors = out.neighbors || spec.kind == ArgumentKind::Neighbor;
    out.files = out.files || spec.kind == ArgumentKind::File;
    if (spec.kind == ArgumentKind::Choice || spec.kind == ArgumentKind::Neighbor) {
      for (const std::string_view choice : net::split(spec.choices, '|')) {
        out.words.push_back({std::string(choice), spec.help});
      }
    }
  };
  const CommandSpec& command = *match.invocation.command;
  if (match.awaits != nullptr) {
    add_kind(*match.awaits);
  } else if (match.complete) {
    for (auto& [word, spec] : argument_words(command, match.invocation)) {
      out.words.push_back({std::move(word), spec->help});
    }
  } else if (is_placeholder(match.next)) {
    add_kind(*placeholder_argument(command, match.next));
  } else {
    out.words.push_back({std::string(match.next), command.help});
  }
}

}  // namespace

const std::string* Invocation::find(std::string_view key) const {
  const auto found =
      std::ranges::find(arguments, key, [](const Given& given) { return given.spec->key; });
  return found == arguments.end() ? nullptr : &found->value;
}

std::expected<Invocation, std::string> parse(Words words) {
  std::vector<Match> matches;
  std::vector<Match> fitting;
  for (const CommandSpec& command : net::command_specs()) {
    Match match = match_command(command, words);
    if (match.complete && !match.error && match.awaits == nullptr) {
      fitting.push_back(match);
    }
    matches.push_back(std::move(match));
  }
  if (fitting.empty()) {
    return std::unexpected(explain_failure(matches, words));
  }
  std::ranges::stable_sort(fitting, std::greater<>{}, &Match::exact);
  if (fitting.size() > 1 && fitting[0].exact == fitting[1].exact) {
    return std::unexpected(fmt::format("ambiguous: {} or {}", fitting[0].invocation.command->words,
                                       fitting[1].invocation.command->words));
  }
  return std::move(fitting.front().invocation);
}

Candidates candidates(Words words) {
  Candidates out;
  for (const CommandSpec& command : net::command_specs()) {
    const Match match = match_command(command, words);
    if (!match.error) {
      add_argument_candidates(match, out);
    }
  }
  std::ranges::stable_sort(out.words, {}, &Candidate::word);
  const auto [first, last] = std::ranges::unique(out.words, {}, &Candidate::word);
  out.words.erase(first, last);
  return out;
}

std::string usage(const CommandSpec& command) {
  std::string text(command.words);
  for (const ArgumentSpec& spec : command.arguments) {
    if (command.words.find(raised(spec.key)) != std::string_view::npos) {
      continue;
    }
    const std::string value = spec.kind == ArgumentKind::Choice ? std::string(spec.choices)
                              : spec.keyword                    ? placeholder_of(spec.kind)
                                                                : raised(spec.key);
    if (spec.kind == ArgumentKind::Flag) {
      text += fmt::format(" [{}]", argument_word(spec));
    } else if (spec.keyword) {
      text += fmt::format(" [{} {}]", argument_word(spec), value);
    } else {
      text += fmt::format(" [{}]", value);
    }
  }
  return text;
}

}  // namespace pipit::cli
