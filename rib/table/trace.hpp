// What the pipeline looked at on the way of one route, for `explain`. Import and export note it
// when they are given a Trace; without one they do nothing but compare a pointer with null.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.hpp"
#include "policy/recorder.hpp"

namespace pipit::rib {

/// Where on its way a route was looked at.
enum class Stage : std::uint8_t {
  // Import, in order:
  FirstAs,
  AsSets,
  TreatAsWithdraw,
  OwnAs,
  OwnOriginatorId,
  OwnClusterId,
  NextHopHost,
  DiscardAttributes,
  Blackhole,
  ImportPolicy,
  GracefulShutdown,
  // Export, in order:
  SplitHorizon,
  Reflection,
  NoAdvertise,
  NoExport,
  ExportPolicy,
  ClearMed,
  NextHop,
  AsPath,
  LocalPreference,
  OriginatorId,
  ClusterList,
  ExtendedCommunities,
};

enum class StepResult : std::uint8_t {
  Passed,   // the route goes on as it is
  Stopped,  // it ends here
  Changed,  // it goes on with another attribute
};

struct Step {
  Stage stage{};
  StepResult result = StepResult::Passed;
  std::string words;                      // with the values that were looked at
  std::vector<policy::RuleRecord> rules;  // of a policy's step: those that were tried
};

struct Trace {
  std::vector<Step> steps;
  policy::Recorder policy;  // of the policy that runs
};

/// Notes a step when somebody listens; `words` is not called otherwise.
template <typename Words>
void note(Trace* trace, Stage stage, StepResult result, const Words& words) {
  if (trace != nullptr) {
    trace->steps.push_back({stage, result, std::string(words()), {}});
  }
}

/// Who follows a policy's run; null without a trace.
inline policy::Tracer* tracer_of(Trace* trace) {
  return trace == nullptr ? nullptr : &trace->policy;
}

/// Notes what a policy said, with the rules that were tried: "a, b rejects by rule 1 of b".
void note_policy(Trace* trace,
                 Stage stage,
                 const policy::Outcome& outcome,
                 const std::string& policy);

/// note() of a check: Passed or Stopped.
template <typename Words>
void note(Trace* trace, Stage stage, bool passed, const Words& words) {
  note(trace, stage, passed ? StepResult::Passed : StepResult::Stopped, words);
}

/// What a policy said, in words: "from-tor accepts by rule 2".
std::string describe(const policy::Outcome& outcome, const std::string& policy);

/// A short name in kebab case for JSON: "own-as".
std::string_view name_of(Stage stage);
/// The section that asks for it: "RFC 4456 §8"; empty when no RFC does.
std::string_view section_of(Stage stage);

}  // namespace pipit::rib
