#include "cli/parse.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/match.hpp"

namespace pipit::cli {
namespace {

using control::ArgumentKind;
using control::ArgumentSpec;
using control::CommandSpec;
using Words = std::span<const std::string>;

std::string raised(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

/// Why nothing fits, in the words of the command that came closest.
std::string explain_failure(const std::vector<Match>& matches, Words words) {
  const auto progress = [](const Match& match) {
    return std::pair(match.complete || !match.error, match.consumed);
  };
  const auto best = std::ranges::max_element(matches, std::less<>{}, progress);
  if (best->complete) {
    return best->awaits != nullptr && !best->error
               ? fmt::format("{} needs a value\nusage: pipit {}", best->awaits->key,
                             usage(*best->invocation.command))
               : *best->error;
  }
  std::vector<std::string> ways;
  std::vector<std::string> next;
  for (const Match& match : matches) {
    if (progress(match) != progress(*best)) {
      continue;
    }
    ways.push_back(usage(*match.invocation.command));
    const auto own = control::split(match.invocation.command->words, ' ');
    if (own.size() > match.consumed && !is_placeholder(own[match.consumed])) {
      next.emplace_back(own[match.consumed]);
    }
  }
  const std::string meant =
      best->error && best->consumed < words.size() ? did_you_mean(words[best->consumed], next) : "";
  if (best->error && best->consumed == 0) {
    return fmt::format("unknown command \"{}\"{}; `pipit help` lists them", words.front(), meant);
  }
  return fmt::format("{}{}; possible:\n  {}",
                     best->error ? *best->error : std::string("there is more to say"), meant,
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
    case ArgumentKind::Address:
      return "ADDRESS";
    case ArgumentKind::Range:
      return "N|N-M";
    case ArgumentKind::Group:
      return "NAME";
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
    out.groups = out.groups || spec.kind == ArgumentKind::Group;
    out.files = out.files || spec.kind == ArgumentKind::File;
    if (spec.kind == ArgumentKind::Choice || spec.kind == ArgumentKind::Neighbor) {
      for (const std::string_view choice : control::split(spec.choices, '|')) {
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
  for (const CommandSpec& command : control::command_specs()) {
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
  std::vector<Match> matches;
  std::size_t exact = 0;
  for (const CommandSpec& command : control::command_specs()) {
    Match match = match_command(command, words);
    if (!match.error) {
      exact = std::max(exact, match.exact);
      matches.push_back(std::move(match));
    }
  }
  // "show neighbor" is that, and no beginning of "show neighbors".
  for (const Match& match : matches) {
    if (match.exact == exact) {
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
