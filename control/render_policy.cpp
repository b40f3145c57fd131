#include "control/render.hpp"

namespace pipit::control {

void write_row(JsonWriter& json, const PolicyRow& row) {
  json.begin_object().member("name", row.name).list("used_by", row.used_by);
  json.key("rules").begin_array();
  for (const RuleModel& rule : row.rules) {
    json.begin_object().member("number", rule.number).list("match", rule.match);
    json.list("set", rule.set).member("then", rule.then).member("hits", rule.hits);
    json.member("place", rule.place).end_object();
  }
  json.end_array().end_object();
}

void write_row(JsonWriter& json, const SetRow& row) {
  json.begin_object().member("name", row.name).member("kind", row.kind);
  json.member("entries", row.entries).member("file", row.file);
  json.list("used_by", row.used_by).end_object();
}

}  // namespace pipit::control
