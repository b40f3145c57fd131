// `explain PREFIX from NAME`: what import makes of what a source announces.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "bgp/wire/family_table.hpp"
#include "control/refusals.hpp"
#include "daemon/show/explain.hpp"
#include "daemon/show/kernel_view.hpp"
#include "daemon/show/neighbor_troubles.hpp"
#include "daemon/show/rejection.hpp"
#include "daemon/show/route_cursor.hpp"

namespace pipit::daemon {
namespace {

using control::ExplainFromModel;
using control::TracedPath;
using policy::Step;
using Result = Step::Result;

/// How far a path came, in a sentence.
std::string verdict(const rib::PathView& path,
                    const control::ExplainCandidate& candidate,
                    const TracedPath& traced) {
  if (path.accepted == rib::AttributeHandle::None) {
    const bool told = !traced.steps.empty() && traced.steps.back().result == Result::Stopped;
    return fmt::format("not accepted: {}",
                       told ? traced.steps.back().text : std::string(candidate.route.reason));
  }
  if (path.best) {
    return "accepted, and the best path";
  }
  if (!path.eligible) {
    return fmt::format("accepted, but cannot be used: {}", candidate.route.reason);
  }
  return fmt::format("accepted, {}: {}",
                     path.multipath ? "used beside the best path, but not it" : "not the best path",
                     comparison_text(candidate));
}

Step decision_step(const rib::PathView& path, const control::ExplainCandidate& candidate) {
  if (path.best) {
    return explain_step("decision", Result::Passed, "the best path");
  }
  if (path.reason == rib::Reason::Undecided) {
    return explain_step("decision", Result::Noted, "waits for the decision process");
  }
  return explain_step("decision", path.multipath ? Result::Noted : Result::Stopped,
                      comparison_text(candidate) + (path.multipath ? "; used beside it" : ""),
                      candidate.rule);
}

Step next_hop_step(const rib::PathView& path, const control::ExplainCandidate& candidate) {
  const control::NextHopModel& model = *candidate.next_hop;
  const std::string address = model.row.address.to_string();
  if (path.eligible) {
    return explain_step("next-hop-resolution", Result::Passed,
                        fmt::format("{} is {}{}", address, model.text,
                                    model.row.reachable ? "" : ", used unresolved"));
  }
  const bool repeats = path.reason == rib::Reason::NextHopOwnAddress;
  return explain_step(
      "next-hop-resolution", Result::Stopped,
      repeats ? fmt::format("{}: {}", address, model.text)
              : fmt::format("{}: {} ({})", address, candidate.route.reason, model.text),
      path.reason == rib::Reason::NextHopUnresolved ? "RFC 4271 §9.1.2.1" : "RFC 4271 §6.3");
}

}  // namespace

std::vector<rib::SourceId> Explainer::sources_of(std::string_view name) const {
  if (name == "kernel") {
    return {rib::kKernelSource, rib::kConnectedSource};
  }
  if (name == "originate") {
    return {rib::kOriginateSource};
  }
  const Neighbor* neighbor = parts_.speaker.find(name);
  return neighbor == nullptr ? std::vector<rib::SourceId>() : std::vector{neighbor->source};
}

std::expected<ExplainFromModel, control::Refusal> Explainer::from(const net::RouteKey& key,
                                                                  std::string_view name) const {
  const std::vector<rib::SourceId> sources = sources_of(name);
  if (sources.empty()) {
    return std::unexpected(control::no_neighbor(name));
  }
  ExplainFromModel model;
  model.key = key;
  model.from = name;
  if (const Neighbor* neighbor = parts_.speaker.find(name)) {
    if (add_session(*neighbor, key.family, model.steps)) {
      add_update_error(*neighbor, model);
    }
  }
  if (name == "kernel" && bgp::family_row(key.family).kernel) {
    model.kernel_routes = KernelView(parts_.kernel).explain_import(key.prefix);
  }
  for (const rib::SourceId source : sources) {
    add_paths(source, model);
  }
  if (model.paths.empty()) {
    model.verdict = silence(sources, model);
  }
  return model;
}

/// The last UPDATE with this prefix that was not as it should be, as far as that is remembered.
void Explainer::add_update_error(const Neighbor& neighbor, ExplainFromModel& model) const {
  const bgp::UpdateErrorLog* log = neighbor.peer->record().update_error_log();
  const bgp::LoggedUpdateError* found = log == nullptr ? nullptr : log->find(model.key);
  if (found == nullptr) {
    return;
  }
  const Decided all = decided(model.key, rib::VoidPaths::Skip);
  const bool stands = std::ranges::any_of(
      all.paths, [&](const rib::PathView& path) { return path.source == neighbor.source; });
  const bool withdrawn = found->error.action == bgp::ErrorAction::TreatAsWithdraw && !stands;
  model.steps.push_back(explain_step("update", withdrawn ? Result::Stopped : Result::Noted,
                                     update_error_text(*found, parts_.loop.now()),
                                     bgp::section_of(found->error)));
}

void Explainer::add_paths(rib::SourceId source, ExplainFromModel& model) const {
  const Decided all = decided(model.key, rib::VoidPaths::Skip);
  for (const rib::PathView& path : all.paths) {
    if (path.source != source) {
      continue;
    }
    model.paths.push_back(traced(all, path));
    if (model.verdict.empty()) {
      model.verdict = verdict(path, candidate(all, path), model.paths.back());
    }
  }
}

TracedPath Explainer::traced(const Decided& all, const rib::PathView& path) const {
  TracedPath made;
  made.route = route_row(parts_.rib, path);
  made.received.assign(parts_.rib.attributes().view(path.received));
  rib::Trace trace;
  rib::Rib::Traced result = trace_import(parts_.rib, parts_.kernel, path, trace);
  made.accepted = std::move(result.attributes);
  std::ranges::move(trace.steps, std::back_inserter(made.steps));
  if (path.accepted == rib::AttributeHandle::None) {
    return made;
  }
  const control::ExplainCandidate of_path = candidate(all, path);
  if (of_path.next_hop) {
    made.steps.push_back(next_hop_step(path, of_path));
  }
  if (path.eligible) {
    made.steps.push_back(decision_step(path, of_path));
  }
  return made;
}

/// Why there is no path of theirs, in a sentence.
std::string Explainer::silence(const std::vector<rib::SourceId>& sources,
                               const ExplainFromModel& model) const {
  if (model.from == "originate") {
    return model.key.to_string() + " is not in originate";
  }
  if (model.from == "kernel" && !bgp::family_row(model.key.family).kernel) {
    return fmt::format("the kernel has no {} routes", net::to_string(model.key.family));
  }
  if (!model.kernel_routes.empty()) {
    return "the kernel has it, but no import rule takes it";
  }
  const auto stopped = std::ranges::find(model.steps, Result::Stopped, &Step::result);
  if (stopped != model.steps.end() && stopped->stage == "update") {
    return "was announced, but " + stopped->text;
  }
  if (stopped != model.steps.end()) {
    return fmt::format("announces nothing: {}", stopped->text);
  }
  const std::string nothing =
      model.from == "kernel"
          ? fmt::format("the kernel has no route to exactly {}", model.key.to_string())
          : fmt::format("announces no route to exactly {}", model.key.to_string());
  const rib::Table& table = parts_.rib.table(model.key.family);
  std::vector<rib::PathView> paths;
  for (const rib::DestinationId id : rib::covering(table, model.key)) {
    paths.clear();
    rib::paths_of(table, id, paths);
    const auto of_theirs = [&](const rib::PathView& path) {
      return std::ranges::find(sources, path.source) != sources.end();
    };
    if (std::ranges::any_of(paths, of_theirs)) {
      return fmt::format("{}, but one to {}", nothing, table.key(id).to_string());
    }
  }
  return nothing;
}

}  // namespace pipit::daemon
