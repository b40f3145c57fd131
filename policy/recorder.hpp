// A Tracer that keeps what it is told: the rules of a policy run, of the policies that it calls
// too, in the order in which they were tried.
//
// Handed to Policy::evaluate() by the RIB and the kernel bridge for `explain`, which shows it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/trace.hpp"

namespace pipit::policy {

/// A rule as it ran.
struct RuleRecord {
  std::string policy;
  std::size_t number = 0;  // as the operator counts, from 1
  std::string place;       // "pipitd.yaml:12"; empty when not known
  bool matched = false;
  std::vector<TracedCondition> conditions;  // in the order in which they were asked
  std::vector<TracedChange> changes;
  std::string then;  // "accept", "reject", ...; empty: it did not match
};

class Recorder final : public Tracer {
 public:
  void enter(std::string_view policy) override;
  void rule(const TracedRule& rule) override;
  void condition(const TracedCondition& condition) override;
  void matched(bool matched) override;
  void change(const TracedChange& change) override;
  void then(std::string_view action) override;
  void leave(std::string_view policy, std::string_view how) override;

  /// Takes what was recorded since the last call.
  std::vector<RuleRecord> take();

 private:
  std::vector<RuleRecord> rules_;
  std::vector<std::string> policies_;  // that run now, the innermost last
};

}  // namespace pipit::policy
