#include "policy/rule.hpp"

namespace pipit::policy {

bool Rule::matches(const Question& question, Tracer& tracer) const {
  tracer.rule({.number = static_cast<std::size_t>(index) + 1, .place = place});
  for (const ConditionPtr& condition : conditions) {
    condition->trace(question, tracer, 0);
  }
  const bool matched = all_hold(conditions, question);
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
    case Then::NextPolicy:
      return "next-policy";
    case Then::Call:
      return "call " + called->name();
  }
  return {};
}

Needs Rule::needs() const {
  Needs all = needs_of(conditions);
  for (const ActionPtr& action : actions) {
    all |= action->needs();
  }
  if (called != nullptr) {
    all |= called->needs();
  }
  return all;
}

void Rule::add_questions(PrefixQuestions& questions) const {
  for (const ConditionPtr& condition : conditions) {
    condition->add_questions(questions);
  }
  if (called != nullptr) {
    called->add_questions(questions);
  }
}

}  // namespace pipit::policy
