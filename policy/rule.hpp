// One compiled rule: conditions, changes, and what happens then.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "policy/action.hpp"
#include "policy/condition.hpp"
#include "policy/options.hpp"

namespace pipit::policy {

struct Rule {
  int index = 0;      // in its policy
  std::string place;  // "pipitd.yaml:12"; empty when not known
  std::vector<ConditionPtr> conditions;
  std::vector<ActionPtr> actions;
  Then then = Then::None;

  bool matches(const Question& question) const {
    for (const ConditionPtr& condition : conditions) {
      if (!condition->holds(question)) {
        return false;
      }
    }
    return true;
  }

  /// The same, and tells the tracer of every condition.
  bool matches(const Question& question, Tracer& tracer) const;

  void apply(Working& working) const {
    for (const ActionPtr& action : actions) {
      action->apply(working);
    }
  }

  /// The same, and tells the tracer of every change.
  void apply(Working& working, Tracer& tracer) const;

  /// "accept", "call NAME".
  std::string then_text() const;

  bool matches_everything() const { return conditions.empty(); }

  bool idle() const { return actions.empty() && then == Then::None; }

  Needs needs() const;
};

}  // namespace pipit::policy
