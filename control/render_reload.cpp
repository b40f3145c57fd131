#include "control/render.hpp"

namespace pipit::control {
namespace {

/// Who asked for a configuration.
struct NamedRequester {
  std::string_view user;
  std::uint64_t uid = 0;
  std::int64_t pid = 0;
};

}  // namespace

template <>
inline constexpr const Record* kShownAs<NamedRequester> = &shown::kRequester;

namespace {

constexpr auto kRequester = table<NamedRequester>({
    {"user", get<&NamedRequester::user>},
    {"uid", get<&NamedRequester::uid>},
    {"pid", get<&NamedRequester::pid>},
});

void write_members(JsonWriter& json, const NamedRequester& model) {
  kRequester.write(json, model);
}

std::optional<NamedRequester> requester(const ConfigHistoryRow& row) {
  if (!row.requester) {
    return std::nullopt;
  }
  return NamedRequester{row.user, row.requester->user, row.requester->process};
}

constexpr auto kConfig = table<ConfigModel>({
    {"file", get<&ConfigModel::file>},
    {"yaml", get<&ConfigModel::yaml>},
    {"config", json_text<&ConfigModel::json>},
});

constexpr auto kConfigCheck = table<ConfigCheck>({
    {"ok", get<&ConfigCheck::ok>},
    {"diagnostics", get<&ConfigCheck::diagnostics>},
});

constexpr auto kReload = table<ReloadResult>({
    {{},
     fields_of<[](const ReloadResult& model) { return ConfigCheck{model.ok, model.diagnostics}; }>},
    {"added", get<&ReloadResult::added>},
    {"removed", get<&ReloadResult::removed>},
    {"reset", get<&ReloadResult::reset>},
    {"updated", get<&ReloadResult::updated>},
    {"keys", get<&ReloadResult::keys>},
    {"number", get<&ReloadResult::number>},
    {"confirm_until", get<&ReloadResult::confirm_until>},
});

constexpr auto kConfigChange = table<ConfigChangeRow>({
    {"path", get<&ConfigChangeRow::path>},
    {"before", get<&ConfigChangeRow::before>},
    {"after", get<&ConfigChangeRow::after>},
    {"effects", get<&ConfigChangeRow::effects>},
});

constexpr auto kConfigHistory = table<ConfigHistoryRow>({
    {"number", get<&ConfigHistoryRow::number>},
    {"applied_at", get<&ConfigHistoryRow::applied_at>},
    {"by", get<&ConfigHistoryRow::by>},
    {"requester", get<[](const ConfigHistoryRow& row) { return requester(row); }>},
    {"running", get<&ConfigHistoryRow::running>},
    {"kept", get<&ConfigHistoryRow::kept>},
    {"changes", get<&ConfigHistoryRow::changes>},
    {"first_changes", get<&ConfigHistoryRow::first_changes>},
});

constexpr auto kPlannedCounts = table<PlannedCounts>({
    {"accepted", get<&PlannedCounts::accepted>},
    {"rejected", get<&PlannedCounts::rejected>},
    {"changed", get<&PlannedCounts::changed>},
    {"lost", get<&PlannedCounts::lost>},
    {"announced", get<&PlannedCounts::announced>},
    {"withdrawn", get<&PlannedCounts::withdrawn>},
    {"updated", get<&PlannedCounts::updated>},
    {"moved", get<&PlannedCounts::moved>},
});

constexpr auto kPlannedSession = table<PlannedSession>({
    {"becomes", get<&PlannedSession::becomes>},
    {"reason", get<&PlannedSession::reason>},
    {"comes_back", get<&PlannedSession::comes_back>},
    {"restart_after", get<&PlannedSession::restart_after>},
    {"received", get<&PlannedSession::received>},
});

constexpr auto kPlannedNeighbor = table<PlannedNeighbor>({
    {"name", get<&PlannedNeighbor::name>},
    {"change", get<&PlannedNeighbor::change>},
    {"keys", get<&PlannedNeighbor::keys>},
    {"established", get<&PlannedNeighbor::established>},
    {"session", get<&PlannedNeighbor::session>},
    {{}, fields_of<&PlannedNeighbor::counts>},
    {"while_down", get<&PlannedNeighbor::while_down>},
});

constexpr auto kPlannedRoute = table<PlannedRoute>({
    {{}, fields_of<&PlannedRoute::key>},
    {"family", get<[](const PlannedRoute& row) { return row.key.family; }>},
    {"neighbor", get<&PlannedRoute::neighbor>},
    {"direction",
     get<[](const PlannedRoute& row) { return row.to_neighbor ? "export" : "import"; }>},
    {"change", get<&PlannedRoute::change>},
    {"while_down", get<&PlannedRoute::while_down>},
});

}  // namespace

void write_members(JsonWriter& json, const ConfigModel& model) {
  kConfig.write(json, model);
}

void write_members(JsonWriter& json, const ConfigCheck& model) {
  kConfigCheck.write(json, model);
}

void write_members(JsonWriter& json, const ReloadResult& model) {
  kReload.write(json, model);
}

void write_members(JsonWriter& json, const ConfigChangeRow& model) {
  kConfigChange.write(json, model);
}

void write_members(JsonWriter& json, const ConfigHistoryRow& model) {
  kConfigHistory.write(json, model);
}

void write_members(JsonWriter& json, const PlannedCounts& model) {
  kPlannedCounts.write(json, model);
}

void write_members(JsonWriter& json, const PlannedSession& model) {
  kPlannedSession.write(json, model);
}

void write_members(JsonWriter& json, const PlannedNeighbor& model) {
  kPlannedNeighbor.write(json, model);
}

void write_members(JsonWriter& json, const PlannedRoute& model) {
  kPlannedRoute.write(json, model);
}

}  // namespace pipit::control
