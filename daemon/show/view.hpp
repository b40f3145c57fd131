// What the control socket may ask, answered out of the running parts.
#pragma once

#include <string>
#include <vector>

#include "bgp/session/listener.hpp"
#include "control/daemon_view.hpp"
#include "daemon/bridge/kernel_bridge.hpp"
#include "daemon/bridge/speaker.hpp"
#include "daemon/reload/background.hpp"
#include "daemon/reload/config_history.hpp"
#include "daemon/reload/running_config.hpp"
#include "daemon/show/explain.hpp"
#include "daemon/show/neighbor_view.hpp"
#include "daemon/show/policy_view.hpp"
#include "net/asio_loop.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

class View final : public control::DaemonView {
 public:
  /// All of it outlives the view.
  struct Parts {
    const net::AsioLoop& loop;
    const RunningConfig& config;
    rib::Rib& rib;
    rib::UpdateGroups& groups;
    const Speaker& speaker;
    const KernelBridge& kernel;
    const bgp::Listener& listener;
    const ConfigHistory& history;
    Background& background;
  };

  explicit View(const Parts& parts) : parts_(parts), started_at_(parts.loop.now()) {}

  control::StatusModel status() const override;
  control::MemoryModel memory() const override;
  control::ConfigModel config() const override;
  std::vector<control::ConfigHistoryRow> config_history() const override;
  void config_diff(const std::string& file,
                   std::string text,
                   control::Done<ConfigDiff> done) const override;
  control::CursorResult<control::NeighborSummary> open_neighbors(
      const control::NeighborQuery& query) override;
  std::expected<std::vector<std::string>, control::Refusal> neighbor_names(
      std::string_view group) const override;
  std::optional<control::NeighborDetail> neighbor(std::string_view name) const override;
  std::vector<control::GroupRow> groups() const override;

  std::vector<control::PolicyRow> policies() const override { return policy_rows(parts_.config); }

  std::vector<control::SetRow> sets() const override { return set_rows(parts_.config); }

  control::CursorResult<control::RouteRow> open_routes(const control::RouteQuery& query) override;
  control::CursorResult<control::KernelRouteRow> open_kernel_routes() override;
  control::CursorResult<control::NextHopRow> open_next_hops() override;
  net::RouteKey longest_match(const net::RouteKey& host, std::string_view from) const override;
  control::ExplainModel explain(const net::RouteKey& key) const override;
  std::expected<control::ExplainFromModel, control::Refusal> explain_from(
      const net::RouteKey& key, std::string_view name) const override;
  std::optional<control::ExplainNeighborModel> explain_neighbor(
      std::string_view name) const override;
  std::expected<control::ExplainToModel, control::Refusal> explain_to(
      const net::RouteKey& key, std::string_view name) const override;

 private:
  Explainer explainer() const;

  NeighborSources sources() const {
    return {parts_.rib, parts_.groups, parts_.speaker.identifiers(), parts_.loop.present()};
  }

  Parts parts_;
  net::TimePoint started_at_;
};

}  // namespace pipit::daemon
