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

/// A column of such cells is the first that a narrow terminal goes without.
bool says_nothing(std::string_view text) {
  return text.empty() || text == "-" || text == "0";
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
  if (rows_.empty()) {
    return;
  }
  if (!header_printed_) {
    lay_out(out.columns());
    std::vector<Cell> header;
    for (const Column& column : columns_) {
      header.emplace_back(column.title, Style::Strong);
    }
    print(out, header);
    header_printed_ = true;
  }
  for (const auto& row : rows_) {
    print(out, row);
  }
  rows_.clear();
}

void Table::lay_out(std::size_t room) {
  room_ = room;
  std::vector<bool> blank(columns_.size(), true);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths_[i] = std::max<std::size_t>(width(columns_[i].title), 1);
    for (const auto& row : rows_) {
      widths_[i] = std::max(widths_[i], width(row[i].text));
      blank[i] = blank[i] && says_nothing(row[i].text);
    }
  }
  if (room_ > 0) {
    widths_ = fitted(columns_, widths_, blank, room_ > indent_ ? room_ - indent_ : 1);
  }
}

void Table::print(Output& out, const std::vector<Cell>& row) const {
  std::size_t last = row.size();
  while (last > 0 && widths_[last - 1] == 0) {
    --last;
  }
  std::string line(indent_, ' ');
  std::size_t used = indent_;
  for (std::size_t i = 0; i < last; ++i) {
    if (widths_[i] == 0) {
      continue;
    }
    const bool at_end = i + 1 == last;
    std::string_view text = row[i].text;
    std::size_t taken = width(text);
    std::string shortened;
    if (room_ > 0) {
      // Widths were measured on the first rows: rows that come later are cut where they are longer.
      const std::size_t left = room_ > used ? room_ - used : 0;
      const bool flexible = columns_[i].shrink > 0 && !at_end;
      shortened = cut(text, flexible ? std::min(widths_[i], left) : left, columns_[i].cut);
      text = shortened;
      taken = width(text);
    }
    const std::string gap(widths_[i] > taken ? widths_[i] - taken : 0, ' ');
    const bool right = columns_[i].align == Align::Right;
    line += right ? gap : "";
    line += text.empty() ? "" : out.styled(row[i].style, text);
    line += right || at_end ? "" : gap;
    line += at_end ? "" : "  ";
    used += taken + gap.size() + 2;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  line += '\n';
  out.write(line);
}

std::vector<std::size_t> fitted(const std::vector<Column>& columns,
                                const std::vector<std::size_t>& widths,
                                const std::vector<bool>& blank,
                                std::size_t room) {
  std::vector<std::size_t> fit = widths;
  const auto least = [&](std::size_t i) {
    return columns[i].shrink == 0 ? fit[i] : std::min(fit[i], columns[i].shrink);
  };
  const auto sum = [&](const auto& of) {
    std::size_t all = 0;
    for (std::size_t i = 0; i < fit.size(); ++i) {
      all += fit[i] == 0 ? 0 : of(i) + (all == 0 ? 0 : 2);
    }
    return all;
  };
  while (sum(least) > room) {
    std::size_t worst = fit.size();
    std::pair<bool, std::uint8_t> most{false, 0};
    for (std::size_t i = 0; i < fit.size(); ++i) {
      const std::pair rank{static_cast<bool>(blank[i]), columns[i].drop};
      if (fit[i] != 0 && columns[i].drop != 0 && rank > most) {
        worst = i;
        most = rank;
      }
    }
    if (worst == fit.size()) {
      break;
    }
    fit[worst] = 0;
  }
  const auto whole = [&](std::size_t i) { return fit[i]; };
  for (std::size_t all = sum(whole); all > room; --all) {
    std::size_t widest = fit.size();
    for (std::size_t i = 0; i < fit.size(); ++i) {
      if (fit[i] > least(i) && (widest == fit.size() || fit[i] > fit[widest])) {
        widest = i;
      }
    }
    if (widest == fit.size()) {
      break;
    }
    --fit[widest];
  }
  return fit;
}

std::string cut(std::string_view text, std::size_t most, Side side) {
  const std::size_t all = width(text);
  if (all <= most) {
    return std::string(text);
  }
  const std::string_view more = most > 3 ? "..." : "";
  const std::size_t kept = most - more.size();
  // The octet at which the first character begins that is left out, or that is kept.
  const std::size_t wanted = side == Side::End ? kept : all - kept;
  std::size_t at = 0;
  for (std::size_t seen = 0; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (starts && seen++ == wanted) {
      break;
    }
  }
  return side == Side::End ? std::string(text.substr(0, at)).append(more)
                           : std::string(more).append(text.substr(at));
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
