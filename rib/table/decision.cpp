#include "rib/table/decision.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "policy/text.hpp"

namespace pipit::rib {

namespace {

using Ordering = std::strong_ordering;

bool always(const BestPathOptions&) {
  return true;
}

Ordering younger(const Candidate& a, const Candidate& b) {
  return a.external && b.external ? a.changed_at <=> b.changed_at : Ordering::equal;
}

std::string number(std::uint32_t value) {
  return fmt::format_int(value).str();
}

std::string identifier(std::uint32_t value) {
  return net::IpAddress::v4(value).to_string();
}

std::string origin_value(const Candidate& candidate, std::uint32_t) {
  return std::string(policy::name_of(candidate.facts.origin));
}

std::string local_value(const Candidate& candidate, std::uint32_t) {
  return candidate.local_rank == 0 ? "originated" : candidate.local_rank == 1 ? "kernel" : "BGP";
}

std::string cost_value(const Candidate& candidate, std::uint32_t) {
  return candidate.igp_cost == kUnresolvedCost ? "unresolved" : number(candidate.igp_cost);
}

constexpr std::array kSteps{
    DecisionStep{
        Reason::LocalRoute, "local route",
        [](const Candidate& a, const Candidate& b) { return a.local_rank <=> b.local_rank; },
        always, local_value},
    DecisionStep{
        Reason::Weight, "weight",
        [](const Candidate& a, const Candidate& b) { return b.facts.weight <=> a.facts.weight; },
        always, [](const Candidate& c, std::uint32_t) { return number(c.facts.weight); }},
    DecisionStep{
        Reason::LocalPreference, "LOCAL_PREF",
        [](const Candidate& a, const Candidate& b) {
          return b.facts.local_preference <=> a.facts.local_preference;
        },
        always, [](const Candidate& c, std::uint32_t) { return number(c.facts.local_preference); }},
    DecisionStep{Reason::AsPathLength, "AS_PATH length",
                 [](const Candidate& a, const Candidate& b) {
                   return a.facts.as_path_length <=> b.facts.as_path_length;
                 },
                 [](const BestPathOptions& options) { return !options.ignore_as_path; },
                 [](const Candidate& c, std::uint32_t) { return number(c.facts.as_path_length); }},
    DecisionStep{
        Reason::Origin, "ORIGIN",
        [](const Candidate& a, const Candidate& b) { return a.facts.origin <=> b.facts.origin; },
        always, origin_value},
    DecisionStep{Reason::Med, "MULTI_EXIT_DISC",
                 [](const Candidate& a, const Candidate& b) { return a.facts.med <=> b.facts.med; },
                 always, [](const Candidate& c, std::uint32_t) { return number(c.facts.med); }},
    DecisionStep{Reason::External, "eBGP over iBGP",
                 [](const Candidate& a, const Candidate& b) { return b.external <=> a.external; },
                 always,
                 [](const Candidate& c, std::uint32_t) {
                   return std::string(c.external ? "eBGP" : "iBGP");
                 }},
    DecisionStep{Reason::IgpCost, "cost to next hop",
                 [](const Candidate& a, const Candidate& b) { return a.igp_cost <=> b.igp_cost; },
                 always, cost_value},
    DecisionStep{
        Reason::Age, "age of external paths", younger,
        [](const BestPathOptions& options) { return !options.compare_router_id; },
        [](const Candidate& c, std::uint32_t now) { return number(now - c.changed_at) + "s"; }},
    DecisionStep{Reason::RouterId, "router id",
                 [](const Candidate& a, const Candidate& b) { return a.router_id <=> b.router_id; },
                 always, [](const Candidate& c, std::uint32_t) { return identifier(c.router_id); }},
    DecisionStep{
        Reason::ClusterListLength, "CLUSTER_LIST length",
        [](const Candidate& a, const Candidate& b) {
          return a.facts.cluster_list_length <=> b.facts.cluster_list_length;
        },
        always,
        [](const Candidate& c, std::uint32_t) { return number(c.facts.cluster_list_length); }},
    DecisionStep{Reason::NeighborAddress, "neighbor address",
                 [](const Candidate& a, const Candidate& b) { return a.neighbor <=> b.neighbor; },
                 always, [](const Candidate& c, std::uint32_t) { return c.neighbor.to_string(); }},
    DecisionStep{Reason::PathId, "path identifier",
                 [](const Candidate& a, const Candidate& b) {
                   const auto order = a.path_id <=> b.path_id;
                   return order != Ordering::equal ? order : a.source <=> b.source;
                 },
                 always, [](const Candidate& c, std::uint32_t) { return number(c.path_id); }},
};

constexpr std::size_t step_index(Reason reason) {
  return static_cast<std::size_t>(reason) - static_cast<std::size_t>(Reason::LocalRoute);
}

static_assert(kSteps[step_index(Reason::PathId)].reason == Reason::PathId);

constexpr std::size_t kTieBreaks = step_index(Reason::IgpCost) + 1;

bool by_neighbor_as(const DecisionStep& step, const BestPathOptions& options) {
  return step.reason == Reason::Med && !options.always_compare_med;
}

/// MULTI_EXIT_DISC is compared among paths of one neighboring AS only (RFC 4271 §9.1.2.2 c): within
/// each group all but the lowest go, whatever the order.
std::size_t eliminate_by_group(std::span<Candidate> candidates, const DecisionStep& step) {
  const auto group_then_value = [&step](const Candidate& a, const Candidate& b) {
    const auto order = a.facts.neighbor_as <=> b.facts.neighbor_as;
    return order != Ordering::equal ? order < 0 : step.compare(a, b) < 0;
  };
  std::sort(candidates.begin(), candidates.end(), group_then_value);
  const Candidate* lowest = nullptr;
  for (Candidate& one : candidates) {
    if (lowest == nullptr || lowest->facts.neighbor_as != one.facts.neighbor_as) {
      lowest = &one;
    }
    if (step.compare(*lowest, one) < 0) {
      one.lost = step.reason;
      one.lost_to = lowest->path;
    }
  }
  const auto lost = std::partition(candidates.begin(), candidates.end(),
                                   [](const Candidate& one) { return one.lost == Reason::None; });
  return static_cast<std::size_t>(lost - candidates.begin());
}

std::size_t run_step(std::span<Candidate> candidates,
                     const DecisionStep& step,
                     const BestPathOptions& options) {
  const Candidate& first = candidates.front();
  const bool all_equal = std::all_of(candidates.begin() + 1, candidates.end(), [&](const auto& c) {
    return step.compare(first, c) == Ordering::equal;
  });
  if (all_equal) {
    return candidates.size();
  }
  if (by_neighbor_as(step, options)) {
    return eliminate_by_group(candidates, step);
  }
  const Candidate best = *std::min_element(
      candidates.begin(), candidates.end(),
      [&step](const Candidate& a, const Candidate& b) { return step.compare(a, b) < 0; });
  const auto lost = std::partition(candidates.begin(), candidates.end(), [&](const Candidate& one) {
    return step.compare(best, one) == Ordering::equal;
  });
  for (auto one = lost; one != candidates.end(); ++one) {
    one->lost = step.reason;
    one->lost_to = best.path;
  }
  return static_cast<std::size_t>(lost - candidates.begin());
}

/// Two paths against each other: positive when b wins; `reason` is the step that decided.
Ordering compare_pair(const Candidate& a,
                      const Candidate& b,
                      const BestPathOptions& options,
                      std::span<const DecisionStep> steps,
                      Reason& reason) {
  for (const DecisionStep& step : steps) {
    if (!step.applies(options) ||
        (by_neighbor_as(step, options) && a.facts.neighbor_as != b.facts.neighbor_as)) {
      continue;
    }
    if (const Ordering order = step.compare(a, b); order != Ordering::equal) {
      reason = step.reason;
      return order;
    }
  }
  return Ordering::equal;
}

/// `deterministic-med: false`: paths are compared in pairs, in the order they came, as some routers
/// do. Returns how many are equal to the winner down to the IGP cost; they stand first.
std::size_t decide_in_pairs(std::span<Candidate> candidates, const BestPathOptions& options) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.changed_at < b.changed_at; });
  Candidate* best = &candidates.front();
  for (Candidate& one : candidates.subspan(1)) {
    Reason reason = Reason::PathId;
    if (compare_pair(*best, one, options, kSteps, reason) > 0) {
      best->lost = reason;
      best->lost_to = one.path;
      best = &one;
    } else {
      one.lost = reason;
      one.lost_to = best->path;
    }
  }
  std::swap(*best, candidates.front());
  const Candidate& winner = candidates.front();
  const auto equal =
      std::stable_partition(candidates.begin() + 1, candidates.end(), [&](const Candidate& one) {
        Reason reason = Reason::None;
        const std::span<const DecisionStep> steps(kSteps);
        return compare_pair(winner, one, options, steps.first(kTieBreaks), reason) ==
               Ordering::equal;
      });
  return static_cast<std::size_t>(equal - candidates.begin());
}

void sort_equals(std::span<Candidate> equals, const BestPathOptions& options) {
  const std::span<const DecisionStep> tie_breaks = std::span(kSteps).subspan(kTieBreaks);
  std::sort(equals.begin(), equals.end(), [&](const Candidate& a, const Candidate& b) {
    Reason reason = Reason::None;
    return compare_pair(a, b, options, tie_breaks, reason) < 0;
  });
}

}  // namespace

std::span<const DecisionStep> decision_steps() {
  return kSteps;
}

const DecisionStep* decision_step(Reason reason) {
  const auto step = std::ranges::find(kSteps, reason, &DecisionStep::reason);
  return step == kSteps.end() ? nullptr : &*step;
}

std::size_t decide(std::span<Candidate> candidates, const BestPathOptions& options) {
  for (Candidate& one : candidates) {
    one.lost = Reason::None;
  }
  if (candidates.size() < 2) {
    return candidates.size();
  }
  if (!options.deterministic_med && !options.always_compare_med) {
    const std::size_t equal = decide_in_pairs(candidates, options);
    sort_equals(candidates.subspan(1, equal - 1), options);
    return equal;
  }
  std::size_t left = candidates.size();
  std::size_t equal = left;
  for (std::size_t i = 0; i < kSteps.size() && left > 1; ++i) {
    if (kSteps[i].applies(options)) {
      left = run_step(candidates.first(left), kSteps[i], options);
    }
    equal = i < kTieBreaks ? left : equal;
  }
  sort_equals(candidates.first(equal), options);
  return equal;
}

}  // namespace pipit::rib
