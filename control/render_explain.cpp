#include "control/render.hpp"

namespace pipit::control {
namespace {

std::string_view name_of(policy::Step::Result result) {
  switch (result) {
    case policy::Step::Result::Passed:
      return "passed";
    case policy::Step::Result::Stopped:
      return "stopped";
    case policy::Step::Result::Changed:
      return "changed";
    case policy::Step::Result::Noted:
      return "noted";
  }
  return "";
}

std::string_view name_of(Delivery delivery) {
  switch (delivery) {
    case Delivery::Pending:
      return "pending";
    case Delivery::Queued:
      return "queued";
    case Delivery::Written:
      return "written";
  }
  return "";
}

/// The attributes before import policy where that changed some.
std::optional<bgp::AttributesView> received(const ExplainCandidate& candidate) {
  return candidate.changed_by_import ? std::optional(candidate.received) : std::nullopt;
}

std::optional<std::string_view> delivery(const ExplainToModel& model) {
  return model.delivery ? std::optional(name_of(*model.delivery)) : std::nullopt;
}

constexpr auto kCondition = table<policy::TracedCondition>({
    {"name", get<&policy::TracedCondition::name>},
    {"asked", get<&policy::TracedCondition::asked>},
    {"had", get<&policy::TracedCondition::had>},
    {"held", get<&policy::TracedCondition::held>},
    {"depth", get<&policy::TracedCondition::depth>},
});

constexpr auto kChange = table<policy::TracedChange>({
    {"attribute", get<&policy::TracedChange::attribute>},
    {"before", get<&policy::TracedChange::before>},
    {"after", get<&policy::TracedChange::after>},
});

constexpr auto kRule = table<policy::RuleRecord>({
    {"policy", get<&policy::RuleRecord::policy>},
    {"number", get<&policy::RuleRecord::number>},
    {"place", get<&policy::RuleRecord::place>},
    {"matched", get<&policy::RuleRecord::matched>},
    {"conditions", get<&policy::RuleRecord::conditions>},
    {"changes", get<&policy::RuleRecord::changes>},
    {"then", get<&policy::RuleRecord::then>},
});

constexpr auto kStep = table<policy::Step>({
    {"stage", get<&policy::Step::stage>},
    {"result", get<[](const policy::Step& step) { return name_of(step.result); }>},
    {"text", get<&policy::Step::text>},
    {"rule", get<&policy::Step::rule>},
    {"rules", get<&policy::Step::rules>},
});

constexpr auto kKernelImport = table<KernelImportRow>({
    {{}, fields_of<&KernelImportRow::route>},
    {"imported", get<&KernelImportRow::imported>},
    {"text", get<&KernelImportRow::text>},
    {"rules", get<&KernelImportRow::rules>},
});

constexpr auto kResolution = table<NextHopModel>({
    {{}, fields_of<&NextHopModel::row>},
    {"text", get<&NextHopModel::text>},
});

constexpr auto kCandidate = table<ExplainCandidate>({
    {{}, fields_of<&ExplainCandidate::route>},
    {"step", get<&ExplainCandidate::step>},
    {"rule", get<&ExplainCandidate::rule>},
    {"value", get<&ExplainCandidate::value>},
    {"better", get<&ExplainCandidate::better>},
    {"better_source", get<&ExplainCandidate::better_source>},
    {"void", get<&ExplainCandidate::is_void>},
    {"received", get<[](const ExplainCandidate& candidate) { return received(candidate); }>},
    {"next_hop_resolution", get<&ExplainCandidate::next_hop>},
});

constexpr auto kAsked = table<AskedModel>({
    {{}, fields_of<&AskedModel::key>},
    {"address", get<&AskedModel::address>},
});

constexpr auto kExplanation = table<ExplainModel>({
    {{}, fields_of<[](const ExplainModel& model) -> const AskedModel& { return model; }>},
    {"verdict", get<&ExplainModel::verdict>},
    {"candidates", get<&ExplainModel::candidates>},
    {"covering", get<&ExplainModel::covering>},
    {"not_accepted", get<&ExplainModel::not_accepted>},
    {"kernel_routes", get<&ExplainModel::kernel_routes>},
});

constexpr auto kTracedPath = table<TracedPath>({
    {{}, fields_of<&TracedPath::route>},
    {"received", get<&TracedPath::received>},
    {"accepted", get<&TracedPath::accepted>},
    {"steps", get<&TracedPath::steps>},
});

constexpr auto kExplanationFrom = table<ExplainFromModel>({
    {{}, fields_of<[](const ExplainFromModel& model) -> const AskedModel& { return model; }>},
    {"from", get<&ExplainFromModel::from>},
    {"verdict", get<&ExplainFromModel::verdict>},
    {"steps", get<&ExplainFromModel::steps>},
    {"paths", get<&ExplainFromModel::paths>},
    {"kernel_routes", get<&ExplainFromModel::kernel_routes>},
});

constexpr auto kExplanationNeighbor = table<ExplainNeighborModel>({
    {"neighbor", get<&ExplainNeighborModel::neighbor>},
    {"state", get<&ExplainNeighborModel::state>},
    {"verdict", get<&ExplainNeighborModel::verdict>},
    {"steps", get<&ExplainNeighborModel::steps>},
    {"advice", get<&ExplainNeighborModel::advice>},
});

constexpr auto kExplanationTo = table<ExplainToModel>({
    {{}, fields_of<[](const ExplainToModel& model) -> const AskedModel& { return model; }>},
    {"to", get<&ExplainToModel::to>},
    {"verdict", get<&ExplainToModel::verdict>},
    {"advertised", get<&ExplainToModel::advertised>},
    {"steps", get<&ExplainToModel::steps>},
    {"best", get<&ExplainToModel::best>},
    {"sent", get<&ExplainToModel::sent>},
    {"group", get<&ExplainToModel::group>},
    {"write_queue_octets", get<&ExplainToModel::write_queue>},
    {"sent_not_before", get<&ExplainToModel::sent_from>},
    {"sent_not_after", get<&ExplainToModel::sent_to>},
    {"delivery", get<[](const ExplainToModel& model) { return delivery(model); }>},
    {"installed", get<&ExplainToModel::installed>},
});

}  // namespace

void write_members(JsonWriter& json, const policy::TracedCondition& model) {
  kCondition.write(json, model);
}

void write_members(JsonWriter& json, const policy::TracedChange& model) {
  kChange.write(json, model);
}

void write_members(JsonWriter& json, const policy::RuleRecord& model) {
  kRule.write(json, model);
}

void write_members(JsonWriter& json, const policy::Step& model) {
  kStep.write(json, model);
}

void write_members(JsonWriter& json, const KernelImportRow& model) {
  kKernelImport.write(json, model);
}

void write_members(JsonWriter& json, const NextHopModel& model) {
  kResolution.write(json, model);
}

void write_members(JsonWriter& json, const ExplainCandidate& model) {
  kCandidate.write(json, model);
}

void write_members(JsonWriter& json, const AskedModel& model) {
  kAsked.write(json, model);
}

void write_members(JsonWriter& json, const ExplainModel& model) {
  kExplanation.write(json, model);
}

void write_members(JsonWriter& json, const TracedPath& model) {
  kTracedPath.write(json, model);
}

void write_members(JsonWriter& json, const ExplainFromModel& model) {
  kExplanationFrom.write(json, model);
}

void write_members(JsonWriter& json, const ExplainNeighborModel& model) {
  kExplanationNeighbor.write(json, model);
}

void write_members(JsonWriter& json, const ExplainToModel& model) {
  kExplanationTo.write(json, model);
}

}  // namespace pipit::control
