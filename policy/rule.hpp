// One compiled rule: conditions, changes, and what happens then.
#pragma once

#include <cstdint>
#include <string>

#include "policy/actions.hpp"
#include "policy/conditions.hpp"
#include "policy/options.hpp"
#include "policy/runnable.hpp"

namespace pipit::policy {

struct Rule {
  int index = 0;              // in its policy
  mutable std::string place;  // "pipitd.yaml:12"; empty when not known
  Conditions conditions;
  Actions actions;
  Then then = Then::None;
  RunnableRef called;              // of Then::Call
  mutable std::uint64_t hits = 0;  // routes that it matched; one thread, so no atomics

  bool matches(const Question& question, Tracer* tracer) const {
    return tracer == nullptr ? all_hold(conditions, question) : matches(question, *tracer);
  }

  void apply(Working& working, Tracer* tracer) const {
    working.outcome.changed = working.outcome.changed || !actions.empty();
    if (tracer != nullptr) {
      apply(working, *tracer);
      return;
    }
    for (const ActionPtr& action : actions) {
      action->apply(working);
    }
  }

  /// "accept", "call NAME".
  std::string then_text() const;

  bool matches_everything() const { return conditions.empty(); }

  /// It decides about every route that comes to it.
  bool last() const { return matches_everything() && then != Then::None && then != Then::Call; }

  Needs needs() const;

  void add_questions(PrefixQuestions& questions) const;

 private:
  bool matches(const Question& question, Tracer& tracer) const;
  void apply(Working& working, Tracer& tracer) const;
};

}  // namespace pipit::policy
