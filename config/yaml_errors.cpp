#include "config/yaml_errors.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/exceptions.h>

#include "config/node.hpp"

namespace pipit::config {
namespace {

namespace said = YAML::ErrorMsg;

struct Words {
  std::string_view theirs;  // what their message begins with
  std::string_view ours;
};

constexpr std::string_view kDirective =
    "a line that begins with \"%\" is a directive of YAML, and this one is malformed: text that "
    "begins so needs quotes";
constexpr std::string_view kTag =
    "\"!\" begins a tag of YAML, and tags mean nothing here: text that begins so needs quotes";
constexpr std::string_view kAnchor =
    "\"&\" begins an anchor of YAML, which has a name of letters and digits: text that begins so "
    "needs quotes";
constexpr std::string_view kAlias =
    "\"*\" begins an alias of YAML, which names an anchor: text that begins so, such as a pattern, "
    "needs quotes";
constexpr std::string_view kEscape =
    "this is none of the escapes that may follow \"\\\" in double quotes: write \"\\\\\" for one "
    "backslash, or use single quotes";
constexpr std::string_view kIndentedList =
    "this does not go on with the list above it: its entries begin with \"- \" in one column";
constexpr std::string_view kIndentedMapping =
    "this does not go on with the mapping above it: its keys begin in one column, each followed by "
    "\": \"";

/// Their messages are constants that no constant expression may hold.
std::span<const Words> all_words() {
  static const std::array<Words, 33> kWords{{
      {said::YAML_DIRECTIVE_ARGS, kDirective},
      {said::YAML_VERSION, kDirective},
      {said::YAML_MAJOR_VERSION, kDirective},
      {said::REPEATED_YAML_DIRECTIVE, kDirective},
      {said::TAG_DIRECTIVE_ARGS, kDirective},
      {said::REPEATED_TAG_DIRECTIVE, kDirective},
      {said::CHAR_IN_TAG_HANDLE, kTag},
      {said::TAG_WITH_NO_SUFFIX, kTag},
      {said::END_OF_VERBATIM_TAG, kTag},
      {said::MULTIPLE_TAGS, kTag},
      {said::END_OF_MAP, kIndentedMapping},
      {said::END_OF_SEQ, kIndentedList},
      {said::MULTIPLE_ANCHORS, "one value has two anchors (\"&\")"},
      {said::MULTIPLE_ALIASES, kAlias},
      {said::ALIAS_CONTENT, kAlias},
      {said::ALIAS_NOT_FOUND, kAlias},
      {said::CHAR_IN_ALIAS, kAlias},
      {said::UNKNOWN_ANCHOR,
       "no anchor of this name stands before: text that begins with \"*\", such as a pattern, is "
       "put in quotes"},
      {said::ANCHOR_NOT_FOUND, kAnchor},
      {said::CHAR_IN_ANCHOR, kAnchor},
      {said::INVALID_HEX, kEscape},
      {said::INVALID_UNICODE, kEscape},
      {said::INVALID_ESCAPE, kEscape},
      {said::UNKNOWN_TOKEN, "text cannot begin with this character: put it in quotes"},
      {said::DOC_IN_SCALAR,
       "\"---\" and \"...\" end a document: inside of text they need another column than the "
       "first"},
      {said::CHAR_IN_SCALAR, "text without quotes cannot go on here: put it in quotes"},
      {said::TAB_IN_INDENTATION, "YAML is indented by spaces, and this line by a tab"},
      {said::FLOW_END, "this closes a list or a mapping that is not open"},
      {said::BLOCK_ENTRY,
       "no entry of a list can begin here: wrong indentation, or text that needs quotes?"},
      {said::MAP_KEY, "no key can begin here: wrong indentation, or text that needs quotes?"},
      {said::MAP_VALUE,
       "this \":\" does not fit here: wrong indentation, or text that needs quotes?"},
      {said::ZERO_INDENT_IN_BLOCK, "the indentation behind \"|\" or \">\" is from 1 to 9"},
      {said::CHAR_IN_BLOCK,
       "behind \"|\" or \">\" only an indentation, \"+\" or \"-\" and a comment may stand: put "
       "text "
       "that begins so in quotes"},
  }};
  return kWords;
}

YamlFault fault_at(std::string_view text, std::size_t at, std::string message) {
  const std::string_view before = text.substr(0, at);
  const auto lines = static_cast<std::size_t>(std::ranges::count(before, '\n'));
  return {lines + 1, at - (before.find_last_of('\n') + 1) + 1, std::move(message)};
}

/// Where a quotation mark opened that nothing closes; npos when it cannot be told.
std::size_t open_quote(const YamlProgress& progress) {
  constexpr std::string_view kBefore = " \t\n[{,:-";
  const std::string_view text = progress.text;
  for (std::size_t at = progress.understood; at < text.size(); ++at) {
    const bool begins = at == 0 || kBefore.find(text[at - 1]) != std::string_view::npos;
    if (text[at] == '#' && begins) {
      at = std::min(text.find('\n', at), text.size());
    } else if ((text[at] == '"' || text[at] == '\'') && begins) {
      const std::size_t closed = text.find(text[at], at + 1);
      if (closed == std::string_view::npos) {
        return at;
      }
      at = closed;
    }
  }
  return std::string_view::npos;
}

std::string not_closed(std::string_view what, std::optional<std::size_t> line) {
  const std::string where = line ? fmt::format(" in line {}", *line) : std::string();
  return fmt::format("the {}{} is not closed before this", what, where);
}

std::string words_for(const YAML::Exception& error,
                      const YamlProgress& progress,
                      std::size_t position) {
  const std::string_view text = progress.text;
  const std::size_t line = text.substr(0, position).find_last_of('\n') + 1;
  const std::size_t first = text.find_first_not_of(" \t", line);
  if (first < position && text.substr(line, first - line).find('\t') != std::string_view::npos) {
    return "YAML is indented by spaces, and this line by a tab";
  }
  if (dynamic_cast<const YAML::DeepRecursion*>(&error) != nullptr) {
    return fmt::format("nested more than {} levels deep", kMaxDepth);
  }
  const bool list = error.msg == said::END_OF_SEQ_FLOW;
  if (list || error.msg == said::END_OF_MAP_FLOW) {
    if (text.substr(position).starts_with('{') && text.substr(0, position).ends_with('$')) {
      return "inside of [] and {} a value with ${...} needs quotes";
    }
    return list ? not_closed("list that began with \"[\"", progress.list_line)
                : not_closed("mapping that began with \"{\"", progress.mapping_line);
  }
  const std::span<const Words> all = all_words();
  const auto known = std::ranges::find_if(
      all, [&](const Words& words) { return error.msg.starts_with(words.theirs); });
  return known == all.end() ? "this is no YAML (" + error.msg + ")" : std::string(known->ours);
}

}  // namespace

YamlFault explain(const YAML::Exception& error, const YamlProgress& progress) {
  const auto position =
      std::min(static_cast<std::size_t>(std::max(error.mark.pos, 0)), progress.text.size());
  if (error.msg == said::EOF_IN_SCALAR) {
    if (const std::size_t quote = open_quote(progress); quote != std::string_view::npos) {
      return fault_at(progress.text, quote, "nothing closes the quotes that begin here");
    }
    return fault_at(progress.text, position, "the file ends inside of quotes");
  }
  std::string words = words_for(error, progress, position);
  if (error.mark.is_null()) {
    return {.message = std::move(words)};
  }
  return {static_cast<std::size_t>(error.mark.line + 1),
          static_cast<std::size_t>(error.mark.column + 1), std::move(words)};
}

}  // namespace pipit::config
