// What `explain` tells of the KernelBridge.
#include <fmt/format.h>

#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/kernel_words.hpp"

namespace pipit::daemon {

using control::ExplainStep;

std::vector<control::KernelImportRow> KernelBridge::explain_import(
    const net::Prefix& prefix) const {
  std::vector<control::KernelImportRow> rows;
  if (!import_ || !monitor_) {
    return rows;
  }
  const std::optional<kernel::Route> announced = import_->route_of(prefix);
  for (const std::uint32_t table : tables()) {
    const auto explain = [&](const kernel::RouteKey& key, const kernel::RouteBody& body) {
      const kernel::Route route{key, body};
      control::KernelImportRow row{.route = imported_row(route), .text = {}, .rules = {}};
      KernelImport::RuleTrace trace;
      const auto rule = import_->rule_of(key, body, &trace);
      row.imported = rule && announced && *announced == route;
      row.text = !rule ? trace.verdict
                 : row.imported
                     ? fmt::format("import rule {} takes it", *rule + 1)
                     : fmt::format("rule {} fits, but a route of lower metric is taken", *rule + 1);
      row.rules = std::move(trace.rules);
      rows.push_back(std::move(row));
    };
    monitor_->routes().for_prefix(table, prefix, explain);
  }
  for (const kernel::InterfaceAddress& address : monitor_->addresses()) {
    if (address.subnet() != prefix) {
      continue;
    }
    KernelImport::RuleTrace trace;
    const auto rule = import_->rule_of(address, &trace);
    control::KernelImportRow row{
        .route = {.prefix = prefix,
                  .protocol = "kernel",
                  .hops = {{std::nullopt, interface_name(address.interface_index), false}},
                  .type = "connected"},
        .text = {},
        .rules = std::move(trace.rules)};
    row.imported = rule.has_value();
    row.text = rule ? fmt::format("import rule {} takes it", *rule + 1) : trace.verdict;
    rows.push_back(std::move(row));
  }
  return rows;
}

rib::Rib::Traced KernelBridge::trace_import(rib::SourceId source,
                                            const net::Prefix& prefix,
                                            rib::AttributeHandle received,
                                            rib::Trace& trace) const {
  return import_->trace(source, prefix, received, trace);
}

std::optional<control::KernelRouteRow> KernelBridge::explain_export(
    net::Family family, rib::DestinationId destination, std::vector<ExplainStep>& steps) const {
  const auto add = [&](const char* stage, ExplainStep::Result result, std::string text) {
    ExplainStep& step = steps.emplace_back();
    step.stage = stage;
    step.result = result;
    step.text = std::move(text);
  };
  if (!export_) {
    add("kernel-export", ExplainStep::Result::Stopped,
        options_.exports ? "routes cannot be written: " + last_error_
                         : "kernel.export is not configured");
    return std::nullopt;
  }
  add("kernel-export", ExplainStep::Result::Passed,
      fmt::format("{}, protocol {}, metric {}", table_words(options_.exports->table),
                  protocol_name(options_.exports->protocol), options_.exports->metric));
  const auto route = export_->wanted(family, destination, {.trace = &steps});
  if (!route) {
    return std::nullopt;
  }
  const std::string other = overrules_->overruled_by(route->table, route->prefix, route->metric);
  if (!other.empty()) {
    add("overrules", ExplainStep::Result::Noted,
        fmt::format("its metric {} goes before {} in {}", route->metric, other,
                    table_words(route->table)));
  }
  control::KernelRouteRow row = exported_row(*route);
  switch (row.state) {
    case control::KernelRouteRow::State::Installed:
      add("written", ExplainStep::Result::Passed, "the kernel has it");
      break;
    case control::KernelRouteRow::State::Pending:
      add("written", ExplainStep::Result::Noted,
          export_->caught_up() ? "about to be written" : "the writer has not come to it yet");
      break;
    case control::KernelRouteRow::State::Failed:
      add("written", ExplainStep::Result::Stopped, "the kernel refused it: " + row.error);
      break;
  }
  return row;
}

}  // namespace pipit::daemon
