#include "control/render.hpp"

namespace pipit::control {
namespace {

constexpr auto kFamily = table<FamilyRow>({
    {"negotiated", get<&FamilyRow::negotiated>},
    {"received", get<&FamilyRow::received>},
    {"accepted", get<&FamilyRow::accepted>},
    {"rejected", get<&FamilyRow::rejected>},
    {"advertised", get<&FamilyRow::advertised>},
    {"max_prefixes", get<&FamilyRow::max_prefixes>},
    {"end_of_rib_received", get<&FamilyRow::end_of_rib_received>},
    {"end_of_rib_sent", get<&FamilyRow::end_of_rib_sent>},
});

constexpr auto kSummary = table<NeighborSummary>({
    {"name", get<&NeighborSummary::name>},
    {"description", get<&NeighborSummary::description>},
    {"address", get<&NeighborSummary::address>},
    {"asn", get<&NeighborSummary::asn>},
    {"local_asn", get<&NeighborSummary::local_asn>},
    {"type",
     get<[](const NeighborSummary& row) { return row.internal ? "internal" : "external"; }>},
    {"state", get<&NeighborSummary::state>},
    {"shutdown", get<&NeighborSummary::shutdown>},
    {"uptime_seconds", get<&NeighborSummary::uptime>},
    {"downtime_seconds", get<&NeighborSummary::downtime>},
    {"established_count", get<&NeighborSummary::established_count>},
    {"group", get<&NeighborSummary::group>},
    {"families", map_of<&NeighborSummary::families,
                        [](const FamilyRow& row) { return net::to_string(row.family); }>},
    {"last_error", get_or_null<&NeighborSummary::last_error>},
    {"last_error_at", get<&NeighborSummary::last_error_at>},
    {"last_error_past", get<&NeighborSummary::last_error_past>},
    {"connect_error", get_or_null<&NeighborSummary::connect_error>},
    {"connect_error_at", get<&NeighborSummary::connect_error_at>},
    {"warnings", get<&NeighborSummary::warnings>},
});

constexpr auto kNotification = table<NotificationModel>({
    {"code", get<&NotificationModel::code>},
    {"subcode", get<&NotificationModel::subcode>},
    {"name", get<&NotificationModel::name>},
    {"message", get<&NotificationModel::message>},
    {"data", get<&NotificationModel::data>},
    {"at", get<&NotificationModel::at>},
});

constexpr auto kCapability = table<CapabilityRow>({
    {"code", get<&CapabilityRow::code>},
    {"name", get<&CapabilityRow::name>},
    {"detail", get<&CapabilityRow::detail>},
    {"sent", get<&CapabilityRow::sent>},
    {"received", get<&CapabilityRow::received>},
});

constexpr auto kMessageCount = table<MessageCount>({
    {"sent", get<&MessageCount::sent>},
    {"received", get<&MessageCount::received>},
});

constexpr auto kTimer = table<TimerRow>({
    {"name", get<&TimerRow::name>},
    {"configured_seconds", get<&TimerRow::configured>},
    {"negotiated_seconds", get<&TimerRow::negotiated>},
    {"remaining_seconds", get<&TimerRow::remaining>},
});

constexpr auto kUpdateError = table<UpdateErrorRow>({
    {"at", get<&UpdateErrorRow::at>},
    {"action", get<&UpdateErrorRow::action>},
    {"attribute", get<&UpdateErrorRow::attribute>},
    {"reason", get<&UpdateErrorRow::reason>},
    {"rule", get<&UpdateErrorRow::rule>},
    {"octets", get<&UpdateErrorRow::octets>},
    {"prefixes", get<&UpdateErrorRow::prefixes>},
    {"prefix_count", get<&UpdateErrorRow::prefix_count>},
});

constexpr auto kUpdateErrors = table<UpdateErrorCounters>({
    {"attribute_discarded", get<&UpdateErrorCounters::attribute_discarded>},
    {"treated_as_withdraw", get<&UpdateErrorCounters::treated_as_withdraw>},
    {"session_reset", get<&UpdateErrorCounters::session_reset>},
    {"last", get<&UpdateErrorCounters::last>},
    {"recent", get<&UpdateErrorCounters::recent>},
});

constexpr auto kWait = table<WaitModel>({
    {"for", get<&WaitModel::kind>},
    {"reason", get<&WaitModel::reason>},
    {"remaining_seconds", get<&WaitModel::remaining>},
    {"ended_by", get<&WaitModel::ended_by>},
});

constexpr auto kStateChange = table<StateChangeRow>({
    {"at", get<&StateChangeRow::at>},
    {"since", get<&StateChangeRow::since>},
    {"times", get<&StateChangeRow::times>},
    {"from", get<&StateChangeRow::from>},
    {"to", get<&StateChangeRow::to>},
    {"reason", get<&StateChangeRow::reason>},
});

constexpr auto kRefused = table<RefusedRow>({
    {"reason", get<&RefusedRow::reason>},
    {"text", get<&RefusedRow::text>},
    {"routes", get<&RefusedRow::routes>},
});

constexpr auto kConnections = table<ConnectionCounts>({
    {"refused", get<&ConnectionCounts::refused>},
    {"low_ttl", get<&ConnectionCounts::low_ttl>},
});

constexpr auto kDetail = table<NeighborDetail>({
    {{}, fields_of<&NeighborDetail::summary>},
    {"local_endpoint", get<&NeighborDetail::local_endpoint>},
    {"remote_endpoint", get<&NeighborDetail::remote_endpoint>},
    {"port", get<&NeighborDetail::port>},
    {"passive", get<&NeighborDetail::passive>},
    {"ttl", get<&NeighborDetail::ttl>},
    {"ttl_security", get<&NeighborDetail::ttl_security>},
    {"password", get<&NeighborDetail::password>},
    {"router_id", get<&NeighborDetail::router_id>},
    {"hostname", get<&NeighborDetail::hostname>},
    {"shutdown_message", get<&NeighborDetail::shutdown_message>},
    {"waiting", get<&NeighborDetail::waiting>},
    {"failures_in_a_row", get<&NeighborDetail::failures_in_a_row>},
    {"failures", get<&NeighborDetail::failures>},
    {"connections", get<&NeighborDetail::connections>},
    {"timers", get<&NeighborDetail::timers>},
    {"capabilities", get<&NeighborDetail::capabilities>},
    {"messages", map_of<&NeighborDetail::messages, &MessageCount::type>},
    {"update_errors", get<&NeighborDetail::update_errors>},
    {"last_state_change_at", get<&NeighborDetail::last_state_change_at>},
    {"last_update_received_at", get<&NeighborDetail::last_update_received_at>},
    {"last_update_sent_at", get<&NeighborDetail::last_update_sent_at>},
    {"history", get<&NeighborDetail::history>},
    {"refused_routes", get<&NeighborDetail::refused>},
    {"notification_sent", get<&NeighborDetail::notification_sent>},
    {"notification_received", get<&NeighborDetail::notification_received>},
    {"octets_sent", get<&NeighborDetail::octets_sent>},
    {"octets_received", get<&NeighborDetail::octets_received>},
    {"write_queue_octets", get<&NeighborDetail::write_queue>},
    {"route_reflector_client", get<&NeighborDetail::route_reflector_client>},
    {"route_server_client", get<&NeighborDetail::route_server_client>},
    {"cluster_id", get<&NeighborDetail::cluster_id>},
    {"next_hop_self", get<&NeighborDetail::next_hop_self>},
    {"allow_own_as", get<&NeighborDetail::allow_own_as>},
    {"import_policy", get<&NeighborDetail::import_policy>},
    {"export_policy", get<&NeighborDetail::export_policy>},
    {"update_group", get<&NeighborDetail::update_group>},
});

constexpr auto kFailedNeighbor = table<FailedNeighbor>({
    {"name", get<&FailedNeighbor::name>},
    {"error", get<&FailedNeighbor::error>},
});

constexpr auto kManyNeighbors = table<ManyNeighbors>({
    {"ok", get<[](const ManyNeighbors& model) { return model.failed.empty(); }>},
    {"message", get<&ManyNeighbors::message>},
    {"neighbors", get<&ManyNeighbors::done>},
    {"failed", get<&ManyNeighbors::failed>},
});

}  // namespace

void write_members(JsonWriter& json, const FamilyRow& model) {
  kFamily.write(json, model);
}

void write_members(JsonWriter& json, const NeighborSummary& model) {
  kSummary.write(json, model);
}

void write_members(JsonWriter& json, const NotificationModel& model) {
  kNotification.write(json, model);
}

void write_members(JsonWriter& json, const CapabilityRow& model) {
  kCapability.write(json, model);
}

void write_members(JsonWriter& json, const MessageCount& model) {
  kMessageCount.write(json, model);
}

void write_members(JsonWriter& json, const TimerRow& model) {
  kTimer.write(json, model);
}

void write_members(JsonWriter& json, const UpdateErrorRow& model) {
  kUpdateError.write(json, model);
}

void write_members(JsonWriter& json, const UpdateErrorCounters& model) {
  kUpdateErrors.write(json, model);
}

void write_members(JsonWriter& json, const WaitModel& model) {
  kWait.write(json, model);
}

void write_members(JsonWriter& json, const StateChangeRow& model) {
  kStateChange.write(json, model);
}

void write_members(JsonWriter& json, const RefusedRow& model) {
  kRefused.write(json, model);
}

void write_members(JsonWriter& json, const ConnectionCounts& model) {
  kConnections.write(json, model);
}

void write_members(JsonWriter& json, const NeighborDetail& model) {
  kDetail.write(json, model);
}

void write_members(JsonWriter& json, const FailedNeighbor& model) {
  kFailedNeighbor.write(json, model);
}

void write_members(JsonWriter& json, const ManyNeighbors& model) {
  kManyNeighbors.write(json, model);
}

}  // namespace pipit::control
