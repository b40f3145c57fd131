#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"

namespace pipit::cli {
namespace {

using namespace control::shown;
using nlohmann::json;

class StatusView final : public View {
 public:
  bool end(const json& last, Output& out) override {
    const Shown<kStatus> status(last);
    title(out, fmt::format("{}  AS {}  router id {}", text_or_dash(status, "hostname"),
                           text(status, "asn"), text(status, "router_id")));
    line(out, "Daemon",
         fmt::format("pipitd {}, pid {}", text(status, "version"), text(status, "pid")));
    line(out, "Up for",
         fmt::format("{}, since {}", duration_text(status, "uptime_seconds"),
                     text(status, "started_at")));
    std::string config = text(status, "config_file", "");
    if (has(status, "config_loaded_at")) {
      config += ", loaded " + text(status, "config_loaded_at");
    }
    if (number(status, "config_number") > 0) {
      config += ", number " + text(status, "config_number");
    }
    line(out, "Configuration", config);
    if (has(status, "config_confirm_until")) {
      line(out, "Goes back", text(status, "config_confirm_until") + ", unless it is confirmed");
    }
    line(out, "Cluster id", text(status, "cluster_id"));
    const std::string listen = joined(status, "listen", ", ");
    line(out, "Listening", listen.empty() ? "nowhere" : listen);
    write_neighbors(record<kNeighborCounts>(status, "neighbors"), out);
    write_kernel(record<kKernel>(status, "kernel"), out);
    write_loop(record<kLoop>(status, "loop"), out);
    line(out, "Memory", octets_text(status, "resident_octets") + " resident");
    write_tables(status, out);
    write_down(status, out);
    if (const auto warned = texts(status, "warnings"); !warned.empty()) {
      out.write("\n");
      warnings(out, warned);
    }
    return true;
  }

 private:
  static void write_neighbors(const Shown<kNeighborCounts>& neighbors, Output& out) {
    const std::uint64_t configured = number(neighbors, "configured");
    const std::uint64_t up = number(neighbors, "established");
    const std::uint64_t shutdown = number(neighbors, "shutdown");
    const std::uint64_t down = configured - std::min(configured, up + shutdown);
    out.write(fmt::format(
        "  {:<14} {} configured: {}, {}, {} shut down\n", "Neighbors", count(configured),
        out.styled(up > 0 ? Style::Good : Style::Plain, fmt::format("{} established", count(up))),
        out.styled(down > 0 ? Style::Bad : Style::Plain, fmt::format("{} down", count(down))),
        count(shutdown)));
  }

  /// The first ones by name, with why.
  static void write_down(const Shown<kStatus>& status, Output& out) {
    const auto rows = records<kDown>(status, "down");
    constexpr std::size_t kShown = 10;
    constexpr std::size_t kMaxReason = 160;
    if (rows.empty()) {
      return;
    }
    Table table({{"DOWN", Align::Left, 0, 12},
                 {"STATE", Align::Left, 2},
                 {"FOR", Align::Right, 1},
                 {"WHY", Align::Left, 0, 30}},
                2);
    for (std::size_t i = 0; i < rows.size() && i < kShown; ++i) {
      const auto& row = rows[i];
      table.add({Cell(text(row, "name"), Style::Strong), Cell(text(row, "state"), Style::Bad),
                 has(row, "downtime_seconds") ? duration_text(row, "downtime_seconds")
                                              : std::string("never up"),
                 shortened(text(row, "reason"), kMaxReason)});
    }
    out.write("\n");
    table.flush(out);
    if (rows.size() > kShown) {
      out.write(fmt::format("  and {} more: `pipit show neighbors`\n", rows.size() - kShown));
    }
  }

  static void write_kernel(const Shown<kKernel>& kernel, Output& out) {
    const std::string in = flag(kernel, "importing")
                               ? plural(number(kernel, "imported"), "route") + " imported"
                               : std::string("import off");
    std::string exported = "export off";
    if (flag(kernel, "exporting")) {
      exported = fmt::format("{} exported ({} pending, {} failed{})",
                             plural(number(kernel, "exported"), "route"),
                             count_text(kernel, "pending"), count_text(kernel, "failed"),
                             flag(kernel, "checking") ? ", being compared" : "");
    }
    line(out, "Kernel", fmt::format("{}, {}", in, exported));
    if (number(kernel, "resyncs") > 0) {
      line(out, "", plural(number(kernel, "resyncs"), "resync") + " after lost notifications");
    }
    line(out, "", repairs_text(kernel));
    line(out, "Kernel error", text(kernel, "last_error"));
  }

  static void write_loop(const Shown<kLoop>& loop, Output& out) {
    const auto milliseconds = [](std::optional<double> seconds) {
      return seconds ? fmt::format("{:.1f} ms", *seconds * 1000) : "-";
    };
    line(out, "Event loop",
         fmt::format("longest turn {}, latest timer {}",
                     milliseconds(seconds(loop, "longest_turn_seconds")),
                     milliseconds(seconds(loop, "latest_timer_seconds"))));
  }

  static void write_tables(const Shown<kStatus>& status, Output& out) {
    Table table({{"FAMILY"},
                 {"DESTINATIONS", Align::Right},
                 {"WITH BEST PATH", Align::Right},
                 {"PATHS", Align::Right}},
                2);
    for (const auto& [family, counts] : named_records<kTable>(status, "tables")) {
      table.add({family, count_text(counts, "destinations"), count_text(counts, "best"),
                 count_text(counts, "paths")});
    }
    if (table.held() > 0) {
      out.write("\n");
      table.flush(out);
    }
  }
};

class MemoryView final : public View {
 public:
  bool end(const json& last, Output& out) override {
    const Shown<kMemory> memory(last);
    Table table({{"USED FOR"},
                 {"SIZE", Align::Right},
                 {"ITEMS", Align::Right},
                 {"PER ITEM", Align::Right}});
    std::uint64_t total = 0;
    for (const auto& part : records<kMemoryPart>(memory, "parts")) {
      const std::uint64_t size = number(part, "octets");
      const std::uint64_t items = number(part, "items");
      total += size;
      table.add({text(part, "name"), octets(size), items == 0 ? "-" : count(items),
                 items == 0 ? "-" : octets(size / items)});
    }
    table.add({Cell("total", Style::Strong), octets(total), "-", "-"});
    table.add({Cell("resident", Style::Strong), octets_text(memory, "resident_octets"), "-", "-"});
    table.flush(out);
    return true;
  }
};

class ConfigView final : public View {
 public:
  bool end(const json& last, Output& out) override {
    const Shown<kConfig> config(last);
    const std::string file = text(config, "file", "");
    if (!file.empty()) {
      out.write(out.styled(Style::Dim, fmt::format("# {}", printable(file))) + "\n");
    }
    std::string yaml = printable(text(config, "yaml", ""), true);
    if (!yaml.ends_with('\n')) {
      yaml += '\n';
    }
    out.write(yaml);
    return true;
  }
};

/// `neighbor ...`: one sentence.
class MessageView final : public View {
 public:
  bool end(const json& last, Output& out) override {
    out.write(printable(text(Shown<kMessage>(last), "message", "done")) + "\n");
    return true;
  }
};

}  // namespace

void View::row(const json&, Output&) {}

std::unique_ptr<View> make_status_view() {
  return std::make_unique<StatusView>();
}

std::unique_ptr<View> make_memory_view() {
  return std::make_unique<MemoryView>();
}

std::unique_ptr<View> make_view(const Invocation& invocation) {
  struct Row {
    std::string_view command;
    std::unique_ptr<View> (*make)(const Invocation&);
  };

  static constexpr std::array kViews{
      Row{"status", [](const Invocation&) { return make_status_view(); }},
      Row{"show neighbors", make_neighbors_view},
      Row{"show neighbor", [](const Invocation&) { return make_neighbor_view(); }},
      Row{"show routes", make_routes_view},
      Row{"show route", make_route_view},
      Row{"show kernel", [](const Invocation&) { return make_kernel_view(); }},
      Row{"show next-hops", [](const Invocation&) { return make_next_hops_view(); }},
      Row{"show groups", [](const Invocation&) { return make_groups_view(); }},
      Row{"show policies", [](const Invocation&) { return make_policies_view(); }},
      Row{"show sets", [](const Invocation&) { return make_sets_view(); }},
      Row{"show memory", [](const Invocation&) { return make_memory_view(); }},
      Row{"show config",
          [](const Invocation& asked) -> std::unique_ptr<View> {
            if (asked.arguments.empty()) {
              return std::make_unique<ConfigView>();
            }
            return make_config_list_view(asked);
          }},
      Row{"explain", [](const Invocation&) { return make_explain_view(); }},
      Row{"explain neighbor", [](const Invocation&) { return make_explain_view(); }},
      Row{"reload", make_reload_view},
      Row{"rollback", make_reload_view},
      Row{"check", [](const Invocation&) { return make_check_view(); }},
  };
  const std::string_view name = invocation.command->name;
  if (name.starts_with("neighbors ") || name.starts_with("group ")) {
    return make_many_neighbors_view();
  }
  const auto row = std::ranges::find(kViews, name, &Row::command);
  return row == kViews.end() ? std::make_unique<MessageView>() : row->make(invocation);
}

}  // namespace pipit::cli
