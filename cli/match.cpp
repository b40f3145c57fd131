#include "cli/match.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <expected>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "net/address.hpp"
#include "net/duration.hpp"
#include "net/nearest_word.hpp"
#include "net/number_range.hpp"
#include "net/route_key.hpp"

namespace pipit::cli {
namespace {

using control::ArgumentKind;
using control::ArgumentSpec;
using control::CommandSpec;
using Words = std::span<const std::string>;

/// Of a time that is given.
constexpr std::chrono::hours kLongest{30 * 24};

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// One of the choices by its name or an unambiguous beginning of it.
std::expected<std::string, std::string> choose(std::string_view choices, std::string_view word) {
  std::vector<std::string_view> fitting;
  for (const std::string_view choice : control::split(choices, '|')) {
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
  // Half of an address family's name is the unicast one: "ipv4".
  const std::string unicast = fmt::format("{}-unicast", word);
  if (std::ranges::count(fitting, unicast) == 1) {
    return unicast;
  }
  std::vector<std::string> known;
  for (const std::string_view choice : control::split(choices, '|')) {
    known.emplace_back(choice);
  }
  return std::unexpected(
      fmt::format("\"{}\" is none of {}{}", word, choices, did_you_mean(word, known)));
}

bool is_number(std::string_view word) {
  const auto range = net::parse_range(word);
  return range && range->low != 0 && word.find('-') == std::string_view::npos;
}

std::expected<std::string, std::string> check_value(const ArgumentSpec& spec,
                                                    const std::string& word) {
  switch (spec.kind) {
    case ArgumentKind::Choice:
      return choose(spec.choices, word);
    case ArgumentKind::Number:
      if (!is_number(word)) {
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
      if (!net::RouteKey::parse(word)) {
        return std::unexpected(fmt::format("\"{}\" is neither a prefix nor an address", word));
      }
      return word;
    case ArgumentKind::Address:
      if (!net::IpAddress::parse(word)) {
        return std::unexpected(fmt::format("{} needs an address, not \"{}\"", spec.key, word));
      }
      return word;
    case ArgumentKind::Range:
      if (!net::parse_range(word)) {
        return std::unexpected(
            fmt::format("{} needs a number or a range such as 24-28, not \"{}\"", spec.key, word));
      }
      return word;
    case ArgumentKind::Flag:
    case ArgumentKind::Neighbor:
    case ArgumentKind::Group:
    case ArgumentKind::File:
    case ArgumentKind::Text:
      break;
  }
  return word;
}

/// True when a neighbor's name could stand in place of this word of the command: then the word must
/// be typed in full, or "g" would be a group.
bool rivals_a_name(const CommandSpec& command, std::size_t place) {
  const auto words = control::split(command.words, ' ');
  return std::ranges::any_of(control::command_specs(), [&](const CommandSpec& other) {
    const auto others = control::split(other.words, ' ');
    return others.size() > place && others[place] == "NAME" &&
           std::equal(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(place),
                      others.begin());
  });
}

/// The command's own words, placeholders included.
void match_words(const CommandSpec& command, Words words, Match& match) {
  for (const std::string_view expected : control::split(command.words, ' ')) {
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
    } else if (expected == word || (expected.starts_with(word) && !word.empty() &&
                                    !rivals_a_name(command, match.consumed))) {
      match.exact += expected == word ? 1 : 0;
    } else {
      match.error = fmt::format("unknown word \"{}\"", word);
      return;
    }
    ++match.consumed;
  }
  match.complete = true;
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

/// Why a word means no argument, and which one it could be.
std::string misfit(const CommandSpec& command,
                   const std::string& word,
                   const Invocation& invocation,
                   const std::vector<std::pair<std::string, const ArgumentSpec*>>& fitting) {
  std::vector<std::string> names;
  for (const auto& [name, spec] : fitting.empty() ? argument_words(command, invocation) : fitting) {
    names.push_back(name);
  }
  return fitting.empty() ? fmt::format("unexpected \"{}\"{}\nusage: pipit {}", word,
                                       did_you_mean(word, names), usage(command))
                         : fmt::format("ambiguous \"{}\": {}\nusage: pipit {}", word,
                                       fmt::join(names, " or "), usage(command));
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
    match.error = misfit(command, word, match.invocation, fitting);
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
        match.error = fmt::format("{}\nusage: pipit {}", value.error(), usage(command));
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
               prefix != nullptr && net::RouteKey::parse(word)) {
      invocation.arguments.push_back({prefix, word});
    } else {
      match_argument_word(command, word, match);
    }
    match.consumed += match.error ? 0 : 1;
  }
}

}  // namespace

bool is_placeholder(std::string_view word) {
  return !word.empty() && std::isupper(static_cast<unsigned char>(word.front())) != 0;
}

const ArgumentSpec* placeholder_argument(const CommandSpec& command, std::string_view word) {
  const auto found = std::ranges::find(command.arguments, lowered(word), &ArgumentSpec::key);
  return found == command.arguments.end() ? nullptr : &*found;
}

std::string argument_word(const ArgumentSpec& spec) {
  return (spec.dashed ? "--" : "") + std::string(spec.key);
}

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
      for (const std::string_view choice : control::split(spec.choices, '|')) {
        words.emplace_back(choice, &spec);
      }
    }
  }
  return words;
}

Match match_command(const CommandSpec& command, Words words) {
  Match match{.invocation = {.command = &command}};
  match_words(command, words, match);
  if (match.complete) {
    match_arguments(command, words, match);
  }
  return match;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* const nearest = net::nearest_word(word, candidates);
  return nearest == nullptr ? "" : fmt::format(", did you mean \"{}\"?", *nearest);
}

}  // namespace pipit::cli
