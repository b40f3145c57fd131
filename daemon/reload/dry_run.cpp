#include "daemon/reload/dry_run.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>
#include <utility>

#include "daemon/bridge/kernel_forecast.hpp"
#include "daemon/bridge/originator.hpp"
#include "daemon/reload/session_forecast.hpp"
#include "net/loop.hpp"
#include "net/slice_budget.hpp"
#include "rib/preview.hpp"

namespace pipit::daemon {
namespace {

using config::Effect;
using control::PlannedNeighbor;
using control::PlannedRow;

/// Destinations between two looks at the clock, and for how many groups of neighbors these are.
constexpr std::size_t kMaxStepsPerLook = 64;  // at the clock: a step is a destination
constexpr std::size_t kGroupsPerLook = 1024;

constexpr std::array<std::string_view, rib::kRouteChangeCount> kChanges{
    "accepted", "rejected", "changed", "announced", "withdrawn", "updated", "lost"};
constexpr std::array<std::string_view, kKernelChangeCount> kKernelChanges{"announced", "withdrawn",
                                                                          "updated", "moved"};

bool to_neighbor(rib::RouteChange change) {
  return change >= rib::RouteChange::Announced && change <= rib::RouteChange::Updated;
}

std::string_view name_of(SessionFate fate) {
  switch (fate) {
    case SessionFate::None:
      return "down";
    case SessionFate::Stays:
      return "stays";
    case SessionFate::Starts:
      return "starts";
    case SessionFate::Reset:
      return "reset";
    case SessionFate::Ends:
      return "ends";
  }
  return "";
}

rib::PreviewSession preview_of(SessionFate fate) {
  return fate == SessionFate::Reset  ? rib::PreviewSession::Returns
         : fate == SessionFate::Ends ? rib::PreviewSession::Ends
                                     : rib::PreviewSession::Stays;
}

std::optional<KernelTerms> kernel_terms(const kernel::KernelOptions& options,
                                        const Policies& policies,
                                        std::set<net::Prefix> blackholes) {
  if (!options.exports) {
    return std::nullopt;
  }
  return KernelTerms{.options = *options.exports,
                     .policy = policies.list(options.exports->policy),
                     .blackholes = std::move(blackholes)};
}

class DryRunCursor final : public control::Cursor<PlannedRow> {
 public:
  DryRunCursor(const DryRunParts& parts, ReloadPlan& plan, PlannedRoutes originate, bool routes)
      : loop_(parts.loop),
        running_(parts.running),
        generation_(parts.running.generation),
        routes_(routes),
        policies_(plan.policies),
        kernel_(parts.rib,
                kernel_terms(parts.running.config.kernel,
                             parts.running.policies,
                             std::move(plan.blackholes_before)),
                kernel_terms(plan.next.kernel, plan.policies, std::move(plan.blackholes)),
                plan.next.rib) {
    rib::PreviewInput input;
    input.options = plan.next.rib;
    input.originate = std::move(originate);
    input.choices = &kernel_;
    for (const auto& neighbor : parts.speaker.neighbors()) {
      by_name_.emplace(neighbor->name(), neighbor.get());
    }
    for (const std::string& name : plan.diff.removed) {
      add_removed(parts, name, input);
    }
    for (std::size_t i = 0; i < plan.changes.size(); ++i) {
      add(parts, plan.next.neighbors[i], plan.changes[i], plan.next, input);
    }
    add_kernel(parts, plan, input);
    preview_ = std::make_unique<rib::Preview>(parts.rib, std::move(input));
    kernel_.look_from(preview_->sources());
    per_look_ =
        std::clamp<std::size_t>(kGroupsPerLook / (preview_->groups() + 1), 1, kMaxStepsPerLook);
    by_name_.clear();
    if (routes_) {
      kernel_.on_change(
          [this](KernelChange change, const net::Prefix& prefix, rib::PreviewMoment moment) {
            note(neighbors_.size() - 1, true, kKernelChanges[static_cast<std::size_t>(change)],
                 net::RouteKey::unicast(prefix), moment);
          });
    }
  }

  bool next(std::size_t max_rows, const std::function<void(const PlannedRow&)>& sink) override {
    if (stale()) {
      return false;
    }
    const net::SliceBudget budget(loop_, kSlice);
    while (walking_ && waiting_.size() < max_rows && !budget.spent()) {
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

  const Neighbor* find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

  void describe(const DryRunParts& parts,
                const Neighbor& neighbor,
                const SessionForecast& forecast) {
    PlannedNeighbor& row = neighbors_.back();
    row.established = neighbor.member.has_value();
    row.session = {.becomes = std::string(name_of(forecast.fate)),
                   .reason = forecast.reason,
                   .comes_back = forecast.comes_back,
                   .restart_after = forecast.restart_after};
    for (const rib::SourceCounters& counters : parts.rib.sources()[neighbor.source].counters) {
      row.session.received += counters.received;
    }
  }

  void add_removed(const DryRunParts& parts, const std::string& name, rib::PreviewInput& input) {
    neighbors_.push_back({.name = name, .change = "removed", .keys = {}});
    rib::PreviewNeighbor planned{.session = rib::PreviewSession::Ends, .removed = true};
    if (const Neighbor* neighbor = find(name)) {
      describe(parts, *neighbor, forecast_removal(*neighbor));
      planned.source = neighbor->source;
      if (neighbor->member) {
        planned.exports_before = parts.groups.info(*neighbor->member);
      }
    }
    input.neighbors.push_back(std::move(planned));
  }

  void add(const DryRunParts& parts,
           const config::NeighborConfig& wanted,
           const PlannedChange& change,
           const config::Config& next,
           rib::PreviewInput& input) {
    const std::string& name = wanted.session.name;
    const Neighbor* neighbor = find(name);
    if (change.added || neighbor == nullptr) {
      neighbors_.push_back({.name = name,
                            .change = "added",
                            .keys = {},
                            .session = {.becomes = wanted.session.shutdown ? "down" : "starts"}});
      input.neighbors.push_back({});
      return;
    }
    const config::NeighborConfig config = config_for(*neighbor, wanted, change);
    const SessionForecast forecast =
        forecast_session(*neighbor, parts.rib.sources()[neighbor->source], config, change);
    neighbors_.push_back({.name = name,
                          .change = change.effects.empty() ? "none"
                                    : change.resets()      ? "reset"
                                                           : "updated",
                          .keys = change.keys});
    describe(parts, *neighbor, forecast);
    input.neighbors.push_back(planned(parts, *neighbor, forecast, config, change, next));
  }

  static rib::PreviewNeighbor planned(const DryRunParts& parts,
                                      const Neighbor& neighbor,
                                      const SessionForecast& forecast,
                                      const config::NeighborConfig& config,
                                      const PlannedChange& change,
                                      const config::Config& next) {
    const Speaker::Terms terms{config, change.policies, next.rib.cluster_id, &forecast.session};
    rib::PreviewNeighbor planned{.source = neighbor.source, .session = preview_of(forecast.fate)};
    const bool goes_on = forecast.fate == SessionFate::Stays || forecast.fate == SessionFate::Reset;
    if (neighbor.member) {
      planned.exports_before = parts.groups.info(*neighbor.member);
    }
    if (!goes_on) {
      return planned;
    }
    const bool next_hops = parts.rib.options().next_hops != next.rib.next_hops &&
                           change.policies.imports->depends_on_next_hop();
    const bool identity = parts.rib.options().asn != next.rib.asn ||
                          parts.rib.options().router_id != next.rib.router_id ||
                          parts.rib.options().cluster_id != next.rib.cluster_id;
    if (forecast.fate == SessionFate::Reset || change.effects.has(Effect::Import) || next_hops ||
        identity) {
      planned.imports = parts.speaker.source_by(terms, neighbor);
    }
    if (neighbor.member) {
      planned.exports_after = parts.speaker.member_by(terms, neighbor);
    }
    return planned;
  }

  /// Its row is the last one. Its name is no neighbor's: it stands for the kernel in `explain`,
  /// too.
  void add_kernel(const DryRunParts& parts, const ReloadPlan& plan, rib::PreviewInput& input) {
    std::vector<policy::PolicyRef> imports;
    for (const kernel::ImportRule& rule : plan.next.kernel.imports) {
      imports.push_back(plan.policies.list(rule.policy));
    }
    local_ = parts.kernel.preview(plan.next.kernel, std::move(imports));
    input.local = local_.get();
    neighbors_.push_back({.name = "kernel", .change = "none", .keys = {}, .established = true});
    PlannedNeighbor& row = neighbors_.back();
    row.session.becomes = "stays";
    for (const config::KeyChange& key : plan.diff.keys) {
      if (key.path.starts_with("kernel.") || key.path == "kernel") {
        row.keys.push_back(key.path);
        row.change = "updated";
      }
    }
  }

  void walk() {
    rib::Preview::Visit visit;
    if (routes_) {
      visit = [this](std::size_t neighbor, rib::RouteChange change, const net::RouteKey& key,
                     rib::PreviewMoment moment) {
        note(neighbor, to_neighbor(change), kChanges[static_cast<std::size_t>(change)], key,
             moment);
      };
    }
    walking_ = preview_->run(per_look_, visit);
  }

  void note(std::size_t neighbor,
            bool sent,
            std::string_view change,
            const net::RouteKey& key,
            rib::PreviewMoment moment) {
    waiting_.push_back(control::PlannedRoute{.key = key,
                                             .neighbor = neighbors_[neighbor].name,
                                             .to_neighbor = sent,
                                             .change = std::string(change),
                                             .while_down = moment == rib::PreviewMoment::Down});
  }

  control::PlannedCounts counts(std::size_t index, rib::PreviewMoment moment) const {
    const rib::RouteChangeCounts of = preview_->counts(index, moment);
    control::PlannedCounts counts{.accepted = of[0],
                                  .rejected = of[1],
                                  .changed = of[2],
                                  .lost = of[6],
                                  .announced = of[3],
                                  .withdrawn = of[4],
                                  .updated = of[5]};
    if (index + 1 == neighbors_.size()) {
      const KernelForecast::Counts& written = kernel_.counts(moment);
      counts.announced = written[0];
      counts.withdrawn = written[1];
      counts.updated = written[2];
      counts.moved = written[3];
    }
    return counts;
  }

  /// True when there is something to tell of the neighbor.
  bool tell(std::size_t index, const std::function<void(const PlannedRow&)>& sink) {
    PlannedNeighbor& row = neighbors_[index];
    row.counts = counts(index, rib::PreviewMoment::After);
    row.while_down = counts(index, rib::PreviewMoment::Down);
    const control::PlannedCounts none;
    if (row.change == "none" && row.counts == none && row.while_down == none) {
      return false;
    }
    sink(row);
    return true;
  }

  const net::Loop& loop_;
  const RunningConfig& running_;
  std::uint64_t generation_;
  bool routes_;
  std::unordered_map<std::string, const Neighbor*> by_name_;
  std::vector<PlannedNeighbor> neighbors_;
  Policies policies_;  // that what is looked at refers to
  KernelForecast kernel_;
  std::unique_ptr<rib::LocalPreview> local_;
  std::unique_ptr<rib::Preview> preview_;
  std::size_t per_look_ = kMaxStepsPerLook;
  bool walking_ = true;
  std::deque<PlannedRow> waiting_;  // routes that were found and not given yet
  std::size_t told_ = 0;            // neighbors
};

}  // namespace

PlannedRoutes planned_routes(const ReloadPlan& plan) {
  PlannedRoutes routes;
  for (const OriginateChange& change : plan.originate) {
    routes.emplace_hint(routes.end(), net::RouteKey::unicast(change.prefix),
                        change.route ? std::optional(attributes_of(*change.route)) : std::nullopt);
  }
  return routes;
}

std::unique_ptr<control::Cursor<PlannedRow>> open_dry_run(const DryRunParts& parts,
                                                          ReloadPlan& plan,
                                                          PlannedRoutes originate,
                                                          bool routes) {
  return std::make_unique<DryRunCursor>(parts, plan, std::move(originate), routes);
}

}  // namespace pipit::daemon
