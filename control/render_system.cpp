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

void write_hops(JsonWriter& json, const std::vector<HopModel>& hops) {
  json.key("hops").begin_array();
  for (const HopModel& hop : hops) {
    json.begin_object().member("gateway", hop.gateway).member("interface", hop.interface);
    json.member("onlink", hop.onlink).end_object();
  }
  json.end_array();
}

}  // namespace

void write_kernel(JsonWriter& json, const KernelModel& kernel) {
  json.key("kernel").begin_object();
  json.member("importing", kernel.importing).member("exporting", kernel.exporting);
  json.member("imported", kernel.imported).member("exported", kernel.exported);
  json.member("pending", kernel.pending).member("failed", kernel.failed);
  json.member("overruling", kernel.overruling);
  json.member("checking", kernel.checking).member("resyncs", kernel.resyncs);
  json.member("audits", kernel.audits).member("missing", kernel.missing);
  json.member("different", kernel.different).member("leftover", kernel.leftover);
  json.member("last_error", kernel.last_error).end_object();
}

void write_members(JsonWriter& json, const KernelRouteRow& row) {
  json.member("prefix", row.prefix).member("family", net::to_string(row.prefix.family()));
  json.member("direction", name_of(row.direction)).member("state", name_of(row.state));
  json.member("table", row.table).member("protocol", row.protocol).member("metric", row.metric);
  json.member("preferred_source", row.preferred_source).member("type", row.type);
  write_hops(json, row.hops);
  json.member("error", row.error);
}

void write_row(JsonWriter& json, const KernelRouteRow& row) {
  json.begin_object();
  write_members(json, row);
  json.end_object();
}

void write_members(JsonWriter& json, const NextHopRow& row) {
  json.member("address", row.address).member("reachable", row.reachable);
  json.member("connected", row.connected).member("cost", row.cost).member("via", row.via);
  write_hops(json, row.hops);
}

void write_row(JsonWriter& json, const NextHopRow& row) {
  json.begin_object();
  write_members(json, row);
  json.end_object();
}

void write_row(JsonWriter& json, const GroupRow& row) {
  json.begin_object().member("id", row.id).member("family", net::to_string(row.family));
  json.member("type", row.type).member("export_policy", row.export_policy);
  json.list("members", row.members).list("lagging", row.lagging);
  json.member("slow_events", row.slow_events);
  json.member("advertised", row.advertised).member("backlog", row.backlog);
  json.member("messages", row.messages).member("octets", row.octets).end_object();
}

void write_members(JsonWriter& json, const StatusModel& model) {
  json.member("version", model.version).member("asn", model.asn);
  json.member("router_id", model.router_id).member("cluster_id", model.cluster_id);
  json.member("hostname", model.hostname).member("pid", model.pid);
  json.member("started_at", model.started_at).member("uptime_seconds", model.uptime);
  json.member("config_file", model.config_file);
  json.member("config_loaded_at", model.config_loaded_at);
  json.member("config_number", model.config_number);
  json.member("config_confirm_until", model.config_confirm_until).list("listen", model.listen);
  json.key("listen_failed").begin_array();
  for (const ListenFailureRow& row : model.listen_failed) {
    json.begin_object().member("address", row.address).member("error", row.error);
    json.member("next_attempt_seconds", row.next_attempt).end_object();
  }
  json.end_array().key("neighbors").begin_object().member("configured", model.neighbors);
  json.member("established", model.neighbors_established);
  json.member("shutdown", model.neighbors_shutdown).end_object();
  json.key("down").begin_array();
  for (const DownRow& row : model.down) {
    json.begin_object().member("name", row.name).member("state", row.state);
    json.member("downtime_seconds", row.downtime).member("reason", row.reason).end_object();
  }
  json.end_array();
  json.key("tables").begin_object();
  for (const TableModel& table : model.tables) {
    json.key(net::to_string(table.family)).begin_object();
    json.member("destinations", table.destinations).member("paths", table.paths);
    json.member("best", table.best).end_object();
  }
  json.end_object();
  write_kernel(json, model.kernel);
  json.key("loop").begin_object().member("longest_turn_seconds", model.loop.longest_turn);
  json.member("latest_timer_seconds", model.loop.latest_timer).end_object();
  json.member("resident_octets", model.resident_octets).list("warnings", model.warnings);
}

void write_members(JsonWriter& json, const MemoryModel& model) {
  json.member("resident_octets", model.resident_octets).key("parts").begin_array();
  for (const MemoryRow& row : model.parts) {
    json.begin_object().member("name", row.name).member("octets", row.octets);
    json.member("items", row.items).end_object();
  }
  json.end_array();
}

void write_members(JsonWriter& json, const ConfigModel& model) {
  json.member("file", model.file).member("yaml", model.yaml).key("config");
  json.raw(model.json.empty() ? std::string_view("null") : std::string_view(model.json));
}

}  // namespace pipit::control
