// Columns that line up. Cells are escaped: they may hold text from the network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/output.hpp"

namespace pipit::cli {

enum class Align : std::uint8_t { Left, Right };

struct Column {
  std::string title;
  Align align = Align::Left;
};

struct Cell {
  std::string text;
  Style style = Style::Plain;

  // Implicit: rows are written as lists of texts.
  Cell(std::string content, Style look = Style::Plain)  // NOLINT(google-explicit-constructor)
      : text(std::move(content)), style(look) {}

  Cell(const char* content) : text(content) {}  // NOLINT(google-explicit-constructor)
};

/// Holds rows until flush() prints them; the widths of the first flush stay for all that follow, so
/// that a long table can be printed in parts.
class Table {
 public:
  /// `indent`: blanks in front of every line.
  explicit Table(std::vector<Column> columns, std::size_t indent = 0);

  void add(std::vector<Cell> row);

  std::size_t held() const { return rows_.size(); }

  bool empty() const { return rows_.empty() && !header_printed_; }

  /// Prints what is held, the header before the first row.
  void flush(Output& out);

 private:
  void print(Output& out, const std::vector<Cell>& row) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::size_t> widths_;
  std::size_t indent_ = 0;
  bool header_printed_ = false;
};

/// Any text safe for a terminal: no control characters. Line feeds stay when `lines` is set.
std::string printable(std::string_view text, bool lines = false);

}  // namespace pipit::cli
