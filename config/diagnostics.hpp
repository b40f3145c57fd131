// What is wrong with a configuration, said so that an operator can mend it: place, line, caret,
// expectation, suggestion.
//
// Made while a file is read and checked; read by pipitd --check, the control socket and the log.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace pipit::config {

enum class Severity : std::uint8_t { Error, Warning };

struct Diagnostic {
  Severity severity = Severity::Error;
  std::string file;
  std::uint32_t line = 0;    // from 1; 0: the file as a whole
  std::uint32_t column = 0;  // in characters, from 1
  std::string message;       // `unknown key "neigbors", did you mean "neighbors"?`
  std::string excerpt;       // the line, or the part of a long one around the column
  std::uint32_t caret = 0;   // column of the caret under the excerpt, from 0

  /// "file:line:column: error: message", the line, and the caret; ends with a newline.
  std::string to_text() const;
};

using Diagnostics = std::vector<Diagnostic>;

/// All of them, one after another.
std::string to_text(const Diagnostics& diagnostics);

/// A place in one of the files of a configuration; lines and columns from 1, columns in octets.
struct Mark {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend auto operator<=>(const Mark&, const Mark&) = default;
};

/// Gathers diagnostics over all files of a configuration. The same thing said twice of one place is
/// kept once, and there is a limit to how many are kept.
class Report {
 public:
  static constexpr std::size_t kMaxDiagnostics = 200;

  /// Makes a file known, so that its lines can be shown. Returns its number.
  std::uint32_t add_file(std::string name, std::string text);

  /// Octets of the texts of all files.
  std::size_t octets() const;

  const std::string& file_name(std::uint32_t file) const { return files_[file].name; }

  void error(const Mark& at, std::string message) { add(Severity::Error, at, std::move(message)); }

  void warning(const Mark& at, std::string message) {
    add(Severity::Warning, at, std::move(message));
  }

  /// How many errors were reported so far.
  std::size_t errors() const { return errors_; }

  bool full() const { return entries_.size() >= kMaxDiagnostics; }

  /// Everything gathered, in the order of the files and their lines.
  Diagnostics diagnostics() const;

 private:
  struct File {
    std::string name;
    std::string text;
    std::vector<std::size_t> lines;  // where each begins
  };

  using Entry = std::tuple<Mark, Severity, std::string>;

  void add(Severity severity, const Mark& at, std::string message);
  void locate(const Mark& at, Diagnostic& diagnostic) const;

  std::vector<File> files_;
  std::set<Entry> entries_;
  std::size_t errors_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace pipit::config
