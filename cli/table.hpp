// Columns that line up. Cells are escaped: they may hold text from the network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/output.hpp"

namespace pipit::cli {

enum class Align : std::uint8_t { Left, Right };

enum class Side : std::uint8_t { Front, End };

/// On a terminal that is too narrow columns with nothing in them go first, then those with the
/// highest `drop`, until the others fit when they are cut as far as they may be.
struct Column {
  std::string title;
  Align align = Align::Left;
  std::uint8_t drop = 0;   // 0: stays, whatever happens
  std::size_t shrink = 0;  // may be cut to so many characters; 0: never cut
  Side cut = Side::End;    // where: of a path the end matters
};

struct Cell {
  std::string text;
  Style style = Style::Plain;

  // Implicit: rows are written as lists of texts.
  Cell(std::string content, Style look = Style::Plain)  // NOLINT(google-explicit-constructor)
      : text(std::move(content)), style(look) {}

  Cell(const char* content) : text(content) {}  // NOLINT(google-explicit-constructor)
};

/// The widths of columns in `room` characters, two blanks between each; 0: the column is left out.
/// `blank`: those with nothing in them.
std::vector<std::size_t> fitted(const std::vector<Column>& columns,
                                const std::vector<std::size_t>& widths,
                                const std::vector<bool>& blank,
                                std::size_t room);

/// The text in at most `most` characters, "..." where some are left out.
std::string cut(std::string_view text, std::size_t most, Side side = Side::End);

/// Holds rows until flush() prints them; the widths of the first flush stay for all that follow, so
/// that a long table can be printed in parts.
class Table {
 public:
  /// `indent`: blanks in front of every line.
  explicit Table(std::vector<Column> columns, std::size_t indent = 0);

  void add(std::vector<Cell> row);

  std::size_t held() const { return rows_.size(); }

  bool empty() const { return rows_.empty() && !header_printed_; }

  /// Prints what is held, the header before the first row; without rows nothing.
  void flush(Output& out);

 private:
  void lay_out(std::size_t room);
  void print(Output& out, const std::vector<Cell>& row) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::size_t> widths_;
  std::size_t indent_ = 0;
  std::size_t room_ = 0;  // for a line; 0: any
  bool header_printed_ = false;
};

/// Any text safe for a terminal: no control characters. Line feeds stay when `lines` is set.
std::string printable(std::string_view text, bool lines = false);

}  // namespace pipit::cli
