#include "policy/recorder.hpp"

#include <utility>

namespace pipit::policy {

void Recorder::enter(std::string_view policy) {
  policies_.emplace_back(policy);
}

void Recorder::rule(const TracedRule& rule) {
  RuleRecord& record = rules_.emplace_back();
  record.policy = policies_.empty() ? std::string() : policies_.back();
  record.number = rule.number;
  record.place = rule.place;
}

void Recorder::condition(const TracedCondition& condition) {
  rules_.back().conditions.push_back(condition);
}

void Recorder::matched(bool matched) {
  rules_.back().matched = matched;
}

void Recorder::change(const TracedChange& change) {
  rules_.back().changes.push_back(change);
}

void Recorder::then(std::string_view action) {
  rules_.back().then = action;
}

void Recorder::leave(std::string_view /*policy*/, std::string_view /*how*/) {
  policies_.pop_back();
}

std::vector<RuleRecord> Recorder::take() {
  return std::exchange(rules_, {});
}

}  // namespace pipit::policy
