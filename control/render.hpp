// The models as JSON. write_members() writes the fields of the record that a model is shown as, as
// members of the object that the caller has open; a row is such an object.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "control/daemon_view.hpp"
#include "control/json_writer.hpp"
#include "control/last_lines.hpp"
#include "control/models.hpp"
#include "control/protocol/shown_config.hpp"
#include "control/protocol/shown_explain.hpp"
#include "control/protocol/shown_neighbors.hpp"
#include "control/protocol/shown_routes.hpp"
#include "control/protocol/shown_system.hpp"
#include "control/request.hpp"
#include "control/shown.hpp"

namespace pipit::control {

// clang-format off
template <> inline constexpr const Record* kShownAs<NeighborSummary> = &shown::kNeighbor;
template <> inline constexpr const Record* kShownAs<NeighborDetail> = &shown::kNeighborDetail;
template <> inline constexpr const Record* kShownAs<FamilyRow> = &shown::kNeighborFamily;
template <> inline constexpr const Record* kShownAs<NotificationModel> = &shown::kNotification;
template <> inline constexpr const Record* kShownAs<CapabilityRow> = &shown::kCapability;
template <> inline constexpr const Record* kShownAs<MessageCount> = &shown::kMessageCount;
template <> inline constexpr const Record* kShownAs<TimerRow> = &shown::kTimer;
template <> inline constexpr const Record* kShownAs<UpdateErrorRow> = &shown::kUpdateError;
template <> inline constexpr const Record* kShownAs<UpdateErrorCounters> = &shown::kUpdateErrors;
template <> inline constexpr const Record* kShownAs<WaitModel> = &shown::kWait;
template <> inline constexpr const Record* kShownAs<StateChangeRow> = &shown::kStateChange;
template <> inline constexpr const Record* kShownAs<RefusedRow> = &shown::kRefusedRoutes;
template <> inline constexpr const Record* kShownAs<ConnectionCounts> = &shown::kConnections;
template <> inline constexpr const Record* kShownAs<FailedNeighbor> = &shown::kFailedNeighbor;
template <> inline constexpr const Record* kShownAs<ManyNeighbors> = &shown::kManyNeighbors;

template <> inline constexpr const Record* kShownAs<bgp::Aggregator> = &shown::kAggregator;
template <> inline constexpr const Record* kShownAs<bgp::AttributesView> = &shown::kAttributes;
template <> inline constexpr const Record* kShownAs<bgp::PathAttributes> = &shown::kAttributes;
template <> inline constexpr const Record* kShownAs<RejectionModel> = &shown::kRejection;
template <> inline constexpr const Record* kShownAs<net::RouteKey> = &shown::kRouteKey;
template <> inline constexpr const Record* kShownAs<RouteRow> = &shown::kRoute;
template <> inline constexpr const Record* kShownAs<HopModel> = &shown::kHop;
template <> inline constexpr const Record* kShownAs<KernelRouteRow> = &shown::kKernelRoute;
template <> inline constexpr const Record* kShownAs<NextHopRow> = &shown::kNextHop;

template <> inline constexpr const Record* kShownAs<policy::TracedCondition> = &shown::kCondition;
template <> inline constexpr const Record* kShownAs<policy::TracedChange> = &shown::kChange;
template <> inline constexpr const Record* kShownAs<policy::RuleRecord> = &shown::kTriedRule;
template <> inline constexpr const Record* kShownAs<policy::Step> = &shown::kStep;
template <> inline constexpr const Record* kShownAs<KernelImportRow> = &shown::kKernelImport;
template <> inline constexpr const Record* kShownAs<NextHopModel> = &shown::kResolution;
template <> inline constexpr const Record* kShownAs<ExplainCandidate> = &shown::kCandidate;
template <> inline constexpr const Record* kShownAs<AskedModel> = &shown::kAsked;
template <> inline constexpr const Record* kShownAs<ExplainModel> = &shown::kExplanation;
template <> inline constexpr const Record* kShownAs<TracedPath> = &shown::kTracedPath;
template <> inline constexpr const Record* kShownAs<ExplainFromModel> = &shown::kExplanationFrom;
template <> inline constexpr const Record* kShownAs<ExplainToModel> = &shown::kExplanationTo;
template <> inline constexpr const Record* kShownAs<ExplainNeighborModel> =
    &shown::kExplanationNeighbor;

template <> inline constexpr const Record* kShownAs<GroupRow> = &shown::kGroup;
template <> inline constexpr const Record* kShownAs<RuleModel> = &shown::kRule;
template <> inline constexpr const Record* kShownAs<PolicyRow> = &shown::kPolicy;
template <> inline constexpr const Record* kShownAs<SetRow> = &shown::kSet;
template <> inline constexpr const Record* kShownAs<TableModel> = &shown::kTable;
template <> inline constexpr const Record* kShownAs<KernelModel> = &shown::kKernel;
template <> inline constexpr const Record* kShownAs<LoopModel> = &shown::kLoop;
template <> inline constexpr const Record* kShownAs<DownRow> = &shown::kDown;
template <> inline constexpr const Record* kShownAs<ListenFailureRow> = &shown::kListenFailure;
template <> inline constexpr const Record* kShownAs<NeighborCounts> = &shown::kNeighborCounts;
template <> inline constexpr const Record* kShownAs<StatusModel> = &shown::kStatus;
template <> inline constexpr const Record* kShownAs<MemoryRow> = &shown::kMemoryPart;
template <> inline constexpr const Record* kShownAs<MemoryModel> = &shown::kMemory;

template <> inline constexpr const Record* kShownAs<ConfigModel> = &shown::kConfig;
template <> inline constexpr const Record* kShownAs<ConfigCheck> = &shown::kConfigCheck;
template <> inline constexpr const Record* kShownAs<ReloadResult> = &shown::kReload;
template <> inline constexpr const Record* kShownAs<ConfigChangeRow> = &shown::kConfigChange;
template <> inline constexpr const Record* kShownAs<ConfigHistoryRow> = &shown::kConfigHistory;
template <> inline constexpr const Record* kShownAs<PlannedCounts> = &shown::kPlannedCounts;
template <> inline constexpr const Record* kShownAs<PlannedSession> = &shown::kPlannedSession;
template <> inline constexpr const Record* kShownAs<PlannedNeighbor> = &shown::kPlannedNeighbor;
template <> inline constexpr const Record* kShownAs<PlannedRoute> = &shown::kPlannedRoute;

template <> inline constexpr const Record* kShownAs<DoneModel> = &shown::kDone;
template <> inline constexpr const Record* kShownAs<ListEnd> = &shown::kListEnd;
template <> inline constexpr const Record* kShownAs<KernelEnd> = &shown::kKernelEnd;
template <> inline constexpr const Record* kShownAs<MessageModel> = &shown::kMessage;
template <> inline constexpr const Record* kShownAs<RequestError> = &shown::kError;
// clang-format on

void write_members(JsonWriter& json, const NeighborSummary& model);
void write_members(JsonWriter& json, const NeighborDetail& model);
void write_members(JsonWriter& json, const FamilyRow& model);
void write_members(JsonWriter& json, const NotificationModel& model);
void write_members(JsonWriter& json, const CapabilityRow& model);
void write_members(JsonWriter& json, const MessageCount& model);
void write_members(JsonWriter& json, const TimerRow& model);
void write_members(JsonWriter& json, const UpdateErrorRow& model);
void write_members(JsonWriter& json, const UpdateErrorCounters& model);
void write_members(JsonWriter& json, const WaitModel& model);
void write_members(JsonWriter& json, const StateChangeRow& model);
void write_members(JsonWriter& json, const RefusedRow& model);
void write_members(JsonWriter& json, const ConnectionCounts& model);
void write_members(JsonWriter& json, const FailedNeighbor& model);
void write_members(JsonWriter& json, const ManyNeighbors& model);

void write_members(JsonWriter& json, const bgp::Aggregator& model);
void write_members(JsonWriter& json, const bgp::AttributesView& model);
void write_members(JsonWriter& json, const bgp::PathAttributes& model);
void write_members(JsonWriter& json, const RejectionModel& model);
void write_members(JsonWriter& json, const net::RouteKey& model);
void write_members(JsonWriter& json, const RouteRow& model);
void write_members(JsonWriter& json, const HopModel& model);
void write_members(JsonWriter& json, const KernelRouteRow& model);
void write_members(JsonWriter& json, const NextHopRow& model);

void write_members(JsonWriter& json, const policy::TracedCondition& model);
void write_members(JsonWriter& json, const policy::TracedChange& model);
void write_members(JsonWriter& json, const policy::RuleRecord& model);
void write_members(JsonWriter& json, const policy::Step& model);
void write_members(JsonWriter& json, const KernelImportRow& model);
void write_members(JsonWriter& json, const NextHopModel& model);
void write_members(JsonWriter& json, const ExplainCandidate& model);
void write_members(JsonWriter& json, const AskedModel& model);
void write_members(JsonWriter& json, const ExplainModel& model);
void write_members(JsonWriter& json, const TracedPath& model);
void write_members(JsonWriter& json, const ExplainFromModel& model);
void write_members(JsonWriter& json, const ExplainToModel& model);
void write_members(JsonWriter& json, const ExplainNeighborModel& model);

void write_members(JsonWriter& json, const GroupRow& model);
void write_members(JsonWriter& json, const RuleModel& model);
void write_members(JsonWriter& json, const PolicyRow& model);
void write_members(JsonWriter& json, const SetRow& model);
void write_members(JsonWriter& json, const TableModel& model);
void write_members(JsonWriter& json, const KernelModel& model);
void write_members(JsonWriter& json, const LoopModel& model);
void write_members(JsonWriter& json, const DownRow& model);
void write_members(JsonWriter& json, const ListenFailureRow& model);
void write_members(JsonWriter& json, const NeighborCounts& model);
void write_members(JsonWriter& json, const StatusModel& model);
void write_members(JsonWriter& json, const MemoryRow& model);
void write_members(JsonWriter& json, const MemoryModel& model);

void write_members(JsonWriter& json, const ConfigModel& model);
void write_members(JsonWriter& json, const ConfigCheck& model);
void write_members(JsonWriter& json, const ReloadResult& model);
void write_members(JsonWriter& json, const ConfigChangeRow& model);
void write_members(JsonWriter& json, const ConfigHistoryRow& model);
void write_members(JsonWriter& json, const PlannedCounts& model);
void write_members(JsonWriter& json, const PlannedSession& model);
void write_members(JsonWriter& json, const PlannedNeighbor& model);
void write_members(JsonWriter& json, const PlannedRoute& model);

void write_members(JsonWriter& json, const DoneModel& model);
void write_members(JsonWriter& json, const ListEnd& model);
void write_members(JsonWriter& json, const KernelEnd& model);
void write_members(JsonWriter& json, const MessageModel& model);
void write_members(JsonWriter& json, const RequestError& model);

/// A model as an object of its own.
template <typename Model>
void write_row(JsonWriter& json, const Model& model) {
  json.begin_object();
  write_members(json, model);
  json.end_object();
}

inline void write_row(JsonWriter& json, const PlannedRow& row) {
  std::visit([&json](const auto& one) { write_row(json, one); }, row);
}

}  // namespace pipit::control
