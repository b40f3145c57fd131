// The models as JSON, with the field names that docs/control-protocol.md promises. A row becomes
// one object; a model of one screen becomes members of the object that the caller has open.
#pragma once

#include <string>

#include "control/daemon_view.hpp"
#include "control/json_writer.hpp"
#include "control/models.hpp"

namespace pipit::control {

void write_row(JsonWriter& json, const NeighborSummary& row);
void write_row(JsonWriter& json, const RouteRow& row);
void write_row(JsonWriter& json, const KernelRouteRow& row);
void write_row(JsonWriter& json, const NextHopRow& row);
void write_row(JsonWriter& json, const GroupRow& row);
void write_row(JsonWriter& json, const ConfigChangeRow& row);
void write_row(JsonWriter& json, const ConfigHistoryRow& row);
void write_row(JsonWriter& json, const PlannedRow& row);
void write_row(JsonWriter& json, const PolicyRow& row);
void write_row(JsonWriter& json, const SetRow& row);

void write_members(JsonWriter& json, const NeighborDetail& model);
void write_members(JsonWriter& json, const StatusModel& model);
/// The member "kernel".
void write_kernel(JsonWriter& json, const KernelModel& kernel);
void write_members(JsonWriter& json, const MemoryModel& model);
void write_members(JsonWriter& json, const ConfigModel& model);
void write_members(JsonWriter& json, const ExplainModel& model);
void write_members(JsonWriter& json, const ExplainFromModel& model);
void write_members(JsonWriter& json, const ExplainToModel& model);
void write_members(JsonWriter& json, const ExplainNeighborModel& model);
void write_members(JsonWriter& json, const ReloadResult& result);
void write_members(JsonWriter& json, const ConfigCheck& result);

/// Members of a route's attributes, of a route, of a kernel route, of a next hop: shared by rows
/// and by what `explain` shows.
void write_attributes(JsonWriter& json, const bgp::AttributesView& attributes);
void write_members(JsonWriter& json, const KernelRouteRow& row);
void write_members(JsonWriter& json, const NextHopRow& row);
void write_members(JsonWriter& json, const RouteRow& row);

}  // namespace pipit::control
