// Where the KernelBridge lets routes be written: when the FIB writer begins and ends, and which
// routes of the kernel are ours.
#include <algorithm>
#include <iterator>

#include "daemon/bridge/kernel_bridge.hpp"
#include "net/log.hpp"

namespace pipit::daemon {

using net::LogLevel;
using net::LogPart;

void KernelBridge::end_writer() {
  if (!writer_) {
    return;
  }
  export_.reset();
  if (remove_routes()) {
    record_.write({});
  }
  writer_.reset();
}

/// False, and a line of the log, when some of our routes could not be removed.
bool KernelBridge::remove_routes() {
  const bool all = writer_->flush();
  if (!all) {
    net::log(LogPart::Kernel, LogLevel::Error, "some of our routes could not be removed");
  }
  return all;
}

void KernelBridge::apply_export() {
  if (!options_.exports || (!writer_ && !start_writer())) {
    return;
  }
  if (writer_->ownership() != *ownership_) {
    change_ownership();
  }
  note_places();
  export_->set_terms(
      {.options = *options_.exports, .policy = policies_.exports, .blackholes = blackholes_});
  settle_stale();
}

bool KernelBridge::start_writer() {
  writer_ = std::make_unique<kernel::FibWriter>(*kernel_, loop_, *ownership_);
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
  monitor_->look_again(writer_->ownership().places.all_tables());
  return true;
}

/// Routes move from place to place, each written anew before it goes. The writer knows its own
/// routes better than the monitor does.
void KernelBridge::change_ownership() {
  const kernel::Ownership known = writer_->ownership();
  writer_->set_ownership(*ownership_);
  monitor_->routes().for_each([&](const kernel::Route& route) {
    if (!known.owns(route.key, route.body.protocol)) {
      writer_->on_route_changed(nullptr, route, 0);
    }
  });
  if (monitor_->synchronized()) {
    writer_->on_synchronized();
  }
}

std::optional<kernel::Ownership> KernelBridge::ownership(
    const kernel::KernelOptions& options) const {
  if (!options.exports) {
    return std::nullopt;
  }
  std::set<std::uint32_t> tables = policies_.places.tables;
  std::set<std::uint32_t> metrics = policies_.places.metrics;
  tables.insert(options.exports->table);
  metrics.insert(options.exports->metric);
  return kernel::Ownership{.protocol = options.exports->protocol,
                           .former_protocol = former_protocol_,
                           .places = {.tables = {tables.begin(), tables.end()},
                                      .metrics = {metrics.begin(), metrics.end()},
                                      .former = former_places_},
                           .adopt = options.exports->adopt,
                           .families = options.exports->families};
}

/// Places that the configuration names no more stay ours until no route of ours is there.
void KernelBridge::remember_places() {
  if (!options_.exports) {
    former_places_.clear();
    former_protocol_.reset();
    return;
  }
  std::set<kernel::FibPlace> former;
  if (writer_) {
    former = writer_->used_places();
    if (reconciled_) {
      former_protocol_.reset();
    }
    if (former_protocol_) {
      former.insert(former_places_.begin(), former_places_.end());
    }
  } else {
    std::vector<std::uint32_t> metrics{kernel::kExportMetric, options_.exports->metric};
    metrics.insert(metrics.end(), policies_.places.metrics.begin(), policies_.places.metrics.end());
    const TableRecord::Noted noted = record_.read(metrics).value_or(TableRecord::Noted{});
    former = noted.places;
    const bool other = noted.protocol != 0 && noted.protocol != options_.exports->protocol;
    former_protocol_ = other ? std::optional(noted.protocol) : noted.former_protocol;
  }
  former_places_.clear();
  const kernel::FibPlaces present = ownership(options_)->places;
  // Of a former protocol, routes are ours only where it is noted: present places are kept, too.
  std::ranges::copy_if(former, std::back_inserter(former_places_),
                       [&](const auto& place) { return former_protocol_ || !present.has(place); });
}

/// For the next run.
void KernelBridge::note_places() {
  const kernel::FibPlaces& places = ownership_->places;
  TableRecord::Noted noted{.protocol = ownership_->protocol,
                           .former_protocol = former_protocol_,
                           .places = {places.former.begin(), places.former.end()}};
  for (const std::uint32_t table : places.tables) {
    for (const std::uint32_t metric : places.metrics) {
      noted.places.insert({.table = table, .metric = metric});
    }
  }
  record_.write(noted);
}

}  // namespace pipit::daemon
