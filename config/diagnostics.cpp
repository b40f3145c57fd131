#include "config/diagnostics.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config/display.hpp"

namespace pipit::config {
namespace {

constexpr std::size_t kExcerptBefore = 70;  // characters of a long line shown before the caret
constexpr std::size_t kExcerptLength = 140;

/// `count` characters of the text from the character `from`.
std::string_view part(std::string_view text, std::size_t from, std::size_t count) {
  const auto skip = [](std::string_view rest, std::size_t number) {
    for (; number > 0 && !rest.empty(); --number) {
      rest.remove_prefix(character_length(rest));
    }
    return rest;
  };
  const std::string_view begin = skip(text, from);
  return begin.substr(0, begin.size() - skip(begin, count).size());
}

/// Stars over what stands behind the key `password`: diagnostics end up in logs.
std::string without_secrets(std::string line) {
  constexpr std::string_view kKey = "password";
  for (std::size_t at = line.find(kKey); at != std::string::npos; at = line.find(kKey, at)) {
    at += kKey.size();
    std::size_t from = line.find_first_not_of("\"' ", at);
    if (from == std::string::npos || line[from] != ':') {
      continue;
    }
    from = std::min(line.find_first_not_of(": ", from), line.size());
    const char quote = from < line.size() ? line[from] : ' ';
    const std::size_t end =
        quote == '"' || quote == '\'' ? line.find(quote, from + 1) : line.find_first_of(",}", from);
    const std::size_t stop = std::min(end, line.size());
    line.replace(from, stop - from, characters(std::string_view(line).substr(from, stop - from)),
                 '*');
  }
  return line;
}

}  // namespace

std::string Diagnostic::to_text() const {
  const std::string_view word = severity == Severity::Error ? "error" : "warning";
  if (line == 0) {
    return fmt::format("{}: {}: {}\n", displayed(file), word, displayed(message));
  }
  std::string text =
      fmt::format("{}:{}:{}: {}: {}\n", displayed(file), line, column, word, displayed(message));
  if (!excerpt.empty()) {
    text += fmt::format("    {}\n    {:>{}}\n", excerpt, "^", caret + 1);
  }
  return text;
}

std::string to_text(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    text += diagnostic.to_text();
  }
  return text;
}

std::uint32_t Report::add_file(std::string name, std::string text) {
  File file{.name = std::move(name), .text = std::move(text), .lines = {0}};
  for (std::size_t at = file.text.find('\n'); at != std::string::npos;
       at = file.text.find('\n', at + 1)) {
    file.lines.push_back(at + 1);
  }
  files_.push_back(std::move(file));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void Report::add(Severity severity, const Mark& at, std::string message) {
  errors_ += severity == Severity::Error ? 1 : 0;
  if (full()) {
    dropped_ += 1;
    return;
  }
  entries_.emplace(at, severity, std::move(message));
}

void Report::locate(const Mark& at, Diagnostic& diagnostic) const {
  const File& file = files_[at.file];
  diagnostic.file = file.name;
  if (at.line == 0 || at.line > file.lines.size()) {
    return;
  }
  const std::size_t begin = file.lines[at.line - 1];
  std::string_view line = std::string_view(file.text).substr(begin);
  line = line.substr(0, line.find_first_of("\r\n"));
  if (begin == 0 && line.starts_with("\xef\xbb\xbf")) {
    line.remove_prefix(3);  // a byte order mark, not counted in columns
  }
  const std::size_t octet = std::min<std::size_t>(at.column > 0 ? at.column - 1 : 0, line.size());
  const std::size_t before = characters(line.substr(0, octet));
  diagnostic.line = at.line;
  diagnostic.column = static_cast<std::uint32_t>(before + 1);
  const std::string shown = without_secrets(std::string(line));
  const std::size_t from =
      before > kExcerptBefore && characters(shown) > kExcerptLength ? before - kExcerptBefore : 0;
  diagnostic.excerpt = displayed(part(shown, from, kExcerptLength));
  diagnostic.caret =
      static_cast<std::uint32_t>(display_width(displayed(part(shown, from, before - from))));
}

std::size_t Report::octets() const {
  std::size_t sum = 0;
  for (const File& file : files_) {
    sum += file.text.size();
  }
  return sum;
}

Diagnostics Report::diagnostics() const {
  Diagnostics all;
  for (const auto& [mark, severity, message] : entries_) {
    Diagnostic diagnostic{.severity = severity, .message = message};
    locate(mark, diagnostic);
    all.push_back(std::move(diagnostic));
  }
  if (dropped_ > 0) {
    all.push_back({.severity = Severity::Error,
                   .file = files_.front().name,
                   .message = fmt::format("{} more errors and warnings are not shown", dropped_)});
  }
  return all;
}

}  // namespace pipit::config
