// What a reload would do: the worst of it in words first, then each neighbor in numbers.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/route_text.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"

namespace pipit::cli {
namespace {

using namespace control::shown;
using nlohmann::json;

using Planned = Shown<kPlannedNeighbor>;
using Counts = Shown<kPlannedCounts>;

constexpr std::string_view kOfKernel = "kernel";

/// Names of the largest first, and how many more there are.
constexpr std::size_t kNamed = 10;

struct Loser {
  std::string name;
  std::uint64_t routes = 0;
};

/// Holds what is bad about the rows of a dry run, and tells it.
class WorstNews {
 public:
  void add(const json& object) {
    const Planned row(object);
    const std::string name = text(row, "name");
    if (name == kOfKernel) {
      kernel_ = object;
      return;
    }
    const auto session = record<kPlannedSession>(row, "session");
    const std::string becomes = text(session, "becomes", "");
    if (becomes == "ends") {
      ends_.push_back(object);
    } else if (becomes == "reset") {
      resets_.push_back({name, number(session, "received")});
    } else {
      const std::uint64_t withdrawn = number(row, "withdrawn");
      const std::uint64_t meanwhile =
          number(record<kPlannedCounts>(row, "while_down"), "withdrawn");
      if (withdrawn > 0) {
        losers_.push_back({name, withdrawn});
      }
      if (meanwhile > withdrawn) {
        losers_meanwhile_.push_back({name, meanwhile});
      }
    }
  }

  void write(Output& out) {
    write_ends(out);
    write_losers(out, losers_, "");
    write_resets(out);
    write_kernel(out);
  }

 private:
  static void say(Output& out, Style style, const std::string& what) {
    out.write(out.styled(style, printable("! " + what)) + "\n");
  }

  static void write_losers(Output& out, std::vector<Loser>& losers, std::string_view when) {
    if (losers.empty()) {
      return;
    }
    std::ranges::sort(losers, std::ranges::greater{}, &Loser::routes);
    std::vector<std::string> names;
    std::uint64_t sum = 0;
    for (const Loser& loser : losers) {
      sum += loser.routes;
      if (names.size() < kNamed) {
        names.push_back(fmt::format("{} {}", loser.name, count(loser.routes)));
      }
    }
    if (losers.size() > names.size()) {
      names.push_back(fmt::format("and {} more", losers.size() - names.size()));
    }
    say(out, Style::Bad,
        fmt::format("{}{} withdrawn from {}: {}", when,
                    sum == 1 ? std::string("1 route is") : count(sum) + " routes are",
                    plural(losers.size(), "neighbor"), fmt::join(names, ", ")));
  }

  void write_ends(Output& out) {
    std::stable_sort(ends_.begin(), ends_.end(), [](const json& a, const json& b) {
      return number(Planned(a), "lost") > number(Planned(b), "lost");
    });
    for (std::size_t i = 0; i < std::min(ends_.size(), kNamed); ++i) {
      const Planned row(ends_[i]);
      const auto session = record<kPlannedSession>(row, "session");
      std::string line =
          fmt::format("{}: the session ends ({}); {} from it go, and {} that it is sent",
                      text(row, "name"), text(session, "reason", "?"),
                      plural(number(row, "lost"), "route"), count(number(row, "withdrawn")));
      if (const std::string back = text(session, "comes_back", ""); !back.empty()) {
        line += has(session, "restart_after") ? "; " + back : "; it comes back when: " + back;
      }
      say(out, Style::Bad, line);
    }
    if (ends_.size() > kNamed) {
      say(out, Style::Bad, fmt::format("{} more end", plural(ends_.size() - kNamed, "session")));
    }
  }

  void write_resets(Output& out) {
    if (resets_.empty()) {
      return;
    }
    std::ranges::sort(resets_, std::ranges::greater{}, &Loser::routes);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(resets_.size(), kNamed); ++i) {
      names.push_back(fmt::format("{} ({})", resets_[i].name, plural(resets_[i].routes, "route")));
    }
    if (resets_.size() > names.size()) {
      names.push_back(fmt::format("and {} more", resets_.size() - names.size()));
    }
    say(out, Style::Bad,
        fmt::format("{} reset and should come back: {}",
                    resets_.size() == 1 ? std::string("1 session is")
                                        : count(resets_.size()) + " sessions are",
                    fmt::join(names, ", ")));
    write_losers(out, losers_meanwhile_, "until then, ");
  }

  static std::string kernel_words(const Counts& counts) {
    std::vector<std::string> parts;
    const auto add = [&](std::uint64_t routes, const char* words) {
      if (routes > 0) {
        parts.push_back(fmt::format("{} {}", count(routes), words));
      }
    };
    add(number(counts, "withdrawn"), "leave it");
    add(number(counts, "moved"), "move to another table, metric or protocol");
    add(number(counts, "updated"), "lead elsewhere");
    add(number(counts, "announced"), "enter it");
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  void write_kernel(Output& out) {
    const Planned kernel(kernel_);
    const std::string after = kernel_words(kernel);
    if (!after.empty()) {
      say(out,
          number(kernel, "withdrawn") + number(kernel, "moved") > 0 ? Style::Bad : Style::Notice,
          "routes of the kernel: " + after);
    }
    const std::string down = kernel_words(record<kPlannedCounts>(kernel, "while_down"));
    if (!resets_.empty() && !down.empty() && down != after) {
      say(out, Style::Bad, "routes of the kernel until sessions are back: " + down);
    }
  }

  std::vector<json> ends_;
  std::vector<Loser> resets_;
  std::vector<Loser> losers_;
  std::vector<Loser> losers_meanwhile_;
  json kernel_;
};

/// Routes as they come; the neighbors are held until the worst is known.
class DryRunView final : public View {
 public:
  void row(const json& object, Output& out) override {
    if (const Shown<kPlannedRoute> row(object); has(row, "prefix")) {
      out.write(printable(
          fmt::format("{:<10} {} {} {}{}\n", text(row, "change"), destination(row),
                      text(row, "direction") == "import" ? "from" : "to", text(row, "neighbor"),
                      flag(row, "while_down") ? " until sessions are back" : ""),
          true));
      return;
    }
    worst_.add(object);
    const Planned row(object);
    const bool known = flag(row, "established");
    std::vector<Cell> cells{text(row, "name"), text(row, "change")};
    for (const std::string& count :
         {count_text(row, "accepted"), count_text(row, "rejected"), count_text(row, "changed"),
          count_text(row, "announced"), count_text(row, "withdrawn"), count_text(row, "updated"),
          count_text(row, "lost"), count_text(row, "moved")}) {
      cells.emplace_back(known ? count : "-");
    }
    cells.emplace_back(joined(row, "keys", ", "));
    neighbors_.add(std::move(cells));
  }

  bool end(const json& last, Output& out) override {
    const Shown<kReload> result(last);
    write_diagnostics(result, out);
    if (!flag(result, "ok")) {
      out.write(out.styled(Style::Bad, "a reload would be refused") + "\n");
      return false;
    }
    worst_.write(out);
    if (neighbors_.held() > 0) {
      neighbors_.flush(out);
    }
    if (number(result, "keys") == 0 && neighbors_.empty()) {
      out.write("a reload would change nothing\n");
      return true;
    }
    out.write(fmt::format("a reload would bring {}{}\n", plural(number(result, "keys"), "change"),
                          neighbors_.empty() ? ", and none to a neighbor" : ""));
    return true;
  }

 private:
  WorstNews worst_;
  Table neighbors_{{{"NEIGHBOR", Align::Left, 0, 12},
                    {"IS"},
                    {"ACCEPTED", Align::Right, 7},
                    {"REJECTED", Align::Right, 6},
                    {"CHANGED", Align::Right, 8},
                    {"ANNOUNCED", Align::Right, 4},
                    {"WITHDRAWN", Align::Right, 1},
                    {"UPDATED", Align::Right, 5},
                    {"LOST", Align::Right, 2},
                    {"MOVED", Align::Right, 3},
                    {"BECAUSE OF", Align::Left, 9, 16}}};
};

}  // namespace

std::unique_ptr<View> make_dry_run_view() {
  return std::make_unique<DryRunView>();
}

}  // namespace pipit::cli
