// `explain`: the way of one route through the running parts, each of which traces itself. Made by
// the View for one question.
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "control/daemon_view.hpp"
#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/speaker.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"
#include "rib/view.hpp"

namespace pipit::daemon {

class Explainer {
 public:
  /// What it asks; outlives it.
  struct Parts {
    rib::Rib& rib;
    const rib::UpdateGroups& groups;
    const Speaker& speaker;
    const KernelBridge& kernel;
    const net::Loop& loop;
  };

  explicit Explainer(const Parts& parts) : parts_(parts) {}

  /// As DaemonView::longest_match().
  net::RouteKey longest_match(const net::RouteKey& host, std::string_view from) const;

  /// Each candidate, and why the best one is best.
  control::ExplainModel route(const net::RouteKey& key) const;

  /// What import makes of what a source announces.
  std::expected<control::ExplainFromModel, control::Refusal> from(const net::RouteKey& key,
                                                                  std::string_view name) const;

  /// Why a receiver has it or has it not.
  std::expected<control::ExplainToModel, control::Refusal> to(const net::RouteKey& key,
                                                              std::string_view name) const;

 private:
  /// A destination with what the decision process says of it.
  struct Decided {
    std::vector<rib::PathView> paths;
    std::vector<rib::Candidate> candidates;
  };

  // explain.cpp
  Decided decided(const net::RouteKey& key, rib::VoidPaths void_paths) const;
  control::ExplainCandidate candidate(const Decided& all, const rib::PathView& path) const;
  void add_comparison(const Decided& all,
                      const rib::PathView& path,
                      control::ExplainCandidate& candidate) const;
  std::optional<control::NextHopModel> next_hop(const rib::PathView& path) const;
  void add_surroundings(control::ExplainModel& model) const;

  // explain_from.cpp
  std::vector<rib::SourceId> sources_of(std::string_view name) const;
  void add_update_error(const Neighbor& neighbor, control::ExplainFromModel& model) const;
  void add_paths(rib::SourceId source, control::ExplainFromModel& model) const;
  control::TracedPath traced(const Decided& all, const rib::PathView& path) const;
  std::string silence(const std::vector<rib::SourceId>& sources,
                      const control::ExplainFromModel& model) const;

  // explain_to.cpp
  bool add_session(const Neighbor& neighbor,
                   net::Family family,
                   std::vector<policy::Step>& steps) const;
  bool add_best(control::ExplainToModel& model) const;
  void add_export(const Neighbor& neighbor, control::ExplainToModel& model) const;
  control::ExplainToModel to_kernel(control::ExplainToModel model) const;

  Parts parts_;
};

/// A step without rules.
policy::Step explain_step(std::string_view stage,
                          policy::Step::Result result,
                          std::string text,
                          std::string_view rule = {});

/// "local preference 100 against 200 of tor-a"; "local route BGP against kernel".
std::string comparison_text(const control::ExplainCandidate& candidate);

}  // namespace pipit::daemon
