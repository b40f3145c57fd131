// The kernel's part of `explain`.
#include <fmt/format.h>

#include "daemon/bridge/kernel_words.hpp"
#include "daemon/show/kernel_view.hpp"

namespace pipit::daemon {

using policy::Step;

std::vector<control::KernelImportRow> KernelView::explain_import(const net::Prefix& prefix) const {
  std::vector<control::KernelImportRow> rows;
  const auto [monitor, import, overrules, writer, exports] = bridge_.parts();
  if (import == nullptr || monitor == nullptr) {
    return rows;
  }
  const std::optional<kernel::Route> announced = import->route_of(prefix);
  for (const std::uint32_t table : bridge_.tables()) {
    const auto explain = [&](const kernel::RouteKey& key, const kernel::RouteBody& body) {
      const kernel::Route route{key, body};
      control::KernelImportRow row{.route = imported_row(route), .text = {}, .rules = {}};
      KernelImport::RuleTrace trace;
      const auto rule = import->rule_of(key, body, &trace);
      row.imported = rule && announced && *announced == route;
      row.text = !rule ? trace.verdict
                 : row.imported
                     ? fmt::format("import rule {} takes it", *rule + 1)
                     : fmt::format("rule {} fits, but a route of lower metric is taken", *rule + 1);
      row.rules = std::move(trace.rules);
      rows.push_back(std::move(row));
    };
    monitor->routes().for_prefix(table, prefix, explain);
  }
  for (const kernel::InterfaceAddress& address : monitor->addresses()) {
    if (address.subnet() != prefix) {
      continue;
    }
    KernelImport::RuleTrace trace;
    const auto rule = import->rule_of(address, &trace);
    control::KernelImportRow row{
        .route = {.prefix = prefix,
                  .protocol = "kernel",
                  .hops = {{std::nullopt, bridge_.interface_name(address.interface_index), false}},
                  .type = "connected"},
        .text = {},
        .rules = std::move(trace.rules)};
    row.imported = rule.has_value();
    row.text = rule ? fmt::format("import rule {} takes it", *rule + 1) : trace.verdict;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::optional<control::KernelRouteRow> KernelView::explain_export(net::Family family,
                                                                  rib::DestinationId destination,
                                                                  std::vector<Step>& steps) const {
  const auto add = [&](const char* stage, Step::Result result, std::string text) {
    Step& step = steps.emplace_back();
    step.stage = stage;
    step.result = result;
    step.text = std::move(text);
  };
  const KernelBridge::Parts parts = bridge_.parts();
  const std::optional<kernel::ExportOptions>& options = bridge_.options().exports;
  if (parts.exports == nullptr) {
    add("kernel-export", Step::Result::Stopped,
        options ? "routes cannot be written: " + bridge_.last_error()
                : "kernel.export is not configured");
    return std::nullopt;
  }
  add("kernel-export", Step::Result::Passed,
      fmt::format("{}, protocol {}, metric {}", table_words(options->table),
                  protocol_name(options->protocol), options->metric));
  const auto route = parts.exports->wanted(family, destination, {.trace = &steps});
  if (!route) {
    return std::nullopt;
  }
  const std::string other =
      parts.overrules->overruled_by(route->table, route->prefix, route->metric);
  if (!other.empty()) {
    add("overrules", Step::Result::Noted,
        fmt::format("its metric {} goes before {} in {}", route->metric, other,
                    table_words(route->table)));
  }
  control::KernelRouteRow row = exported_row(*route);
  switch (row.state) {
    case control::KernelRouteRow::State::Installed:
      add("written", Step::Result::Passed, "the kernel has it");
      break;
    case control::KernelRouteRow::State::Pending:
      add("written", Step::Result::Noted,
          parts.exports->caught_up() ? "about to be written" : "the writer has not come to it yet");
      break;
    case control::KernelRouteRow::State::Failed:
      add("written", Step::Result::Stopped, "the kernel refused it: " + row.error);
      break;
  }
  return row;
}

}  // namespace pipit::daemon
