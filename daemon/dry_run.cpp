#include "daemon/dry_run.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "daemon/originator.hpp"
#include "net/loop.hpp"
#include "rib/preview.hpp"

namespace pipit::daemon {
namespace {

using config::Effect;
using control::PlannedNeighbor;
using control::PlannedRow;

constexpr std::chrono::milliseconds kSlice{1};
constexpr std::size_t kDestinationsPerClock = 64;

constexpr std::array<std::string_view, rib::kRouteChangeCount> kChanges{
    "accepted", "rejected", "changed", "announced", "withdrawn", "updated"};

bool to_neighbor(rib::RouteChange change) {
  return change >= rib::RouteChange::Announced;
}

class DryRunCursor final : public control::Cursor<PlannedRow> {
 public:
  DryRunCursor(const DryRunParts& parts,
               const ReloadPlan& plan,
               PlannedRoutes originate,
               bool routes)
      : running_(parts.running), generation_(parts.running.generation), routes_(routes) {
    rib::PreviewInput input;
    input.options = plan.next.rib;
    input.originate = std::move(originate);
    for (const std::string& name : plan.diff.removed) {
      add_removed(parts, name, input);
    }
    for (std::size_t i = 0; i < plan.changes.size(); ++i) {
      add(parts, plan.next.neighbors[i], plan.changes[i], plan.next, input);
    }
    std::vector<policy::PolicyRef> imports;
    for (const kernel::ImportRule& rule : plan.next.kernel.imports) {
      imports.push_back(plan.policies.list(rule.policy));
    }
    local_ = parts.kernel.preview(plan.next.kernel, std::move(imports));
    if (local_) {
      // No neighbor's name: it stands for the kernel in `explain`, too.
      neighbors_.push_back(
          {.name = "kernel", .change = "updated", .keys = {"kernel.import"}, .established = true});
      input.local = local_.get();
    }
    policies_ = plan.policies;
    preview_ = std::make_unique<rib::Preview>(parts.rib, std::move(input));
  }

  bool next(std::size_t max_rows, const std::function<void(const PlannedRow&)>& sink) override {
    if (stale()) {
      return false;
    }
    const net::TimePoint end = net::Clock::now() + kSlice;
    while (walking_ && waiting_.size() < max_rows && net::Clock::now() < end) {
      walk();
    }
    std::size_t rows = 0;
    for (; rows < max_rows && !waiting_.empty(); ++rows) {
      sink(waiting_.front());
      waiting_.pop_front();
    }
    for (; !walking_ && rows < max_rows && told_ < neighbors_.size(); ++told_) {
      rows += tell(told_, sink) ? 1 : 0;
    }
    return walking_ || !waiting_.empty() || told_ < neighbors_.size();
  }

  std::optional<control::Refusal> failure() const override {
    if (!stale()) {
      return std::nullopt;
    }
    return control::Refusal{control::Refusal::Kind::Refused,
                            "another configuration was applied during the dry run"};
  }

 private:
  bool stale() const { return running_.generation != generation_; }

  void add_removed(const DryRunParts& parts, const std::string& name, rib::PreviewInput& input) {
    const Neighbor* neighbor = parts.speaker.find(name);
    neighbors_.push_back({.name = name,
                          .change = "removed",
                          .keys = {},
                          .established = neighbor != nullptr && neighbor->member.has_value()});
    input.neighbors.push_back(
        {.source = neighbor == nullptr ? rib::kNoSource : neighbor->source, .removed = true});
  }

  void add(const DryRunParts& parts,
           const config::NeighborConfig& config,
           const PlannedChange& change,
           const config::Config& next,
           rib::PreviewInput& input) {
    const std::string& name = config.session.name;
    const Neighbor* neighbor = parts.speaker.find(name);
    if (change.added || neighbor == nullptr) {
      neighbors_.push_back({.name = name, .change = "added", .keys = {}});
      input.neighbors.push_back({});
      return;
    }
    neighbors_.push_back({.name = name,
                          .change = change.effects.empty() ? "none"
                                    : change.resets()      ? "reset"
                                                           : "updated",
                          .keys = change.keys,
                          .established = neighbor->member.has_value()});
    const Speaker::Terms terms{config, change.policies, next.rib.cluster_id};
    rib::PreviewNeighbor planned{.source = neighbor->source};
    const bool next_hops = parts.rib.options().next_hops != next.rib.next_hops &&
                           change.policies.imports->depends_on_next_hop();
    if (change.resets() || change.effects.has(Effect::Import) || next_hops) {
      planned.imports = parts.speaker.source_by(terms, *neighbor);
    }
    if (neighbor->member) {
      planned.exports_before = parts.groups.info(*neighbor->member);
      planned.exports_after = parts.speaker.member_by(terms, *neighbor);
    }
    input.neighbors.push_back(std::move(planned));
  }

  void walk() {
    rib::Preview::Visit visit;
    if (routes_) {
      visit = [this](std::size_t neighbor, rib::RouteChange change, const net::Prefix& prefix) {
        waiting_.push_back(control::PlannedRoute{
            .prefix = prefix,
            .neighbor = neighbors_[neighbor].name,
            .to_neighbor = to_neighbor(change),
            .change = std::string(kChanges[static_cast<std::size_t>(change)])});
      };
    }
    walking_ = preview_->run(kDestinationsPerClock, visit);
  }

  /// True when there is something to tell of the neighbor.
  bool tell(std::size_t index, const std::function<void(const PlannedRow&)>& sink) {
    PlannedNeighbor& row = neighbors_[index];
    const rib::RouteChangeCounts counts = preview_->counts(index);
    const bool idle = std::ranges::all_of(counts, [](std::uint64_t count) { return count == 0; });
    if (row.change == "none" && idle) {
      return false;
    }
    row.accepted = counts[0];
    row.rejected = counts[1];
    row.changed = counts[2];
    row.announced = counts[3];
    row.withdrawn = counts[4];
    row.updated = counts[5];
    sink(row);
    return true;
  }

  const RunningConfig& running_;
  std::uint64_t generation_;
  bool routes_;
  std::vector<PlannedNeighbor> neighbors_;
  Policies policies_;  // that what is looked at refers to
  std::unique_ptr<rib::LocalPreview> local_;
  std::unique_ptr<rib::Preview> preview_;
  bool walking_ = true;
  std::deque<PlannedRow> waiting_;  // routes that were found and not given yet
  std::size_t told_ = 0;            // neighbors
};

}  // namespace

PlannedRoutes planned_routes(const ReloadPlan& plan) {
  PlannedRoutes routes;
  for (const OriginateChange& change : plan.originate) {
    routes.emplace_hint(routes.end(), change.prefix,
                        change.route ? std::optional(attributes_of(*change.route)) : std::nullopt);
  }
  return routes;
}

std::unique_ptr<control::Cursor<PlannedRow>> open_dry_run(const DryRunParts& parts,
                                                          const ReloadPlan& plan,
                                                          PlannedRoutes originate,
                                                          bool routes) {
  return std::make_unique<DryRunCursor>(parts, plan, std::move(originate), routes);
}

}  // namespace pipit::daemon
