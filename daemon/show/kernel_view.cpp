#include "daemon/show/kernel_view.hpp"

#include "bgp/wire/family_table.hpp"
#include "daemon/bridge/kernel_words.hpp"
#include "net/slice_budget.hpp"

namespace pipit::daemon {
namespace {

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
class KernelView::RouteRows final : public control::Cursor<control::KernelRouteRow> {
 public:
  explicit RouteRows(const KernelBridge& bridge) : view_(bridge) {}

  bool next(std::size_t max_rows,
            const std::function<void(const control::KernelRouteRow&)>& sink) override {
    net::SliceBudget budget(view_.bridge_.loop(), kSlice, kStepsPerLook);
    std::size_t rows = 0;
    while (family_ < net::kFamilyCount && rows < max_rows) {
      if (!bgp::family_row(net::kFamilies[family_]).kernel) {
        ++family_;
        continue;
      }
      const rib::Table& table = rib().table(net::kFamilies[family_]);
      if (position_ >= table.capacity()) {
        ++family_;
        position_ = 0;
        continue;
      }
      const rib::DestinationId id{position_++};
      if (table.destinations().contains(id)) {
        rows += show(net::kFamilies[family_], id, sink);
      }
      if (budget.spent_after_step()) {
        break;
      }
    }
    return family_ < net::kFamilyCount;
  }

 private:
  static constexpr std::uint32_t kStepsPerLook = 64;  // at the clock: a step is a destination

  std::size_t show(net::Family family,
                   rib::DestinationId id,
                   const std::function<void(const control::KernelRouteRow&)>& sink) const {
    std::size_t rows = 0;
    const net::Prefix prefix = rib().table(family).prefix(id);
    const KernelBridge::Parts parts = view_.bridge_.parts();
    if (parts.import != nullptr && parts.import->is_announced(prefix)) {
      if (const auto route = parts.import->route_of(prefix)) {
        sink(view_.imported_row(*route));
        ++rows;
      }
    }
    if (parts.exports != nullptr) {
      if (const auto route = parts.exports->wanted(family, id)) {
        sink(view_.exported_row(*route));
        ++rows;
      }
    }
    return rows;
  }

  const rib::Rib& rib() const { return view_.bridge_.rib(); }

  KernelView view_;
  std::size_t family_ = 0;
  std::uint32_t position_ = 0;
};

control::KernelModel KernelView::status() const {
  const auto [monitor, import, overrules, writer, exports] = bridge_.parts();
  control::KernelModel model;
  model.importing = !bridge_.options().imports.empty();
  model.exporting = bridge_.options().exports.has_value();
  model.imported = import == nullptr ? 0 : import->size();
  if (writer != nullptr) {
    model.exported = writer->installed();
    model.failed = writer->failed();
    model.overruling = overrules->size();
    if (const auto example = overrules->example()) {
      model.overruling_example = example->to_string();
    }
    model.pending = writer->size() - writer->installed() - writer->failed();
    model.checking = !writer->confirmed() || !monitor->synchronized();
    const kernel::FibCounters& counters = writer->counters();
    model.audits = counters.audits;
    model.missing = counters.missing;
    model.different = counters.different;
    model.leftover = counters.leftover;
  }
  model.resyncs = monitor == nullptr ? 0 : monitor->counters().losses;
  model.last_error = bridge_.last_error();
  return model;
}

KernelView::Memory KernelView::memory() const {
  const auto [monitor, import, overrules, writer, exports] = bridge_.parts();
  const auto of = [](const auto* part) { return part == nullptr ? 0 : part->memory(); };
  return {
      .view = (monitor == nullptr ? 0 : monitor->routes().memory()) + of(import) + of(overrules),
      .writer = of(writer)};
}

std::unique_ptr<control::Cursor<control::KernelRouteRow>> KernelView::open_routes() const {
  return std::make_unique<RouteRows>(bridge_);
}

std::vector<control::HopModel> KernelView::hop_models(const std::vector<kernel::Hop>& hops) const {
  std::vector<control::HopModel> models;
  for (const kernel::Hop& hop : hops) {
    models.push_back({.gateway = hop.gateway,
                      .interface = bridge_.interface_name(hop.interface_index),
                      .onlink = hop.onlink});
  }
  return models;
}

control::KernelRouteRow KernelView::imported_row(const kernel::Route& route) const {
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

control::KernelRouteRow KernelView::exported_row(const kernel::FibRoute& route) const {
  control::KernelRouteRow row;
  row.prefix = route.prefix;
  row.direction = control::KernelRouteRow::Direction::Exported;
  row.table = route.table;
  const kernel::FibWriter& writer = *bridge_.parts().writer;
  row.protocol = protocol_name(writer.ownership().protocol);
  row.metric = route.metric;
  row.preferred_source = route.preferred_source;
  row.hops = hop_models(route.hops);
  row.type = type_name(route.type);
  const auto status = writer.status(route.prefix);
  row.state = status ? row_state(status->state) : control::KernelRouteRow::State::Pending;
  row.error = status ? std::string(status->error) : "";
  return row;
}

}  // namespace pipit::daemon
