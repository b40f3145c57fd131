#include "rib/table/trace.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace pipit::rib {

namespace {

struct StageWords {
  Stage stage;
  std::string_view name;
  std::string_view section;
};

constexpr std::array kStages{
    StageWords{Stage::FirstAs, "first-as", "RFC 4271 §6.3"},
    StageWords{Stage::AsSets, "as-sets", "RFC 9774 §3"},
    StageWords{Stage::TreatAsWithdraw, "treat-as-withdraw", "RFC 7606 §2"},
    StageWords{Stage::OwnAs, "own-as", "RFC 4271 §9.1.2"},
    StageWords{Stage::OwnOriginatorId, "own-originator-id", "RFC 4456 §8"},
    StageWords{Stage::OwnClusterId, "own-cluster-id", "RFC 4456 §8"},
    StageWords{Stage::NextHopHost, "next-hop-host", "RFC 4271 §6.3"},
    StageWords{Stage::DiscardAttributes, "discard-attributes", "RFC 7606 §2"},
    StageWords{Stage::Blackhole, "blackhole", "RFC 7999 §3.2"},
    StageWords{Stage::ImportPolicy, "import-policy", ""},
    StageWords{Stage::GracefulShutdown, "graceful-shutdown", "RFC 8326 §4.2"},
    StageWords{Stage::SplitHorizon, "split-horizon", "RFC 4271 §9.1.3"},
    StageWords{Stage::Reflection, "reflection", "RFC 4456 §6"},
    StageWords{Stage::NoAdvertise, "no-advertise", "RFC 1997"},
    StageWords{Stage::NoExport, "no-export", "RFC 1997"},
    StageWords{Stage::ExportPolicy, "export-policy", ""},
    StageWords{Stage::ClearMed, "clear-med", "RFC 4271 §5.1.4"},
    StageWords{Stage::NextHop, "next-hop", "RFC 4271 §5.1.3"},
    StageWords{Stage::AsPath, "as-path", "RFC 4271 §5.1.2"},
    StageWords{Stage::LocalPreference, "local-preference", "RFC 4271 §5.1.5"},
    StageWords{Stage::OriginatorId, "originator-id", "RFC 4456 §8"},
    StageWords{Stage::ClusterList, "cluster-list", "RFC 4456 §8"},
    StageWords{Stage::ExtendedCommunities, "extended-communities", "RFC 4360 §6"},
};

constexpr bool stages_are_in_order() {
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    if (kStages[i].stage != static_cast<Stage>(i)) {
      return false;
    }
  }
  return kStages.size() == static_cast<std::size_t>(Stage::ExtendedCommunities) + 1;
}

static_assert(stages_are_in_order());

/// The rule that decided; null when the end of the list did.
const policy::RuleRecord* decider(const std::vector<policy::RuleRecord>& rules) {
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    if (rule->matched && (rule->then == "accept" || rule->then == "reject")) {
      return &*rule;
    }
  }
  return nullptr;
}

/// What a policy said. Of a list of policies, and of one that calls others, the number of a rule
/// alone says little: then it comes with the policy where it stands.
std::string describe_by(const std::vector<policy::RuleRecord>& rules,
                        const policy::Outcome& outcome,
                        const std::string& policy) {
  const policy::RuleRecord* rule = outcome.rule < 0 ? nullptr : decider(rules);
  return rule == nullptr || rule->policy == policy
             ? describe(outcome, policy)
             : fmt::format("{} {} by rule {} of {}", policy,
                           outcome.accepted ? "accepts" : "rejects", rule->number, rule->policy);
}

}  // namespace

std::string describe(const policy::Outcome& outcome, const std::string& policy) {
  if (policy == policy::rfc8212_default()->name()) {
    return "no policy is configured: an external neighbor then gets and gives nothing (RFC 8212)";
  }
  if (policy == "reject") {
    return "reject rejects everything";
  }
  const char* verdict = outcome.accepted ? "accepts" : "rejects";
  return outcome.rule >= 0 ? fmt::format("{} {} by rule {}", policy, verdict, outcome.rule + 1)
         : outcome.accepted
             ? fmt::format("{} accepts", policy)
             : fmt::format("{} rejects: no rule decides, and the end of the list rejects", policy);
}

void note_policy(Trace* trace,
                 Stage stage,
                 const policy::Outcome& outcome,
                 const std::string& policy) {
  if (trace == nullptr) {
    return;
  }
  std::vector<policy::RuleRecord> rules = trace->policy.take();
  note(trace, stage, outcome.accepted, [&] { return describe_by(rules, outcome, policy); });
  trace->steps.back().rules = std::move(rules);
}

std::string_view name_of(Stage stage) {
  return kStages[static_cast<std::size_t>(stage)].name;
}

std::string_view section_of(Stage stage) {
  return kStages[static_cast<std::size_t>(stage)].section;
}

}  // namespace pipit::rib
