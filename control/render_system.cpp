#include "control/render.hpp"

namespace pipit::control {
namespace {

std::string_view name_of(KernelRouteRow::Direction direction) {
  switch (direction) {
    case KernelRouteRow::Direction::Imported:
      return "imported";
    case KernelRouteRow::Direction::Exported:
      return "exported";
  }
  return "";
}

std::string_view name_of(KernelRouteRow::State state) {
  switch (state) {
    case KernelRouteRow::State::Installed:
      return "installed";
    case KernelRouteRow::State::Pending:
      return "pending";
    case KernelRouteRow::State::Failed:
      return "failed";
  }
  return "";
}

constexpr auto kHop = table<HopModel>({
    {"gateway", get<&HopModel::gateway>},
    {"interface", get<&HopModel::interface>},
    {"onlink", get<&HopModel::onlink>},
});

constexpr auto kKernelRoute = table<KernelRouteRow>({
    {"prefix", get<&KernelRouteRow::prefix>},
    {"family",
     get<[](const KernelRouteRow& row) { return net::RouteKey::unicast(row.prefix).family; }>},
    {"direction", get<[](const KernelRouteRow& row) { return name_of(row.direction); }>},
    {"state", get<[](const KernelRouteRow& row) { return name_of(row.state); }>},
    {"table", get<&KernelRouteRow::table>},
    {"protocol", get<&KernelRouteRow::protocol>},
    {"metric", get<&KernelRouteRow::metric>},
    {"preferred_source", get<&KernelRouteRow::preferred_source>},
    {"type", get<&KernelRouteRow::type>},
    {"hops", get<&KernelRouteRow::hops>},
    {"error", get<&KernelRouteRow::error>},
});

constexpr auto kNextHop = table<NextHopRow>({
    {"address", get<&NextHopRow::address>},
    {"reachable", get<&NextHopRow::reachable>},
    {"connected", get<&NextHopRow::connected>},
    {"cost", get<&NextHopRow::cost>},
    {"via", get<&NextHopRow::via>},
    {"hops", get<&NextHopRow::hops>},
});

constexpr auto kGroup = table<GroupRow>({
    {"id", get<&GroupRow::id>},
    {"family", get<&GroupRow::family>},
    {"type", get<&GroupRow::type>},
    {"export_policy", get<&GroupRow::export_policy>},
    {"members", get<&GroupRow::members>},
    {"lagging", get<&GroupRow::lagging>},
    {"slow_events", get<&GroupRow::slow_events>},
    {"advertised", get<&GroupRow::advertised>},
    {"backlog", get<&GroupRow::backlog>},
    {"messages", get<&GroupRow::messages>},
    {"octets", get<&GroupRow::octets>},
});

constexpr auto kTable = table<TableModel>({
    {"destinations", get<&TableModel::destinations>},
    {"paths", get<&TableModel::paths>},
    {"best", get<&TableModel::best>},
});

constexpr auto kKernel = table<KernelModel>({
    {"importing", get<&KernelModel::importing>},
    {"exporting", get<&KernelModel::exporting>},
    {"imported", get<&KernelModel::imported>},
    {"exported", get<&KernelModel::exported>},
    {"pending", get<&KernelModel::pending>},
    {"failed", get<&KernelModel::failed>},
    {"overruling", get<&KernelModel::overruling>},
    {"checking", get<&KernelModel::checking>},
    {"resyncs", get<&KernelModel::resyncs>},
    {"audits", get<&KernelModel::audits>},
    {"missing", get<&KernelModel::missing>},
    {"different", get<&KernelModel::different>},
    {"leftover", get<&KernelModel::leftover>},
    {"last_error", get<&KernelModel::last_error>},
});

constexpr auto kLoop = table<LoopModel>({
    {"longest_turn_seconds", get<&LoopModel::longest_turn>},
    {"latest_timer_seconds", get<&LoopModel::latest_timer>},
});

constexpr auto kDown = table<DownRow>({
    {"name", get<&DownRow::name>},
    {"state", get<&DownRow::state>},
    {"downtime_seconds", get<&DownRow::downtime>},
    {"reason", get<&DownRow::reason>},
});

constexpr auto kListenFailure = table<ListenFailureRow>({
    {"address", get<&ListenFailureRow::address>},
    {"error", get<&ListenFailureRow::error>},
    {"next_attempt_seconds", get<&ListenFailureRow::next_attempt>},
});

constexpr auto kNeighborCounts = table<NeighborCounts>({
    {"configured", get<&NeighborCounts::configured>},
    {"established", get<&NeighborCounts::established>},
    {"shutdown", get<&NeighborCounts::shutdown>},
});

constexpr auto kStatus = table<StatusModel>({
    {"version", get<&StatusModel::version>},
    {"asn", get<&StatusModel::asn>},
    {"router_id", get<&StatusModel::router_id>},
    {"cluster_id", get<&StatusModel::cluster_id>},
    {"hostname", get<&StatusModel::hostname>},
    {"pid", get<&StatusModel::pid>},
    {"started_at", get<&StatusModel::started_at>},
    {"uptime_seconds", get<&StatusModel::uptime>},
    {"config_file", get<&StatusModel::config_file>},
    {"config_loaded_at", get<&StatusModel::config_loaded_at>},
    {"config_number", get<&StatusModel::config_number>},
    {"config_confirm_until", get<&StatusModel::config_confirm_until>},
    {"listen", get<&StatusModel::listen>},
    {"listen_failed", get<&StatusModel::listen_failed>},
    {"neighbors", get<&StatusModel::neighbors>},
    {"down", get<&StatusModel::down>},
    {"tables", map_of<&StatusModel::tables,
                      [](const TableModel& model) { return net::to_string(model.family); }>},
    {"kernel", get<&StatusModel::kernel>},
    {"loop", get<&StatusModel::loop>},
    {"resident_octets", get<&StatusModel::resident_octets>},
    {"warnings", get<&StatusModel::warnings>},
});

constexpr auto kMemoryPart = table<MemoryRow>({
    {"name", get<&MemoryRow::name>},
    {"octets", get<&MemoryRow::octets>},
    {"items", get<&MemoryRow::items>},
});

constexpr auto kMemory = table<MemoryModel>({
    {"resident_octets", get<&MemoryModel::resident_octets>},
    {"parts", get<&MemoryModel::parts>},
});

}  // namespace

void write_members(JsonWriter& json, const HopModel& model) {
  kHop.write(json, model);
}

void write_members(JsonWriter& json, const KernelRouteRow& model) {
  kKernelRoute.write(json, model);
}

void write_members(JsonWriter& json, const NextHopRow& model) {
  kNextHop.write(json, model);
}

void write_members(JsonWriter& json, const GroupRow& model) {
  kGroup.write(json, model);
}

void write_members(JsonWriter& json, const TableModel& model) {
  kTable.write(json, model);
}

void write_members(JsonWriter& json, const KernelModel& model) {
  kKernel.write(json, model);
}

void write_members(JsonWriter& json, const LoopModel& model) {
  kLoop.write(json, model);
}

void write_members(JsonWriter& json, const DownRow& model) {
  kDown.write(json, model);
}

void write_members(JsonWriter& json, const ListenFailureRow& model) {
  kListenFailure.write(json, model);
}

void write_members(JsonWriter& json, const NeighborCounts& model) {
  kNeighborCounts.write(json, model);
}

void write_members(JsonWriter& json, const StatusModel& model) {
  kStatus.write(json, model);
}

void write_members(JsonWriter& json, const MemoryRow& model) {
  kMemoryPart.write(json, model);
}

void write_members(JsonWriter& json, const MemoryModel& model) {
  kMemory.write(json, model);
}

}  // namespace pipit::control
