#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/route_text.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"
#include "net/route_key.hpp"

namespace pipit::cli {
namespace {

using namespace control::shown;
using nlohmann::json;

constexpr std::size_t kHeldRows = 2000;  // what is sorted and measured before it is printed

/// "no routes", "7 paths, more exist (limit)".
void write_total(const Shown<kListEnd>& last, Output& out) {
  const std::uint64_t total = number(last, "total");
  const std::string words = total == 0 ? "no routes" : plural(total, "path");
  out.write(
      out.styled(Style::Dim, words + (flag(last, "truncated") ? ", more exist (limit)" : "")) +
      "\n");
}

/// `show routes`: the first rows are held, sorted and measured; what follows streams.
class RoutesView final : public View {
 public:
  explicit RoutesView(const Invocation& invocation)
      : count_only_(invocation.find("count") != nullptr) {
    const std::string* view = invocation.find("view");
    all_rejected_ = view != nullptr && *view == "rejected";
    reasons_ = all_rejected_ || (view != nullptr && *view == "received");
    std::vector<Column> columns{{""},
                                {"PREFIX"},
                                {"NEXT HOP", Align::Left, 2},
                                {"SOURCE", Align::Left, 3, 12},
                                {"LPREF", Align::Right, 4},
                                {"MED", Align::Right, 5},
                                {"AGE", Align::Right, 6},
                                {"AS PATH", Align::Left, 1, 12}};
    if (reasons_) {
      columns.push_back({"REJECTED BY", Align::Left, 0, 30});
      columns.push_back({"AT", Align::Left, 0, 16, Side::Front});
    }
    table_ = Table(std::move(columns));
  }

  void row(const json& row, Output& out) override {
    if (streaming_) {
      add(Route(row));
      if (table_.held() == kHeldRows) {
        table_.flush(out);
      }
      return;
    }
    held_.push_back(row);
    if (held_.size() == kHeldRows) {
      streaming_ = true;
      release(out);
    }
  }

  bool end(const json& object, Output& out) override {
    const Shown<kListEnd> last(object);
    if (count_only_) {
      out.write(plural(number(last, "total"), "path") + "\n");
      return true;
    }
    std::ranges::stable_sort(held_, [](const json& a, const json& b) {
      return net::RouteKey::parse(destination(Route(a))) <
             net::RouteKey::parse(destination(Route(b)));
    });
    release(out);
    write_total(last, out);
    return true;
  }

 private:
  void add(const Route& route) {
    std::vector<Cell> cells{Cell(marks(route), marks_style(route)),
                            destination(route),
                            next_hop(route),
                            text_or_dash(route, "source"),
                            text(route, "local_preference"),
                            text(route, "med"),
                            duration_text(route, "age_seconds"),
                            path_and_origin(route)};
    if (reasons_) {
      // Without what refused it: import would accept it by now.
      const std::string rejection = rejection_text(route);
      cells.emplace_back(rejection == "-" && all_rejected_ ? text_or_dash(route, "reason")
                                                           : rejection);
      cells.emplace_back(rejection_place(route));
    }
    table_.add(std::move(cells));
  }

  void release(Output& out) {
    for (const json& row : held_) {
      add(Route(row));
    }
    held_.clear();
    if (table_.held() > 0) {
      table_.flush(out);
    }
  }

  Table table_{{}};
  std::vector<json> held_;
  bool count_only_ = false;
  bool reasons_ = false;
  bool all_rejected_ = false;
  bool streaming_ = false;
};

void write_attributes(const Route& route, Output& out) {
  const auto show = [&](std::string_view label, const std::string& value) {
    if (!value.empty() && value != "-") {
      out.write(fmt::format("      {:<20} {}\n", label, printable(value)));
    }
  };
  const std::string path = text(route, "as_path", "");
  show("AS path", path.empty() ? "empty (of our own AS)" : path);
  show("Origin", text(route, "origin"));
  show("Local preference", text(route, "local_preference"));
  show("MED", text(route, "med"));
  show("Communities", joined(route, "communities", " "));
  show("Large communities", joined(route, "large_communities", " "));
  show("Ext. communities", joined(route, "extended_communities", " "));
  show("Link-local next hop", text(route, "link_local_next_hop"));
  show("Originator id", text(route, "originator_id"));
  show("Cluster list", joined(route, "cluster_list", " "));
  if (const auto aggregator = record<kAggregator>(route, "aggregator")) {
    show("Aggregator",
         fmt::format("AS {} at {}", text(aggregator, "asn"), text(aggregator, "address")));
  }
  show("Atomic aggregate", flag(route, "atomic_aggregate") ? "yes" : "");
  if (number(route, "path_id") != 0) {
    show("Path id", text(route, "path_id"));
  }
  for (const auto& attribute : records<kUnknownAttribute>(route, "unknown_attributes")) {
    show(
        fmt::format("Attribute {}", text(attribute, "code")),
        fmt::format("flags {:#04x}, data {}", number(attribute, "flags"), text(attribute, "data")));
  }
}

/// Paths with all their attributes, each prefix above its own.
class PathWriter {
 public:
  void write(const Route& route, Output& out) {
    const std::string prefix = destination(route);
    if (prefix != prefix_) {
      prefix_ = prefix;
      title(out, prefix);
    }
    const std::string status = flag(route, "best")        ? "best"
                               : flag(route, "multipath") ? "multipath"
                               : flag(route, "valid")     ? "valid"
                                                          : "not usable";
    const std::string age = duration_text(route, "age_seconds");
    const std::string source = text_or_dash(route, "source");
    const std::string kind = text(route, "source_kind");
    const std::string from = source == kind ? source : fmt::format("{} ({})", source, kind);
    out.write(fmt::format("  {} via {} from {}{}{}{}\n", out.styled(marks_style(route), status),
                          printable(next_hop(route)), printable(from), age == "-" ? "" : ", age ",
                          age == "-" ? "" : age, flag(route, "stale") ? ", stale" : ""));
    if (const std::string reason = text(route, "reason", ""); !reason.empty()) {
      out.write(fmt::format("      {}\n", out.styled(Style::Notice, printable(reason))));
    }
    if (has(route, "rejected_by")) {
      const std::string place = rejection_place(route);
      out.write(printable(fmt::format("      {:<20} {}{}", "Rejected by", rejection_text(route),
                                      place == "-" ? "" : "  (" + place + ")")) +
                "\n");
    }
    write_attributes(route, out);
  }

  bool any() const { return !prefix_.empty(); }

 private:
  std::string prefix_;
};

/// `show route`: every path of the longest match.
class RouteView final : public View {
 public:
  explicit RouteView(const Invocation& invocation) {
    const std::string* asked = invocation.find("prefix");
    asked_ = asked == nullptr ? "" : *asked;
  }

  void row(const json& row, Output& out) override { paths_.write(Route(row), out); }

  bool end(const json&, Output& out) override {
    if (!paths_.any()) {
      out.write(fmt::format("no route to {0}; `pipit explain {0}` says what else is known of it\n",
                            printable(asked_)));
    }
    return paths_.any();
  }

 private:
  std::string asked_;
  PathWriter paths_;
};

/// `show routes detail`: the same of every path, as they come.
class DetailView final : public View {
 public:
  void row(const json& row, Output& out) override { paths_.write(Route(row), out); }

  bool end(const json& last, Output& out) override {
    write_total(Shown<kListEnd>(last), out);
    return true;
  }

 private:
  PathWriter paths_;
};

}  // namespace

std::unique_ptr<View> make_routes_view(const Invocation& invocation) {
  if (invocation.find("detail") != nullptr && invocation.find("count") == nullptr) {
    return std::make_unique<DetailView>();
  }
  return std::make_unique<RoutesView>(invocation);
}

std::unique_ptr<View> make_route_view(const Invocation& invocation) {
  return std::make_unique<RouteView>(invocation);
}

}  // namespace pipit::cli
