// `show neighbors`, and what was done to many of them.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/neighbor_text.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"

namespace pipit::cli {
namespace {

using namespace control::shown;
using nlohmann::json;

/// Of the line of a neighbor; `show neighbor` has all of it.
constexpr std::size_t kMaxLastError = 100;

/// What ended the last session, and what hinders the next one. Of a session that is up it is past.
Cell error_cell(const Neighbor& neighbor) {
  const std::string last = text(neighbor, "last_error", "");
  const std::string now = text(neighbor, "connect_error", "");
  if (flag(neighbor, "last_error_past")) {
    return {shortened("past, " + text(neighbor, "last_error_at") + ": " + last, kMaxLastError),
            Style::Dim};
  }
  if (last.empty() || now.empty() || now == last) {
    return shortened(!last.empty() ? last : now.empty() ? "-" : now, kMaxLastError);
  }
  return shortened(last + "; now: " + now, kMaxLastError);
}

/// Counters of one family of a neighbor; "-" while it is not exchanged.
std::vector<Cell> counters(const Shown<kNeighborFamily>& family) {
  if (!flag(family, "negotiated")) {
    return {"-", "-", "-"};
  }
  return {count_text(family, "received"), count_text(family, "accepted"),
          count_text(family, "advertised")};
}

class NeighborsView final : public View {
 public:
  explicit NeighborsView(const Invocation& invocation)
      : filtered_(!invocation.arguments.empty()),
        by_family_(invocation.find("family") != nullptr) {}

  void row(const json& row, Output&) override {
    by_family_ = by_family_ || families(Neighbor(row)).size() > 1;
    rows_.push_back(row);
  }

  bool end(const json&, Output& out) override {
    if (rows_.empty()) {
      out.write(filtered_ ? "no neighbor fits\n" : "no neighbors configured\n");
      return true;
    }
    Table table(columns());
    std::vector<std::string> warned;
    std::uint64_t up = 0;
    for (const json& object : rows_) {
      const Neighbor row(object);
      up += established(row) ? 1 : 0;
      add(row, table);
      for (const std::string& warning : texts(row, "warnings")) {
        warned.push_back(text(row, "name") + ": " + warning);
      }
    }
    table.flush(out);
    warnings(out, warned);
    out.write(out.styled(Style::Dim, fmt::format("{}, {} established",
                                                 plural(rows_.size(), "neighbor"), count(up))) +
              "\n");
    return true;
  }

 private:
  static std::vector<std::pair<std::string, Shown<kNeighborFamily>>> families(const Neighbor& row) {
    return named_records<kNeighborFamily>(row, "families");
  }

  std::vector<Column> columns() const {
    std::vector<Column> all{{"NAME", Align::Left, 0, 12},
                            {"ADDRESS", Align::Left, 6},
                            {"AS", Align::Right, 8},
                            {"TYPE", Align::Left, 9},
                            {"STATE"},
                            {"UP FOR", Align::Right, 1}};
    if (by_family_) {
      all.push_back({"FAMILY", Align::Left, 3});
    }
    all.insert(all.end(), {{"RECEIVED", Align::Right, 4},
                           {"ACCEPTED", Align::Right, 7},
                           {"SENT", Align::Right, 5},
                           {"LAST ERROR", Align::Left, 2, 20}});
    return all;
  }

  /// One line, and one more for each family but the first.
  void add(const Neighbor& row, Table& table) const {
    std::vector<Cell> cells{Cell(text(row, "name"), Style::Strong),
                            text(row, "address"),
                            text(row, "asn"),
                            text(row, "type"),
                            Cell(state_text(row), state_style(row)),
                            since_text(row)};
    const auto all = families(row);
    if (!by_family_ || all.empty() || !established(row)) {
      if (by_family_) {
        cells.emplace_back("-");
      }
      const std::vector<Cell> numbers = all.empty() || !established(row)
                                            ? std::vector<Cell>{"-", "-", "-"}
                                            : counters(all.front().second);
      cells.insert(cells.end(), numbers.begin(), numbers.end());
      cells.push_back(error_cell(row));
      table.add(std::move(cells));
      return;
    }
    for (const auto& [name, family] : all) {
      cells.emplace_back(name);
      const std::vector<Cell> numbers = counters(family);
      cells.insert(cells.end(), numbers.begin(), numbers.end());
      cells.push_back(table_line_is_first(cells) ? error_cell(row) : Cell(""));
      table.add(std::move(cells));
      cells = {"", "", "", "", "", ""};
    }
  }

  static bool table_line_is_first(const std::vector<Cell>& cells) {
    return !cells.front().text.empty();
  }

  std::vector<json> rows_;
  bool filtered_;
  bool by_family_;
};

/// How many and which, and why not the others.
class ManyNeighborsView final : public View {
 public:
  bool end(const json& object, Output& out) override {
    const Shown<kManyNeighbors> last(object);
    out.write(printable(text(last, "message")) + "\n");
    write_names(texts(last, "neighbors"), out);
    for (const auto& failure : records<kFailedNeighbor>(last, "failed")) {
      const auto line = fmt::format("! {}: {}", text(failure, "name"), text(failure, "error"));
      out.write(out.styled(Style::Bad, printable(line)) + "\n");
    }
    return flag(last, "ok");
  }

 private:
  static void write_names(const std::vector<std::string>& names, Output& out) {
    constexpr std::size_t kUsual = 100;
    const std::size_t room = out.columns() > 0 ? out.columns() : kUsual;
    std::string line;
    for (const std::string& name : names) {
      const std::string word = printable(name);
      if (!line.empty() && line.size() + 1 + word.size() > room) {
        out.write(line + "\n");
        line.clear();
      }
      line += (line.empty() ? "  " : " ") + word;
    }
    if (!line.empty()) {
      out.write(line + "\n");
    }
  }
};

}  // namespace

std::unique_ptr<View> make_neighbors_view(const Invocation& invocation) {
  return std::make_unique<NeighborsView>(invocation);
}

std::unique_ptr<View> make_many_neighbors_view() {
  return std::make_unique<ManyNeighborsView>();
}

}  // namespace pipit::cli
