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
};

using RunnableRef = std::shared_ptr<const Runnable>;

}  // namespace pipit::policy
