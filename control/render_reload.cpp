#include "control/render.hpp"

namespace pipit::control {
namespace {

void write(JsonWriter& json, const PlannedRoute& row) {
  json.begin_object().member("prefix", row.prefix);
  json.member("family", net::to_string(row.prefix.family())).member("neighbor", row.neighbor);
  json.member("direction", row.to_neighbor ? "export" : "import").member("change", row.change);
  json.member("while_down", row.while_down).end_object();
}

void write(JsonWriter& json, const PlannedCounts& counts) {
  json.member("accepted", counts.accepted).member("rejected", counts.rejected);
  json.member("changed", counts.changed).member("lost", counts.lost);
  json.member("announced", counts.announced).member("withdrawn", counts.withdrawn);
  json.member("updated", counts.updated).member("moved", counts.moved);
}

void write(JsonWriter& json, const PlannedSession& session) {
  json.begin_object().member("becomes", session.becomes).member("reason", session.reason);
  json.member("comes_back", session.comes_back).member("restart_after", session.restart_after);
  json.member("received", session.received).end_object();
}

void write(JsonWriter& json, const PlannedNeighbor& row) {
  json.begin_object().member("name", row.name).member("change", row.change);
  json.list("keys", row.keys).member("established", row.established).key("session");
  write(json, row.session);
  write(json, row.counts);
  json.key("while_down").begin_object();
  write(json, row.while_down);
  json.end_object().end_object();
}

}  // namespace

void write_row(JsonWriter& json, const ConfigChangeRow& row) {
  json.begin_object().member("path", row.path).member("before", row.before);
  json.member("after", row.after).list("effects", row.effects).end_object();
}

void write_row(JsonWriter& json, const ConfigHistoryRow& row) {
  json.begin_object().member("number", row.number).member("applied_at", row.applied_at);
  json.member("by", row.by).key("requester");
  if (row.requester) {
    json.begin_object().member("user", row.user);
    json.member("uid", std::uint64_t{row.requester->user});
    json.member("pid", std::int64_t{row.requester->process}).end_object();
  } else {
    json.raw("null");
  }
  json.member("running", row.running).member("kept", row.kept).member("changes", row.changes);
  json.key("first_changes").begin_array();
  for (const ConfigChangeRow& change : row.first_changes) {
    write_row(json, change);
  }
  json.end_array().end_object();
}

void write_row(JsonWriter& json, const PlannedRow& row) {
  std::visit([&json](const auto& one) { write(json, one); }, row);
}

void write_members(JsonWriter& json, const ReloadResult& result) {
  json.member("ok", result.ok).member("diagnostics", result.diagnostics);
  json.list("added", result.added).list("removed", result.removed);
  json.list("reset", result.reset).list("updated", result.updated);
  json.member("keys", result.keys).member("number", result.number);
  json.member("confirm_until", result.confirm_until);
}

void write_members(JsonWriter& json, const ConfigCheck& result) {
  json.member("ok", result.ok).member("diagnostics", result.diagnostics);
}

}  // namespace pipit::control
