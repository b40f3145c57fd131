// A condition of a rule's match in compiled form: it decides, and says what it asked and what the
// route had.
//
// Made by compile_conditions() out of MatchOptions, held and run by rules.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "policy/prefix_classes.hpp"
#include "policy/route_facts.hpp"
#include "policy/trace.hpp"

namespace pipit::policy {

/// A route in front of a condition.
struct Question {
  const RouteFacts& facts;
  const bgp::PathAttributes& attributes;
};

class Condition {
 public:
  virtual ~Condition() = default;

  /// The key: "prefix".
  virtual std::string_view name() const = 0;
  virtual std::string asked() const = 0;
  virtual std::string had(const Question& question) const = 0;
  virtual bool holds(const Question& question) const = 0;

  /// Tells the tracer of it, and of the conditions inside of it.
  virtual void trace(const Question& question, Tracer& tracer, std::size_t depth) const;

  virtual Needs needs() const { return {}; }

  /// Adds what it, or a condition inside of it, asks about prefixes.
  virtual void add_questions(PrefixQuestions& /*questions*/) const {}
};

using ConditionPtr = std::unique_ptr<const Condition>;
using Conditions = std::vector<ConditionPtr>;

/// True when every one holds.
inline bool all_hold(const Conditions& conditions, const Question& question) {
  for (const ConditionPtr& condition : conditions) {
    if (!condition->holds(question)) {
      return false;
    }
  }
  return true;
}

Needs needs_of(const Conditions& conditions);

}  // namespace pipit::policy
