#include "control/render.hpp"

namespace pipit::control {
namespace {

constexpr auto kRule = table<RuleModel>({
    {"number", get<&RuleModel::number>},
    {"match", get<&RuleModel::match>},
    {"set", get<&RuleModel::set>},
    {"then", get<&RuleModel::then>},
    {"hits", get<&RuleModel::hits>},
    {"place", get<&RuleModel::place>},
});

constexpr auto kPolicy = table<PolicyRow>({
    {"name", get<&PolicyRow::name>},
    {"used_by", get<&PolicyRow::used_by>},
    {"rules", get<&PolicyRow::rules>},
});

constexpr auto kSet = table<SetRow>({
    {"name", get<&SetRow::name>},
    {"kind", get<&SetRow::kind>},
    {"entries", get<&SetRow::entries>},
    {"file", get<&SetRow::file>},
    {"used_by", get<&SetRow::used_by>},
});

}  // namespace

void write_members(JsonWriter& json, const RuleModel& model) {
  kRule.write(json, model);
}

void write_members(JsonWriter& json, const PolicyRow& model) {
  kPolicy.write(json, model);
}

void write_members(JsonWriter& json, const SetRow& model) {
  kSet.write(json, model);
}

}  // namespace pipit::control
