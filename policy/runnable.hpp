// What every policy of this folder is inside: something that can run in the middle of another run,
// called by a rule or as one of a list.
#pragma once

#include "policy/action.hpp"
#include "policy/policy.hpp"

namespace pipit::policy {

/// How the run of one policy ended.
enum class Flow : std::uint8_t {
  Accept,
  Reject,
  NextPolicy,
  End,  // of its rules: back to the caller, on to the next of a list, else rejected
};

std::string_view name_of(Flow flow);

class Runnable : public Policy {
 public:
  Outcome evaluate(const RouteFacts& facts,
                   bgp::PathAttributes& attributes,
                   Tracer* tracer) const final;

  /// Runs inside of a run; sets outcome.rule where it decides.
  virtual Flow run(Working& working, Tracer* tracer) const = 0;

  /// Adds what its conditions, and those of policies that it calls, ask about prefixes.
  virtual void add_questions(PrefixQuestions& /*questions*/) const {}

  const PrefixClasses* prefix_classes() const final { return classes_.get(); }

  /// Makes prefix_classes(), unless they are there or nothing asks for the prefix. Before anybody
  /// has runs of it in mind that are not inside of other runs.
  void classify_prefixes() const;

 private:
  mutable std::unique_ptr<const PrefixClasses> classes_;
};

using RunnableRef = std::shared_ptr<const Runnable>;

}  // namespace pipit::policy
