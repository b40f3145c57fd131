#include "daemon/show/explain.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bgp/wire/family_table.hpp"
#include "daemon/show/kernel_view.hpp"
#include "daemon/show/next_hop_view.hpp"
#include "daemon/show/route_cursor.hpp"

namespace pipit::daemon {
namespace {

using control::ExplainCandidate;
using control::ExplainModel;
using policy::Step;

/// Why the first candidate won, or why none did, in a sentence.
std::string verdict(const ExplainModel& model) {
  const auto& candidates = model.candidates;
  const std::string winner(candidates.front().route.source);
  if (!candidates.front().route.best) {
    return candidates.size() == 1 ? fmt::format("the only path, from {}, cannot be used: {}",
                                                winner, candidates.front().route.reason)
                                  : fmt::format("none of {} paths can be used", candidates.size());
  }
  const bool rivals = candidates.size() > 1 && candidates[1].route.valid;
  if (!rivals) {
    return fmt::format("the path from {} is the only one{}", winner,
                       candidates.size() > 1 ? " that can be used" : "");
  }
  const ExplainCandidate& next = candidates[1];
  return fmt::format("the path from {} is best; the next one, from {}, lost: {}", winner,
                     next.route.source, comparison_text(next));
}

std::string absence(const ExplainModel& model) {
  const std::string nothing = "there is no route to exactly " + model.key.to_string();
  return model.covering ? fmt::format("{}; {} from {} covers it", nothing,
                                      model.covering->key.to_string(), model.covering->source)
                        : nothing + ", and none that covers it";
}

}  // namespace

Step explain_step(std::string_view stage,
                  Step::Result result,
                  std::string text,
                  std::string_view rule) {
  return {.stage = std::string(stage),
          .result = result,
          .text = std::move(text),
          .rule = std::string(rule)};
}

std::string comparison_text(const ExplainCandidate& candidate) {
  if (candidate.value.empty()) {
    return std::string(candidate.route.reason);
  }
  // What a local route is, its source says as well: not "kernel of kernel".
  const std::string& source = candidate.better_source;
  const bool said =
      (source == "kernel" || source == "originate") && candidate.better.starts_with(source);
  return fmt::format("{} {} against {}{}", candidate.step, candidate.value, candidate.better,
                     said ? "" : " of " + source);
}

net::RouteKey Explainer::longest_match(const net::RouteKey& host, std::string_view from) const {
  const rib::Table& table = parts_.rib.table(host.family);
  const std::vector<rib::SourceId> sources = sources_of(from);
  std::vector<rib::PathView> paths;
  for (const rib::DestinationId id : rib::covering(table, host)) {
    paths.clear();
    rib::paths_of(table, id, paths);
    const auto meant = [&](const rib::PathView& path) {
      return from.empty() ? path.accepted != rib::AttributeHandle::None
                          : std::ranges::find(sources, path.source) != sources.end();
    };
    if (std::ranges::any_of(paths, meant)) {
      return table.key(id);
    }
  }
  return host;
}

Explainer::Decided Explainer::decided(const net::RouteKey& key, rib::VoidPaths void_paths) const {
  Decided all;
  const rib::Table& table = parts_.rib.table(key.family);
  const rib::DestinationId id = table.find(key);
  if (table.destinations().contains(id)) {
    rib::paths_of(table, id, all.paths, void_paths);
    all.candidates = table.decided(id);
  }
  return all;
}

ExplainModel Explainer::route(const net::RouteKey& key) const {
  const Decided all = decided(key, rib::VoidPaths::Show);
  ExplainModel model;
  model.key = key;
  for (const rib::PathView& path : all.paths) {
    model.candidates.push_back(candidate(all, path));
  }
  const auto of = [](const ExplainCandidate& one) { return one.route.best; };
  if (std::ranges::none_of(model.candidates, of)) {
    add_surroundings(model);
  }
  model.verdict = model.candidates.empty() ? absence(model) : verdict(model);
  return model;
}

ExplainCandidate Explainer::candidate(const Decided& all, const rib::PathView& path) const {
  ExplainCandidate made;
  made.route = route_row(parts_.rib, path);
  made.is_void = path.is_void;
  if (path.is_void) {
    made.route.best = false;
    made.route.multipath = false;
    made.route.reason = "taken back by its source";
    return made;
  }
  made.changed_by_import =
      path.accepted != rib::AttributeHandle::None && path.accepted != path.received;
  made.received = parts_.rib.attributes().view(path.received);
  made.next_hop = next_hop(path);
  if (path.reason != rib::Reason::None) {
    made.step = rib::name_of(path.reason);
    std::ranges::replace(made.step, '-', ' ');
    made.rule = rib::section_of(path.reason);
    add_comparison(all, path, made);
  }
  return made;
}

void Explainer::add_comparison(const Decided& all,
                               const rib::PathView& path,
                               ExplainCandidate& candidate) const {
  const auto found = rib::comparison(all.candidates, path.slot, parts_.rib.now());
  // A destination that waits for the decision process may come out otherwise than it stands.
  if (found && found->step == path.reason) {
    candidate.value = found->value;
    candidate.better = found->better;
    candidate.better_source = parts_.rib.sources()[found->better_from].name;
  }
}

std::optional<control::NextHopModel> Explainer::next_hop(const rib::PathView& path) const {
  if (path.accepted == rib::AttributeHandle::None) {
    return std::nullopt;
  }
  const rib::NextHopKey key = rib::Table::next_hop_key(parts_.rib.attributes().view(path.accepted),
                                                       parts_.rib.sources()[path.source]);
  if (key.address.is_unspecified()) {
    return std::nullopt;
  }
  return next_hop_model(key, parts_.rib.next_hops(), parts_.kernel);
}

/// Of a prefix without a best path: what covers it, who refused what, what the kernel has.
void Explainer::add_surroundings(ExplainModel& model) const {
  const rib::Table& table = parts_.rib.table(model.key.family);
  std::vector<rib::PathView> paths;
  for (const rib::DestinationId id : rib::covering(table, model.key)) {
    paths.clear();
    rib::paths_of(table, id, paths);
    const bool itself = table.key(id) == model.key;
    for (const rib::PathView& path : paths) {
      if (!itself && path.accepted == rib::AttributeHandle::None) {
        model.not_accepted.push_back(route_row(parts_.rib, path));
      }
      if (!itself && path.best && !model.covering) {
        model.covering = route_row(parts_.rib, path);
      }
    }
  }
  if (bgp::family_row(model.key.family).kernel) {
    model.kernel_routes = KernelView(parts_.kernel).explain_import(model.key.prefix);
  }
}

}  // namespace pipit::daemon
