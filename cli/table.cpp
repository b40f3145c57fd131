#include "cli/table.hpp"

#include <algorithm>
#include <utility>

#include "net/log.hpp"

namespace pipit::cli {
namespace {

/// Characters, not octets: UTF-8 continuation octets take no room.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

Table::Table(std::vector<Column> columns, std::size_t indent)
    : columns_(std::move(columns)), widths_(columns_.size()), indent_(indent) {}

void Table::add(std::vector<Cell> row) {
  for (Cell& cell : row) {
    cell.text = printable(cell.text);
  }
  rows_.push_back(std::move(row));
}

void Table::flush(Output& out) {
  if (!header_printed_) {
    std::vector<Cell> header;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      widths_[i] = width(columns_[i].title);
      for (const auto& row : rows_) {
        widths_[i] = std::max(widths_[i], width(row[i].text));
      }
      header.emplace_back(columns_[i].title, Style::Strong);
    }
    print(out, header);
    header_printed_ = true;
  }
  for (const auto& row : rows_) {
    print(out, row);
  }
  rows_.clear();
}

void Table::print(Output& out, const std::vector<Cell>& row) const {
  std::string line(indent_, ' ');
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::size_t used = width(row[i].text);
    const std::string gap(widths_[i] > used ? widths_[i] - used : 0, ' ');
    const bool right = columns_[i].align == Align::Right;
    const bool last = i + 1 == row.size();
    line += right ? gap : "";
    line += row[i].text.empty() ? "" : out.styled(row[i].style, row[i].text);
    line += right || last ? "" : gap;
    line += last ? "" : "  ";
  }
  line.erase(line.find_last_not_of(' ') + 1);
  line += '\n';
  out.write(line);
}

std::string printable(std::string_view text, bool lines) {
  if (!lines) {
    return net::escaped(text, text.size());
  }
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += net::escaped(text.substr(0, end), text.size());
    if (end == std::string_view::npos) {
      break;
    }
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace pipit::cli
