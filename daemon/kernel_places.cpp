// Where the KernelBridge lets routes be written: when the FIB writer begins and ends, and which
// tables hold routes of ours.
#include <algorithm>

#include "daemon/kernel_bridge.hpp"
#include "net/log.hpp"

namespace pipit::daemon {

using net::LogLevel;
using net::LogPart;

void KernelBridge::end_writer() {
  if (!writer_) {
    return;
  }
  export_.reset();
  if (writer_->flush()) {
    record_.write(writer_->options().protocol, {});
  }
  writer_.reset();
}

void KernelBridge::apply_export() {
  if (!options_.exports || (!writer_ && !start_writer())) {
    return;
  }
  if (writer_->options().places != places()) {
    change_places();
  }
  note_tables();
  export_->set_terms(
      {.options = *options_.exports, .policy = policies_.exports, .blackholes = blackholes_});
  settle_stale();
}

bool KernelBridge::start_writer() {
  writer_ = std::make_unique<kernel::FibWriter>(
      *kernel_, loop_,
      kernel::FibOptions{.protocol = options_.exports->protocol, .places = places()});
  if (const auto started = writer_->start(); !started) {
    last_error_ = started.error();
    net::log(LogPart::Kernel, LogLevel::Error, "routes cannot be written: {}", last_error_);
    writer_.reset();
    return false;
  }
  monitor_->routes().for_each(
      [&](const kernel::Route& route) { writer_->on_route_changed(nullptr, route, 0); });
  if (monitor_->synchronized()) {
    writer_->on_synchronized();
  }
  export_ = std::make_unique<KernelExport>(loop_, rib_, *writer_);
  return true;
}

bool KernelBridge::begin_audit() {
  if (!writer_ || !monitor_->synchronized() || !writer_->idle() || writer_->auditing() ||
      !export_->caught_up()) {
    return false;
  }
  writer_->audit();
  monitor_->look_again(writer_->options().places.tables);
  return true;
}

/// Routes move from place to place, each written anew before it goes. The writer knows its own
/// routes in the tables that it had better than the monitor does.
void KernelBridge::change_places() {
  const std::vector<std::uint32_t> known = writer_->options().places.tables;
  writer_->set_places(places());
  monitor_->routes().for_each([&](const kernel::Route& route) {
    const bool new_table = !std::binary_search(known.begin(), known.end(), route.key.table);
    if (new_table || route.body.protocol != own_protocol()) {
      writer_->on_route_changed(nullptr, route, 0);
    }
  });
  if (monitor_->synchronized()) {
    writer_->on_synchronized();
  }
}

kernel::FibPlaces KernelBridge::places() const {
  std::set<std::uint32_t> tables = policies_.places.tables;
  std::set<std::uint32_t> metrics = policies_.places.metrics;
  tables.insert(options_.exports->table);
  metrics.insert(options_.exports->metric);
  tables.insert(former_tables_.begin(), former_tables_.end());
  return {.tables = {tables.begin(), tables.end()}, .metrics = {metrics.begin(), metrics.end()}};
}

/// Tables that the configuration names no more stay in sight until no route of ours is in them.
void KernelBridge::remember_tables() {
  if (writer_) {
    const auto& tables = writer_->options().places.tables;
    former_tables_.insert(tables.begin(), tables.end());
    std::erase_if(former_tables_, [&](std::uint32_t table) { return !writer_->uses(table); });
  } else {
    former_tables_ =
        options_.exports ? record_.read(options_.exports->protocol) : std::set<std::uint32_t>{};
  }
}

/// For the next run.
void KernelBridge::note_tables() {
  const auto& tables = writer_->options().places.tables;
  record_.write(options_.exports->protocol, {tables.begin(), tables.end()});
}

}  // namespace pipit::daemon
