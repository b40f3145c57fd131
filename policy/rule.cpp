#include "policy/rule.hpp"

namespace pipit::policy {

void Condition::trace(const Question& question, Tracer& tracer, std::size_t depth) const {
  tracer.condition({.name = std::string(name()),
                    .asked = asked(),
                    .had = had(question),
                    .held = holds(question),
                    .depth = depth});
}

bool Rule::matches(const Question& question, Tracer& tracer) const {
  tracer.rule({.number = static_cast<std::size_t>(index) + 1, .place = place});
  for (const ConditionPtr& condition : conditions) {
    condition->trace(question, tracer, 0);
  }
  const bool matched = matches(question);
  tracer.matched(matched);
  return matched;
}

void Rule::apply(Working& working, Tracer& tracer) const {
  for (const ActionPtr& action : actions) {
    TracedChange change{
        .attribute = std::string(action->name()), .before = action->value(working), .after = {}};
    action->apply(working);
    change.after = action->value(working);
    tracer.change(change);
  }
  tracer.then(then_text());
}

std::string Rule::then_text() const {
  switch (then) {
    case Then::None:
      return "next-rule";
    case Then::Accept:
      return "accept";
    case Then::Reject:
      return "reject";
  }
  return {};
}

Needs Rule::needs() const {
  Needs all;
  for (const ConditionPtr& condition : conditions) {
    all |= condition->needs();
  }
  for (const ActionPtr& action : actions) {
    all |= action->needs();
  }
  return all;
}

}  // namespace pipit::policy
