// What the pipeline looked at on the way of one route, for `explain`. Import and export note it
// when they are given a Trace; without one they do nothing but compare a pointer with null.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.hpp"
#include "policy/recorder.hpp"
#include "policy/step.hpp"

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

struct Trace {
  std::vector<policy::Step> steps;
  policy::Recorder policy;  // of the policy that runs
};

/// A short name in kebab case for JSON: "own-as".
std::string_view name_of(Stage stage);
/// The section that asks for it: "RFC 4456 §8"; empty when no RFC does.
std::string_view section_of(Stage stage);

/// Notes a step when somebody listens; `words` is not called otherwise.
template <typename Words>
void note(Trace* trace, Stage stage, policy::Step::Result result, const Words& words) {
  if (trace != nullptr) {
    trace->steps.push_back({.stage = std::string(name_of(stage)),
                            .result = result,
                            .text = std::string(words()),
                            .rule = std::string(section_of(stage))});
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
  note(trace, stage, passed ? policy::Step::Result::Passed : policy::Step::Result::Stopped, words);
}

/// What a policy said, in words: "from-tor accepts by rule 2".
std::string describe(const policy::Outcome& outcome, const std::string& policy);

}  // namespace pipit::rib
