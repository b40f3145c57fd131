#include "control/protocol/reference.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "control/protocol/answers.hpp"
#include "control/protocol/commands.hpp"
#include "control/protocol/shown_system.hpp"

namespace pipit::control {
namespace {

constexpr std::string_view kIntroduction =
    R"(# The JSON of answers

What the control socket answers ([control-protocol.md](control-protocol.md)) and `pipit --json`
prints. This page is made from the tables in `control/protocol/` (`protocol-describe` in that part
of the build folder prints it), and a test keeps it the same. Fields may be added, none change their
meaning or go. Text of neighbors can hold any character, escaped as JSON does.

| kind | JSON |
|---|---|
| flag | true or false |
| number | a number that names something: an AS, a port, a code |
| count | a number of things |
| octets, seconds | a number of these |
| timestamp | text: RFC 3339 in UTC, `2026-05-01T12:00:00Z` |
| text, word | text; a word is one of those that stand there |
| hex | text: two digits an octet |
| address, endpoint | text: `fe80::1%eth0`, `[::1]:179` |
| prefix, family | text: `10.0.0.0/8`, `ipv4-unicast` |

_Grows_: counts up since the start of the daemon, or of what it is of. The last line of an answer,
and no other, also has the fields of [an answer that is complete](#an-answer-that-is-complete).

## Answers

| command | rows | last line |
|---|---|---|
)";

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::Flag:
      return "flag";
    case Kind::Number:
      return "number";
    case Kind::Count:
      return "count";
    case Kind::Octets:
      return "octets";
    case Kind::Duration:
      return "seconds";
    case Kind::Timestamp:
      return "timestamp";
    case Kind::Text:
      return "text";
    case Kind::Word:
      return "word";
    case Kind::Hex:
      return "hex";
    case Kind::Address:
      return "address";
    case Kind::Endpoint:
      return "endpoint";
    case Kind::Prefix:
      return "prefix";
    case Kind::Family:
      return "family";
    case Kind::Json:
      return "any JSON";
    case Kind::Object:
      return "object";
  }
  return "";
}

/// GitHub's name of a heading: "A neighbor" is "a-neighbor".
std::string anchor(std::string_view title) {
  std::string out;
  for (const char c : title) {
    if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
      out += c;
    } else if (c == ' ') {
      out += '-';
    }
  }
  return out;
}

std::string link(const Record& record) {
  return fmt::format("[{}](#{})", record.title, anchor(record.title));
}

std::string kind_text(const Field& field) {
  std::string kind =
      field.kind != Kind::Object ? std::string(name_of(field.kind)) : link(*field.record);
  if (field.shape == Shape::List) {
    kind = "list of " + kind;
  } else if (field.shape == Shape::Map) {
    kind = "object of " + kind;
  }
  kind += field.presence == Presence::MayBeNull     ? " or null"
          : field.presence == Presence::MayBeAbsent ? ", or left out"
                                                    : "";
  return kind;
}

/// Its words, its help and that it grows, with a semicolon between.
std::string help_text(const Field& field) {
  std::string help;
  for (const std::string_view word : split(field.words, '|')) {
    help += fmt::format("{}`{}`", help.empty() ? "" : ", ", word);
  }
  if (!field.help.empty()) {
    help += fmt::format("{}{}", help.empty() ? "" : ": ", field.help);
  }
  if (field.grows) {
    help += help.empty() ? "_grows_" : "; _grows_";
  }
  return help;
}

/// The records of all answers, each before those inside of it.
class Chapters {
 public:
  Chapters() {
    for (const AnswerSpec& answer : answer_specs()) {
      for (const auto records : {answer.rows, answer.last}) {
        std::ranges::for_each(records, [this](const Record* record) { add(*record); });
      }
    }
    add(shown::kError);
  }

  std::string text() const {
    std::string out;
    for (const Record* record : records_) {
      append(out, *record);
    }
    return out;
  }

 private:
  void add(const Record& record) {
    if (std::ranges::find(records_, &record) != records_.end()) {
      return;
    }
    records_.push_back(&record);
    for (const Field& field : record.fields) {
      if (field.record != nullptr) {
        add(*field.record);
      }
    }
  }

  static void append(std::string& out, const Record& record) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "\n### {}\n\n", record.title);
    if (!record.help.empty()) {
      fmt::format_to(to, "{}\n\n", record.help);
    }
    out += "| field | kind | |\n|---|---|---|\n";
    for (const Field& field : record.fields) {
      if (field.shape == Shape::Included) {
        fmt::format_to(to, "| | | the fields of {} |\n", link(*field.record));
      } else {
        fmt::format_to(to, "| `{}` | {} | {} |\n", field.name, kind_text(field), help_text(field));
      }
    }
  }

  std::vector<const Record*> records_;
};

/// The records of a line. That it is the last one says the introduction.
std::string links(std::span<const Record* const> records, std::string_view separator) {
  std::string out;
  for (const Record* record : records) {
    if (record != &shown::kDone) {
      out += fmt::format("{}{}", out.empty() ? std::string_view() : separator, link(*record));
    }
  }
  return out;
}

}  // namespace

std::string json_reference() {
  std::string out(kIntroduction);
  for (const AnswerSpec& answer : answer_specs()) {
    const std::string when = answer.when.empty() ? "" : fmt::format(" with `{}`", answer.when);
    fmt::format_to(std::back_inserter(out), "| `{}`{} | {} | {} |\n", answer.command, when,
                   links(answer.rows, " or "), links(answer.last, " and "));
  }
  fmt::format_to(std::back_inserter(out), "\nAn error is {} in place of the last line.\n",
                 link(shown::kError));
  out += "\n## Records\n" + Chapters().text();
  return out;
}

}  // namespace pipit::control
