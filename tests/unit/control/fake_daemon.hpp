// A daemon of made-up rows, as large as a test wants, that remembers what it was told to do.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "control/daemon_view.hpp"

namespace pipit::control::test {

/// 2026-09-21T14:13:20Z, when everything happened.
inline const WallTime kMoment{std::chrono::seconds{1'790'000'000}};

class FakeDaemon final : public DaemonView, public DaemonCommands {
 public:
  StatusModel status() const override;
  MemoryModel memory() const override;
  ConfigModel config() const override;
  CursorResult<NeighborSummary> open_neighbors(const NeighborQuery& query) override;
  std::expected<std::vector<std::string>, Refusal> neighbor_names(
      std::string_view group) const override;
  std::optional<NeighborDetail> neighbor(std::string_view name) const override;
  std::vector<GroupRow> groups() const override;
  std::vector<PolicyRow> policies() const override;
  std::vector<SetRow> sets() const override;
  CursorResult<RouteRow> open_routes(const RouteQuery& query) override;
  CursorResult<KernelRouteRow> open_kernel_routes() override;
  CursorResult<NextHopRow> open_next_hops() override;
  net::RouteKey longest_match(const net::RouteKey& host, std::string_view from) const override;
  ExplainModel explain(const net::RouteKey& key) const override;
  std::expected<ExplainFromModel, Refusal> explain_from(const net::RouteKey& key,
                                                        std::string_view name) const override;
  std::optional<ExplainNeighborModel> explain_neighbor(std::string_view name) const override;
  std::expected<ExplainToModel, Refusal> explain_to(const net::RouteKey& key,
                                                    std::string_view name) const override;

  std::vector<ConfigHistoryRow> config_history() const override;
  void config_diff(const std::string& file, std::string text, Done<ConfigDiff> done) const override;

  void reload(const Requester& by,
              std::optional<Seconds> confirm_within,
              Done<ReloadResult> done) override;
  void dry_run(bool routes, Done<DryRun> done) override;
  Result confirm(const Requester& by) override;
  void rollback(std::uint32_t number, const Requester& by, Done<ReloadResult> done) override;
  void check(const std::string& file, std::string text, Done<ConfigCheck> done) override;
  Result enable_neighbor(std::string_view name) override;
  Result disable_neighbor(std::string_view name, std::string_view message) override;
  Result reset_neighbor(std::string_view name) override;
  Result refresh_neighbor(std::string_view name, RefreshDirection direction) override;

  /// The destinations are 10.0.0.0/24, 10.0.1.0/24, ... with a best and a losing path each.
  std::size_t destinations = 3;
  std::size_t neighbor_count = 3;
  bool two_families = false;  // of n0
  std::string refuses;        // the name of a neighbor that nothing can be done with
  bool reload_ok = true;
  bool reload_waits = false;  // its result comes when somebody calls reload_done
  Done<ReloadResult> reload_done;
  bool dry_run_outdated = false;  // another reload comes in between
  std::string last_error = "Hold Timer Expired";

  RouteQuery last_query;
  std::vector<std::string> done;     // commands, in words
  std::size_t open_cursors = 0;      // alive now
  std::size_t rows_given = 0;        // by route cursors, ever
  std::size_t calls_of_cursors = 0;  // of next(), ever

 private:
  std::vector<NeighborSummary> neighbors() const;
  bool known(std::string_view name) const;
  Result act(std::string_view name, std::string what);
};

/// "n0", "n1", ...
std::string neighbor_name(std::size_t index);

}  // namespace pipit::control::test
