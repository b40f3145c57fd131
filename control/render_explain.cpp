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

/// An array of objects, each written by `write`.
template <typename Range, typename Write>
void write_list(JsonWriter& json, std::string_view name, const Range& range, const Write& write) {
  json.key(name).begin_array();
  for (const auto& element : range) {
    json.begin_object();
    write(element);
    json.end_object();
  }
  json.end_array();
}

/// An object written by `write`, or null.
template <typename Value, typename Write>
void write_optional(JsonWriter& json,
                    std::string_view name,
                    const std::optional<Value>& value,
                    const Write& write) {
  json.key(name);
  if (!value) {
    json.raw("null");
    return;
  }
  json.begin_object();
  write(*value);
  json.end_object();
}

void write_rule(JsonWriter& json, const policy::RuleRecord& rule) {
  json.member("policy", rule.policy).member("number", rule.number);
  json.member("place", rule.place).member("matched", rule.matched);
  write_list(json, "conditions", rule.conditions, [&](const policy::TracedCondition& condition) {
    json.member("name", condition.name).member("asked", condition.asked);
    json.member("had", condition.had).member("held", condition.held);
    json.member("depth", condition.depth);
  });
  write_list(json, "changes", rule.changes, [&](const policy::TracedChange& change) {
    json.member("attribute", change.attribute).member("before", change.before);
    json.member("after", change.after);
  });
  json.member("then", rule.then);
}

void write_steps(JsonWriter& json, const std::vector<policy::Step>& steps) {
  write_list(json, "steps", steps, [&](const policy::Step& step) {
    json.member("stage", step.stage).member("result", name_of(step.result));
    json.member("text", step.text).member("rule", step.rule);
    write_list(json, "rules", step.rules,
               [&](const policy::RuleRecord& rule) { write_rule(json, rule); });
  });
}

void write_kernel_routes(JsonWriter& json, const std::vector<KernelImportRow>& routes) {
  write_list(json, "kernel_routes", routes, [&](const KernelImportRow& row) {
    write_members(json, row.route);
    json.member("imported", row.imported).member("text", row.text).list("rules", row.rules);
  });
}

void write_candidate(JsonWriter& json, const ExplainCandidate& candidate) {
  write_members(json, candidate.route);
  json.member("step", candidate.step).member("rule", candidate.rule);
  json.member("value", candidate.value).member("better", candidate.better);
  json.member("better_source", candidate.better_source).member("void", candidate.is_void);
  json.key("received");
  if (candidate.changed_by_import) {
    json.begin_object();
    write_attributes(json, candidate.received);
    json.end_object();
  } else {
    json.raw("null");
  }
  write_optional(json, "next_hop_resolution", candidate.next_hop, [&](const NextHopModel& hop) {
    write_members(json, hop.row);
    json.member("text", hop.text);
  });
}

}  // namespace

void write_members(JsonWriter& json, const ExplainModel& model) {
  json.member("prefix", model.prefix).member("address", model.address);
  json.member("verdict", model.verdict);
  write_list(json, "candidates", model.candidates,
             [&](const ExplainCandidate& candidate) { write_candidate(json, candidate); });
  write_optional(json, "covering", model.covering,
                 [&](const RouteRow& row) { write_members(json, row); });
  write_list(json, "not_accepted", model.not_accepted,
             [&](const RouteRow& row) { write_members(json, row); });
  write_kernel_routes(json, model.kernel_routes);
}

void write_members(JsonWriter& json, const ExplainFromModel& model) {
  json.member("prefix", model.prefix).member("address", model.address);
  json.member("from", model.from).member("verdict", model.verdict);
  write_steps(json, model.steps);
  write_list(json, "paths", model.paths, [&](const TracedPath& path) {
    write_members(json, path.route);
    json.key("received").begin_object();
    write_attributes(json, path.received.view());
    json.end_object();
    write_optional(json, "accepted", path.accepted, [&](const bgp::PathAttributes& attributes) {
      write_attributes(json, attributes.view());
    });
    write_steps(json, path.steps);
  });
  write_kernel_routes(json, model.kernel_routes);
}

void write_members(JsonWriter& json, const ExplainNeighborModel& model) {
  json.member("neighbor", model.neighbor).member("state", model.state);
  json.member("verdict", model.verdict);
  write_steps(json, model.steps);
  json.list("advice", model.advice);
}

std::string_view to_string(Delivery delivery) {
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

void write_members(JsonWriter& json, const ExplainToModel& model) {
  json.member("prefix", model.prefix).member("address", model.address);
  json.member("to", model.to).member("verdict", model.verdict);
  json.member("advertised", model.advertised);
  write_steps(json, model.steps);
  write_optional(json, "best", model.best, [&](const RouteRow& row) { write_members(json, row); });
  write_optional(json, "sent", model.sent, [&](const bgp::PathAttributes& attributes) {
    write_attributes(json, attributes.view());
  });
  json.key("group");
  model.group ? write_row(json, *model.group) : static_cast<void>(json.raw("null"));
  json.member("write_queue_octets", model.write_queue);
  json.member("sent_not_before", model.sent_from).member("sent_not_after", model.sent_to);
  json.member("delivery",
              model.delivery ? std::optional(to_string(*model.delivery)) : std::nullopt);
  json.key("installed");
  model.installed ? write_row(json, *model.installed) : static_cast<void>(json.raw("null"));
}

}  // namespace pipit::control
