#include "policy/policy.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "policy/actions.hpp"
#include "policy/conditions.hpp"
#include "policy/rule.hpp"

namespace pipit::policy {
namespace {

class BuiltIn final : public Policy {
 public:
  BuiltIn(std::string name, bool accepts) : name_(std::move(name)), accepts_(accepts) {}

  const std::string& name() const override { return name_; }

  Outcome evaluate(const RouteFacts& /*facts*/,
                   bgp::PathAttributes& /*attributes*/,
                   Tracer* tracer) const override {
    if (tracer != nullptr) {
      tracer->enter(name_);
      tracer->leave(name_, accepts_ ? "accept" : "reject");
    }
    return {.accepted = accepts_};
  }

  bool depends_on_prefix() const override { return false; }

  bool accepts_unchanged() const override { return accepts_; }

 private:
  std::string name_;
  bool accepts_;
};

class Compiled final : public Policy {
 public:
  Compiled(std::string name, std::vector<Rule> rules)
      : name_(std::move(name)), rules_(std::move(rules)) {
    for (const Rule& rule : rules_) {
      needs_ |= rule.idle() ? Needs{} : rule.needs();
    }
    const auto first = std::find_if_not(rules_.begin(), rules_.end(),
                                        [](const Rule& rule) { return rule.idle(); });
    accepts_unchanged_ = first != rules_.end() && first->then == Then::Accept &&
                         first->matches_everything() && first->actions.empty();
  }

  const std::string& name() const override { return name_; }

  Outcome evaluate(const RouteFacts& facts,
                   bgp::PathAttributes& attributes,
                   Tracer* tracer) const override {
    if (tracer != nullptr) {
      tracer->enter(name_);
    }
    Outcome outcome;
    Working working{facts, attributes, outcome};
    for (const Rule& rule : rules_) {
      const Question question{facts, attributes};
      if (!(tracer == nullptr ? rule.matches(question) : rule.matches(question, *tracer))) {
        continue;
      }
      if (tracer == nullptr) {
        rule.apply(working);
      } else {
        rule.apply(working, *tracer);
      }
      if (rule.then != Then::None) {
        outcome.accepted = rule.then == Then::Accept;
        outcome.rule = rule.index;
        break;
      }
    }
    if (tracer != nullptr) {
      tracer->leave(name_, outcome.accepted ? "accept" : outcome.rule < 0 ? "end" : "reject");
    }
    return outcome;
  }

  bool depends_on_prefix() const override { return needs_.prefix; }

  bool accepts_unchanged() const override { return accepts_unchanged_; }

 private:
  std::string name_;
  std::vector<Rule> rules_;
  Needs needs_;
  bool accepts_unchanged_ = false;
};

/// Rules after one that always decides are left out.
std::vector<Rule> compile_rules(const std::vector<RuleOptions>& options, const CompiledSets& sets) {
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < options.size(); ++i) {
    Rule& rule = rules.emplace_back();
    rule.index = static_cast<int>(i);
    rule.place = options[i].place.text;
    rule.conditions = compile_conditions(options[i].match, sets);
    rule.actions = compile_actions(options[i].set, sets);
    rule.then = options[i].then;
    if (rule.matches_everything() && rule.then != Then::None) {
      break;
    }
  }
  return rules;
}

}  // namespace

PolicyRef accept_all() {
  static const PolicyRef kPolicy = std::make_shared<BuiltIn>("accept", true);
  return kPolicy;
}

PolicyRef reject_all() {
  static const PolicyRef kPolicy = std::make_shared<BuiltIn>("reject", false);
  return kPolicy;
}

PolicyRef rfc8212_default() {
  static const PolicyRef kPolicy = std::make_shared<BuiltIn>("rfc8212", false);
  return kPolicy;
}

PolicyMap compile(const PolicyOptions& options) {
  const CompiledSets sets = compile_sets(options.sets);
  PolicyMap policies{{"accept", accept_all()}, {"reject", reject_all()}};
  for (const auto& [name, rules] : options.policies) {
    policies.insert_or_assign(name, std::make_shared<Compiled>(name, compile_rules(rules, sets)));
  }
  return policies;
}

}  // namespace pipit::policy
