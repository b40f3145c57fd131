// What `show kernel` and `show status` tell of the KernelBridge.
#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/kernel_words.hpp"

namespace pipit::daemon {
namespace {

constexpr std::chrono::milliseconds kSlice{1};
constexpr std::size_t kLooksPerClock = 64;

control::KernelRouteRow::State row_state(kernel::FibState state) {
  switch (state) {
    case kernel::FibState::Installed:
      return control::KernelRouteRow::State::Installed;
    case kernel::FibState::Pending:
      return control::KernelRouteRow::State::Pending;
    case kernel::FibState::Failed:
      return control::KernelRouteRow::State::Failed;
  }
  return control::KernelRouteRow::State::Pending;
}

}  // namespace

/// Walks over the destinations: what the kernel gave of each, and what it is given.
class KernelBridge::RouteRows final : public control::Cursor<control::KernelRouteRow> {
 public:
  explicit RouteRows(const KernelBridge& bridge) : bridge_(bridge) {}

  bool next(std::size_t max_rows,
            const std::function<void(const control::KernelRouteRow&)>& sink) override {
    const net::TimePoint end = net::Clock::now() + kSlice;
    std::size_t rows = 0;
    for (std::size_t looks = 1; family_ < net::kFamilyCount && rows < max_rows; ++looks) {
      const rib::Table& table = bridge_.rib_.table(net::kFamilies[family_]);
      if (position_ >= table.capacity()) {
        ++family_;
        position_ = 0;
        continue;
      }
      const rib::DestinationId id{position_++};
      if (table.destinations().contains(id)) {
        rows += show(net::kFamilies[family_], id, sink);
      }
      if (looks % kLooksPerClock == 0 && net::Clock::now() >= end) {
        break;
      }
    }
    return family_ < net::kFamilyCount;
  }

 private:
  std::size_t show(net::Family family,
                   rib::DestinationId id,
                   const std::function<void(const control::KernelRouteRow&)>& sink) const {
    std::size_t rows = 0;
    const net::Prefix prefix = bridge_.rib_.table(family).prefix(id);
    if (bridge_.import_ && bridge_.import_->is_announced(prefix)) {
      if (const auto route = bridge_.import_->route_of(prefix)) {
        sink(bridge_.imported_row(*route));
        ++rows;
      }
    }
    if (bridge_.export_) {
      if (const auto route = bridge_.export_->wanted(family, id)) {
        sink(bridge_.exported_row(*route));
        ++rows;
      }
    }
    return rows;
  }

  const KernelBridge& bridge_;
  std::size_t family_ = 0;
  std::uint32_t position_ = 0;
};

control::KernelModel KernelBridge::status() const {
  control::KernelModel model;
  model.importing = !options_.imports.empty();
  model.exporting = options_.exports.has_value();
  model.imported = import_ ? import_->size() : 0;
  if (writer_) {
    model.exported = writer_->installed();
    model.failed = writer_->failed();
    model.overruling = overrules_->size();
    if (const auto example = overrules_->example()) {
      model.overruling_example = example->to_string();
    }
    model.pending = writer_->size() - writer_->installed() - writer_->failed();
    model.checking = !writer_->confirmed() || !monitor_->synchronized();
    const kernel::FibCounters& counters = writer_->counters();
    model.audits = counters.audits;
    model.missing = counters.missing;
    model.different = counters.different;
    model.leftover = counters.leftover;
  }
  model.resyncs = monitor_ ? monitor_->counters().losses : 0;
  model.last_error = last_error_;
  return model;
}

KernelBridge::Memory KernelBridge::memory() const {
  Memory memory;
  memory.view = (monitor_ ? monitor_->routes().memory() : 0) + (import_ ? import_->memory() : 0) +
                (overrules_ ? overrules_->memory() : 0);
  memory.writer = writer_ ? writer_->memory() : 0;
  return memory;
}

std::unique_ptr<control::Cursor<control::KernelRouteRow>> KernelBridge::open_routes() const {
  return std::make_unique<RouteRows>(*this);
}

std::string KernelBridge::interface_name(std::uint32_t index) const {
  if (monitor_) {
    const auto link = monitor_->links().find(index);
    if (link != monitor_->links().end()) {
      return link->second.name;
    }
  }
  return std::to_string(index);
}

std::vector<control::HopModel> KernelBridge::hop_models(
    const std::vector<kernel::Hop>& hops) const {
  std::vector<control::HopModel> models;
  for (const kernel::Hop& hop : hops) {
    models.push_back({.gateway = hop.gateway,
                      .interface = interface_name(hop.interface_index),
                      .onlink = hop.onlink});
  }
  return models;
}

control::KernelRouteRow KernelBridge::imported_row(const kernel::Route& route) const {
  control::KernelRouteRow row;
  row.prefix = route.key.prefix;
  row.direction = control::KernelRouteRow::Direction::Imported;
  row.table = route.key.table;
  row.protocol = protocol_name(route.body.protocol);
  row.metric = route.key.metric;
  row.preferred_source = route.body.preferred_source;
  row.hops = hop_models(route.body.hops);
  row.type = type_name(route.body.type);
  return row;
}

control::KernelRouteRow KernelBridge::exported_row(const kernel::FibRoute& route) const {
  control::KernelRouteRow row;
  row.prefix = route.prefix;
  row.direction = control::KernelRouteRow::Direction::Exported;
  row.table = route.table;
  row.protocol = protocol_name(writer_->ownership().protocol);
  row.metric = route.metric;
  row.preferred_source = route.preferred_source;
  row.hops = hop_models(route.hops);
  row.type = type_name(route.type);
  const auto status = writer_->status(route.prefix);
  row.state = status ? row_state(status->state) : control::KernelRouteRow::State::Pending;
  row.error = status ? std::string(status->error) : "";
  return row;
}

}  // namespace pipit::daemon
