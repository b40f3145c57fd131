#include "policy/policy.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "policy/rule.hpp"
#include "policy/runnable.hpp"

namespace pipit::policy {
namespace {

class BuiltIn final : public Runnable {
 public:
  BuiltIn(std::string name, bool accepts) : name_(std::move(name)), accepts_(accepts) {}

  const std::string& name() const override { return name_; }

  Flow run(Working& /*working*/, Tracer* tracer) const override {
    const Flow flow = accepts_ ? Flow::Accept : Flow::Reject;
    if (tracer != nullptr) {
      tracer->enter(name_);
      tracer->leave(name_, name_of(flow));
    }
    return flow;
  }

  Needs needs() const override { return {}; }

  bool accepts_unchanged() const override { return accepts_; }

 private:
  std::string name_;
  bool accepts_;
};

class Compiled final : public Runnable {
 public:
  /// `counts`: its rules count what they match. One that every configuration shares does not: tests
  /// of policy may run it on another thread.
  Compiled(std::string name, std::vector<Rule> rules, bool counts = true)
      : name_(std::move(name)), rules_(std::move(rules)), counts_(counts) {
    for (const Rule& rule : rules_) {
      needs_ |= rule.needs();  // also of one that does nothing: it counts what it matches
      if (rule.last()) {
        break;  // the rest never runs
      }
    }
    accepts_unchanged_ = !rules_.empty() && rules_.front().matches_everything() &&
                         rules_.front().actions.empty() && rules_.front().then == Then::Accept;
  }

  const std::string& name() const override { return name_; }

  Flow run(Working& working, Tracer* tracer) const override {
    if (tracer != nullptr) {
      tracer->enter(name_);
    }
    const Flow flow = run_rules(working, tracer);
    if (tracer != nullptr) {
      tracer->leave(name_, name_of(flow));
    }
    return flow;
  }

  Needs needs() const override { return needs_; }

  bool accepts_unchanged() const override { return accepts_unchanged_; }

  void count_unchanged(std::uint32_t routes) const override { rules_.front().hits += routes; }

  std::vector<RuleView> rules() const override {
    std::vector<RuleView> views;
    for (const Rule& rule : rules_) {
      RuleView& view = views.emplace_back();
      view.place = rule.place;
      for (const ConditionPtr& condition : rule.conditions) {
        view.match.push_back(fmt::format("{} {}", condition->name(), condition->asked()));
      }
      for (const ActionPtr& action : rule.actions) {
        view.set.push_back(fmt::format("{} {}", action->name(), action->change()));
      }
      view.then = rule.then_text();
      view.hits = rule.hits;
    }
    return views;
  }

  void add_questions(PrefixQuestions& questions) const override {
    for (const Rule& rule : rules_) {
      rule.add_questions(questions);
    }
  }

  void relocate(const std::vector<RuleOptions>& rules) const override {
    for (std::size_t i = 0; i < rules_.size() && i < rules.size(); ++i) {
      rules_[i].place = rules[i].place.text;
    }
  }

 private:
  Flow run_rules(Working& working, Tracer* tracer) const {
    const Question question{working.facts, working.attributes};
    for (const Rule& rule : rules_) {
      if (!rule.matches(question, tracer)) {
        continue;
      }
      if (counts_) {
        rule.hits += working.facts.routes;
        if (working.facts.trail != nullptr) {
          working.facts.trail->push_back(&rule.hits);
        }
      }
      rule.apply(working, tracer);
      const Flow flow = follow(rule, working, tracer);
      if (flow != Flow::End) {
        return flow;
      }
    }
    return Flow::End;
  }

  /// What a rule that matched does to the run; End: it goes on.
  static Flow follow(const Rule& rule, Working& working, Tracer* tracer) {
    switch (rule.then) {
      case Then::None:
        break;
      case Then::Accept:
        working.outcome.rule = rule.index;
        return Flow::Accept;
      case Then::Reject:
        working.outcome.rule = rule.index;
        return Flow::Reject;
      case Then::NextPolicy:
        return Flow::NextPolicy;
      case Then::Call:
        return rule.called->run(working, tracer);
    }
    return Flow::End;
  }

  std::string name_;
  std::vector<Rule> rules_;
  bool counts_;
  Needs needs_;
  bool accepts_unchanged_ = false;  // its first rule accepts everything as it is
};

/// A list of policies.
class Sequence final : public Runnable {
 public:
  explicit Sequence(std::vector<RunnableRef> policies) : policies_(std::move(policies)) {
    for (const RunnableRef& policy : policies_) {
      name_ += (name_.empty() ? "" : ", ") + policy->name();
      needs_ |= policy->needs();
    }
  }

  const std::string& name() const override { return name_; }

  Flow run(Working& working, Tracer* tracer) const override {
    for (const RunnableRef& policy : policies_) {
      const Flow flow = policy->run(working, tracer);
      if (flow == Flow::Accept || flow == Flow::Reject) {
        return flow;
      }
    }
    return Flow::End;
  }

  Needs needs() const override { return needs_; }

  bool accepts_unchanged() const override { return policies_.front()->accepts_unchanged(); }

  void add_questions(PrefixQuestions& questions) const override {
    for (const RunnableRef& policy : policies_) {
      policy->add_questions(questions);
    }
  }

  void count_unchanged(std::uint32_t routes) const override {
    policies_.front()->count_unchanged(routes);
  }

 private:
  std::vector<RunnableRef> policies_;
  std::string name_;
  Needs needs_;
};

/// Compiles policies in the order in which they call one another.
class Compiler {
 public:
  Compiler(const PolicyOptions& options, const PolicyMap& kept)
      : options_(options), sets_(compile_sets(options.sets)), policies_(kept) {
    for (const PolicyRef& policy : {accept_all(), reject_all(), gateway_of_last_resort()}) {
      policies_.insert_or_assign(policy->name(), policy);
    }
  }

  PolicyMap run() {
    for (const auto& [name, rules] : options_.policies) {
      find(name);
    }
    return std::move(policies_);
  }

 private:
  RunnableRef find(const std::string& name) {
    auto at = policies_.find(name);
    if (at == policies_.end()) {
      const auto rules = options_.policies.find(name);
      // Only what config/ refuses comes here without rules, or for the second time.
      if (rules == options_.policies.end() || !visiting_.insert(name).second) {
        return std::static_pointer_cast<const Runnable>(reject_all());
      }
      at = policies_.emplace(name, compile_one(name, rules->second)).first;
    }
    return std::static_pointer_cast<const Runnable>(at->second);
  }

  PolicyRef compile_one(const std::string& name, const std::vector<RuleOptions>& options) {
    std::vector<Rule> rules;
    for (const RuleOptions& one : options) {
      Rule& rule = rules.emplace_back();
      rule.index = static_cast<int>(rules.size()) - 1;
      rule.place = one.place.text;
      rule.conditions = compile_conditions(one.match, sets_);
      rule.actions = compile_actions(one.set, sets_);
      rule.then = one.then;
      if (one.then == Then::Call) {
        rule.called = find(one.call);
      }
    }
    return std::make_shared<Compiled>(name, std::move(rules));
  }

  const PolicyOptions& options_;
  CompiledSets sets_;
  PolicyMap policies_;
  std::set<std::string> visiting_;
};

}  // namespace

std::string_view name_of(Flow flow) {
  switch (flow) {
    case Flow::Accept:
      return "accept";
    case Flow::Reject:
      return "reject";
    case Flow::NextPolicy:
      return "next-policy";
    case Flow::End:
      return "end";
  }
  return "";
}

Outcome Runnable::evaluate(const RouteFacts& facts,
                           bgp::PathAttributes& attributes,
                           Tracer* tracer) const {
  Outcome outcome{.changed = false};
  Working working{facts, attributes, outcome};
  outcome.accepted = run(working, tracer) == Flow::Accept;
  return outcome;
}

void Runnable::classify_prefixes() const {
  if (classes_ == nullptr && needs().prefix) {
    PrefixQuestions questions;
    add_questions(questions);
    classes_ = std::make_unique<const PrefixClasses>(std::move(questions));
  }
}

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

PolicyRef gateway_of_last_resort() {
  static const PolicyRef kPolicy = [] {
    MatchOptions match;
    for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
      match.prefix.ranges.push_back({net::Prefix(net::IpAddress::any(afi), 0), 0, 0});
    }
    std::vector<Rule> rules(1);
    rules.front().conditions = compile_conditions(match, compile_sets({}));
    rules.front().then = Then::Accept;
    const auto made = std::make_shared<Compiled>("gateway-of-last-resort", std::move(rules), false);
    made->classify_prefixes();
    return made;
  }();
  return kPolicy;
}

const std::vector<std::string>& built_in_policies() {
  static const std::vector<std::string> kNames{"accept", "reject", "gateway-of-last-resort"};
  return kNames;
}

PolicyMap compile(const PolicyOptions& options, const PolicyMap& kept) {
  return Compiler(options, kept).run();
}

PolicyRef in_sequence(const std::vector<PolicyRef>& policies) {
  std::vector<RunnableRef> runnable;
  for (const PolicyRef& policy : policies) {
    runnable.push_back(std::static_pointer_cast<const Runnable>(policy));
  }
  const RunnableRef whole =
      runnable.size() == 1 ? runnable.front() : std::make_shared<Sequence>(std::move(runnable));
  whole->classify_prefixes();
  return whole;
}

}  // namespace pipit::policy
