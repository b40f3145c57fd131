#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"
#include "control/protocol/shown_routes.hpp"

namespace pipit::cli {
namespace {

using namespace control::shown;
using nlohmann::json;

/// "192.0.2.1 eth0, eth1 onlink": each hop as `ip route` says it.
std::string hops_text(const std::vector<Shown<kHop>>& hops) {
  std::string out;
  for (const auto& hop : hops) {
    const std::string gateway = text(hop, "gateway", "");
    const std::string interface = text(hop, "interface", "");
    out += out.empty() ? "" : ", ";
    out += gateway.empty() ? "dev " + interface : fmt::format("via {} dev {}", gateway, interface);
    out += flag(hop, "onlink") ? " onlink" : "";
  }
  return out;
}

/// "main" or the number of the table of a route.
std::string table_name(const Shown<kKernelRoute>& route) {
  const std::uint64_t table = number(route, "table");
  return table == 254   ? "main"
         : table == 255 ? "local"
         : table == 253 ? "default"
                        : text(route, "table");
}

/// A table whose rows come one at a time, printed in parts.
class ListView : public View {
 public:
  ListView(std::vector<Column> columns, const char* noun)
      : table_(std::move(columns)), noun_(noun) {}

  void row(const json& row, Output& out) final {
    table_.add(cells(row));
    if (table_.held() == kPart) {
      table_.flush(out);
    }
  }

  bool end(const json& last, Output& out) final {
    if (table_.held() > 0) {
      table_.flush(out);
    }
    const std::uint64_t total = number(Shown<kListEnd>(last), "total");
    out.write(
        out.styled(Style::Dim, total == 0 ? fmt::format("no {}s", noun_) : plural(total, noun_)) +
        "\n");
    write_summary(last, out);
    return true;
  }

 protected:
  /// What the last line says besides.
  virtual void write_summary(const json& /*last*/, Output& /*out*/) const {}

  virtual std::vector<Cell> cells(const json& row) const = 0;

 private:
  static constexpr std::size_t kPart = 2000;

  Table table_;
  const char* noun_;
};

class KernelView final : public ListView {
 public:
  KernelView()
      : ListView({{"PREFIX"},
                  {"DIRECTION", Align::Left, 3},
                  {"STATE", Align::Left, 2},
                  {"TABLE", Align::Right, 4},
                  {"PROTOCOL", Align::Left, 5},
                  {"METRIC", Align::Right, 6},
                  {"HOPS", Align::Left, 0, 20},
                  {"ERROR", Align::Left, 1, 16}},
                 "kernel route") {}

 protected:
  void write_summary(const json& last, Output& out) const override {
    const auto kernel = record<kKernel>(Shown<kKernelEnd>(last), "kernel");
    if (!flag(kernel, "exporting")) {
      return;
    }
    const std::string repairs = repairs_text(kernel);
    out.write(out.styled(Style::Dim, plural(number(kernel, "audits"), "audit") + ", " +
                                         (repairs.empty() ? "nothing to repair" : repairs)) +
              "\n");
  }

  std::vector<Cell> cells(const json& object) const override {
    const Shown<kKernelRoute> row(object);
    const std::string state = text(row, "state");
    std::string hops = hops_text(records<kHop>(row, "hops"));
    if (const std::string source = text(row, "preferred_source", ""); !source.empty()) {
      hops += " src " + source;
    }
    return {text(row, "prefix"),
            text(row, "direction"),
            Cell(state, state == "installed" ? Style::Good
                        : state == "failed"  ? Style::Bad
                                             : Style::Notice),
            table_name(row),
            text_or_dash(row, "protocol"),
            text(row, "metric"),
            hops.empty() ? text_or_dash(row, "type") : hops,
            text_or_dash(row, "error")};
  }
};

class NextHopsView final : public ListView {
 public:
  NextHopsView()
      : ListView({{"NEXT HOP"},
                  {"STATE"},
                  {"IGP COST", Align::Right, 2},
                  {"RESOLVED BY", Align::Left, 1},
                  {"OUT", Align::Left, 0, 20}},
                 "next hop") {}

 protected:
  std::vector<Cell> cells(const json& object) const override {
    const Shown<kNextHop> row(object);
    const bool reachable = flag(row, "reachable");
    const char* state = !reachable               ? "unreachable"
                        : flag(row, "connected") ? "connected"
                                                 : "reachable";
    const std::string hops = hops_text(records<kHop>(row, "hops"));
    return {text(row, "address"), Cell(state, reachable ? Style::Good : Style::Bad),
            reachable ? text(row, "cost") : "-", text(row, "via"), hops.empty() ? "-" : hops};
  }
};

class GroupsView final : public ListView {
 public:
  GroupsView()
      : ListView({{"ID", Align::Right},
                  {"FAMILY", Align::Left, 4},
                  {"TYPE", Align::Left, 5, 12},
                  {"EXPORT", Align::Left, 6, 10},
                  {"MEMBERS", Align::Left, 0, 16},
                  {"SENT", Align::Right, 1},
                  {"BACKLOG", Align::Right, 2},
                  {"UPDATES", Align::Right, 8},
                  {"ENCODED", Align::Right, 9},
                  {"SLOWED", Align::Right, 7},
                  {"LAGGING", Align::Left, 3, 10}},
                 "update group") {}

 protected:
  std::vector<Cell> cells(const json& object) const override {
    const Shown<kGroup> row(object);
    const std::string lagging = joined(row, "lagging", " ");
    return {text(row, "id"),
            text(row, "family"),
            text_or_dash(row, "type"),
            text_or_dash(row, "export_policy"),
            members(texts(row, "members")),
            count_text(row, "advertised"),
            count_text(row, "backlog"),
            count_text(row, "messages"),
            octets_text(row, "octets"),
            count_text(row, "slow_events"),
            Cell(lagging.empty() ? "-" : lagging, lagging.empty() ? Style::Plain : Style::Notice)};
  }

 private:
  /// All names of a few, the first ones and the number of many.
  static std::string members(std::vector<std::string> names) {
    constexpr std::size_t kShown = 4;
    if (names.size() <= kShown) {
      return names.empty() ? "-" : joined(names, " ");
    }
    const std::size_t more = names.size() - kShown;
    names.resize(kShown);
    return fmt::format("{} and {} more", joined(names, " "), more);
  }
};

}  // namespace

std::unique_ptr<View> make_kernel_view() {
  return std::make_unique<KernelView>();
}

std::unique_ptr<View> make_next_hops_view() {
  return std::make_unique<NextHopsView>();
}

std::unique_ptr<View> make_groups_view() {
  return std::make_unique<GroupsView>();
}

}  // namespace pipit::cli
