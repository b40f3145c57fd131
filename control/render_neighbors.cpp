#include "control/render.hpp"

namespace pipit::control {
namespace {

void write_families(JsonWriter& json, const std::vector<FamilyRow>& families) {
  json.key("families").begin_object();
  for (const FamilyRow& family : families) {
    json.key(net::to_string(family.family)).begin_object();
    json.member("negotiated", family.negotiated).member("received", family.received);
    json.member("accepted", family.accepted).member("rejected", family.rejected);
    json.member("advertised", family.advertised).member("max_prefixes", family.max_prefixes);
    json.member("end_of_rib_received", family.end_of_rib_received);
    json.member("end_of_rib_sent", family.end_of_rib_sent).end_object();
  }
  json.end_object();
}

void write_members(JsonWriter& json, const NeighborSummary& row) {
  json.member("name", row.name).member("description", row.description);
  json.member("address", row.address).member("asn", row.asn).member("local_asn", row.local_asn);
  json.member("type", row.internal ? "internal" : "external").member("state", row.state);
  json.member("shutdown", row.shutdown).member("uptime_seconds", row.uptime);
  json.member("downtime_seconds", row.downtime);
  json.member("established_count", row.established_count).member("group", row.group);
  write_families(json, row.families);
  json.key("last_error");
  row.last_error.empty() ? json.raw("null") : json.value(row.last_error);
  json.member("last_error_at", row.last_error_at).member("last_error_past", row.last_error_past);
  json.key("connect_error");
  row.connect_error.empty() ? json.raw("null") : json.value(row.connect_error);
  json.member("connect_error_at", row.connect_error_at).list("warnings", row.warnings);
}

void write_update_errors(JsonWriter& json, const UpdateErrorCounters& errors) {
  json.key("update_errors").begin_object();
  json.member("attribute_discarded", errors.attribute_discarded);
  json.member("treated_as_withdraw", errors.treated_as_withdraw);
  json.member("session_reset", errors.session_reset).member("last", errors.last);
  json.key("recent").begin_array();
  for (const UpdateErrorRow& row : errors.recent) {
    json.begin_object().member("at", row.at).member("action", row.action);
    json.member("attribute", row.attribute).member("reason", row.reason);
    json.member("rule", row.rule).member("octets", row.octets);
    json.list("prefixes", row.prefixes).member("prefix_count", row.prefix_count).end_object();
  }
  json.end_array().end_object();
}

void write_history(JsonWriter& json, const NeighborDetail& model) {
  json.member("last_state_change_at", model.last_state_change_at);
  json.member("last_update_received_at", model.last_update_received_at);
  json.member("last_update_sent_at", model.last_update_sent_at);
  json.key("history").begin_array();
  for (const StateChangeRow& row : model.history) {
    json.begin_object().member("at", row.at).member("since", row.since);
    json.member("times", row.times).member("from", row.from).member("to", row.to);
    json.member("reason", row.reason).end_object();
  }
  json.end_array();
}

void write_notification(JsonWriter& json,
                        std::string_view name,
                        const std::optional<NotificationModel>& notification) {
  json.key(name);
  if (!notification) {
    json.raw("null");
    return;
  }
  json.begin_object().member("code", notification->code).member("subcode", notification->subcode);
  json.member("name", notification->name).member("message", notification->message);
  json.member("data", notification->data).member("at", notification->at).end_object();
}

void write_waiting(JsonWriter& json, const std::optional<WaitModel>& waiting) {
  json.key("waiting");
  if (!waiting) {
    json.raw("null");
    return;
  }
  json.begin_object().member("for", waiting->kind).member("reason", waiting->reason);
  json.member("remaining_seconds", waiting->remaining);
  json.member("ended_by", waiting->ended_by).end_object();
}

void write_session(JsonWriter& json, const NeighborDetail& model) {
  write_waiting(json, model.waiting);
  json.member("failures_in_a_row", model.failures_in_a_row).member("failures", model.failures);
  json.key("connections").begin_object().member("refused", model.connections_refused);
  json.member("low_ttl", model.low_ttl).end_object();
  json.key("timers").begin_array();
  for (const TimerRow& timer : model.timers) {
    json.begin_object().member("name", timer.name);
    json.member("configured_seconds", timer.configured);
    json.member("negotiated_seconds", timer.negotiated);
    json.member("remaining_seconds", timer.remaining).end_object();
  }
  json.end_array().key("capabilities").begin_array();
  for (const CapabilityRow& capability : model.capabilities) {
    json.begin_object().member("code", capability.code).member("name", capability.name);
    json.member("detail", capability.detail).member("sent", capability.sent);
    json.member("received", capability.received).end_object();
  }
  json.end_array().key("messages").begin_object();
  for (const MessageCount& count : model.messages) {
    json.key(count.type).begin_object().member("sent", count.sent);
    json.member("received", count.received).end_object();
  }
  json.end_object();
  write_update_errors(json, model.update_errors);
  write_history(json, model);
  json.key("refused_routes").begin_array();
  for (const RefusedRow& refused : model.refused) {
    json.begin_object().member("reason", refused.reason).member("text", refused.text);
    json.member("routes", refused.routes).end_object();
  }
  json.end_array();
}

}  // namespace

void write_row(JsonWriter& json, const NeighborSummary& row) {
  json.begin_object();
  write_members(json, row);
  json.end_object();
}

void write_members(JsonWriter& json, const NeighborDetail& model) {
  write_members(json, model.summary);
  json.member("local_endpoint", model.local_endpoint);
  json.member("remote_endpoint", model.remote_endpoint).member("port", model.port);
  json.member("passive", model.passive).member("ttl", model.ttl);
  json.member("ttl_security", model.ttl_security).member("password", model.password);
  json.member("router_id", model.router_id).member("hostname", model.hostname);
  json.member("shutdown_message", model.shutdown_message);
  write_session(json, model);
  write_notification(json, "notification_sent", model.notification_sent);
  write_notification(json, "notification_received", model.notification_received);
  json.member("octets_sent", model.octets_sent).member("octets_received", model.octets_received);
  json.member("write_queue_octets", model.write_queue);
  json.member("route_reflector_client", model.route_reflector_client);
  json.member("route_server_client", model.route_server_client);
  json.member("cluster_id", model.cluster_id).member("next_hop_self", model.next_hop_self);
  json.member("allow_own_as", model.allow_own_as).member("import_policy", model.import_policy);
  json.member("export_policy", model.export_policy).member("update_group", model.update_group);
}

}  // namespace pipit::control
