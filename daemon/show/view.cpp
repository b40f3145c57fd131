#include "daemon/show/view.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <unistd.h>

#include "bgp/wire/family_table.hpp"
#include "config/print.hpp"
#include "control/answer.hpp"
#include "daemon/reload/candidate.hpp"
#include "daemon/show/explain_neighbor.hpp"
#include "daemon/show/kernel_view.hpp"
#include "daemon/show/neighbor_cursor.hpp"
#include "daemon/show/neighbor_troubles.hpp"
#include "daemon/show/neighbor_view.hpp"
#include "daemon/show/next_hop_view.hpp"
#include "daemon/show/resident.hpp"
#include "daemon/show/route_cursor.hpp"

namespace pipit::daemon {
namespace {

/// Of each family that the kernel knows, too, and of those that a neighbor has or had.
std::vector<control::TableModel> tables_of(const rib::Rib& rib, const Speaker& speaker) {
  std::vector<control::TableModel> models;
  for (const net::Family family : net::kFamilies) {
    const rib::Table& table = rib.table(family);
    const bool idle = !bgp::family_row(family).kernel && table.destinations().size() == 0 &&
                      std::ranges::none_of(speaker.neighbors(), [&](const auto& neighbor) {
                        return neighbor->config.session.families[*net::family_index(family)];
                      });
    if (!idle) {
      models.push_back({.family = family,
                        .destinations = table.destinations().size(),
                        .paths = table.path_count(),
                        .best = table.best_count()});
    }
  }
  return models;
}

}  // namespace

control::StatusModel View::status() const {
  const config::Config& config = parts_.config.config;
  control::StatusModel model;
  model.version = PIPIT_VERSION;
  model.asn = config.rib.asn;
  model.router_id = net::IpAddress::v4(config.rib.router_id);
  model.cluster_id = net::IpAddress::v4(config.rib.cluster_id);
  model.hostname = config.router.hostname;
  model.pid = getpid();
  model.started_at = parts_.loop.present().wall_time(started_at_);
  model.uptime = std::chrono::duration_cast<control::Seconds>(parts_.loop.now() - started_at_);
  model.config_file = parts_.config.file;
  model.config_loaded_at = parts_.config.loaded_at;
  model.config_number = parts_.history.running();
  if (const auto& confirmation = parts_.config.confirmation) {
    model.config_confirm_until = confirmation->until;
    model.warnings.push_back(
        fmt::format("the configuration goes back to number {} soon: `pipit confirm` keeps it",
                    confirmation->back_to));
  }
  if (!parts_.config.notice.empty()) {
    model.warnings.push_back(parts_.config.notice);
  }
  model.listen = parts_.listener.endpoints();
  for (const bgp::ListenFailure& failure : parts_.listener.failures()) {
    const auto left = std::chrono::ceil<control::Seconds>(failure.next_attempt - parts_.loop.now());
    const auto next = std::max(left, control::Seconds{0});
    model.warnings.push_back(fmt::format("not listening on {}: {}; next attempt in {} s",
                                         failure.endpoint.to_string(), failure.error,
                                         next.count()));
    model.listen_failed.push_back(
        {.address = failure.endpoint, .error = failure.error, .next_attempt = next});
  }
  for (const auto& neighbor : parts_.speaker.neighbors()) {
    ++model.neighbors.configured;
    model.neighbors.established += neighbor->peer->established() ? 1 : 0;
    model.neighbors.shutdown += neighbor->config.session.shutdown ? 1 : 0;
    for (const std::string& warning : neighbor_warnings(*neighbor)) {
      model.warnings.push_back("neighbor " + neighbor->name() + ": " + warning);
    }
    if (std::optional<control::DownRow> down = down_row(*neighbor, parts_.loop.present())) {
      model.down.push_back(std::move(*down));
    }
  }
  for (std::string& warning : parts_.speaker.identifiers().warnings()) {
    model.warnings.push_back(std::move(warning));
  }
  model.tables = tables_of(parts_.rib, parts_.speaker);
  model.kernel = KernelView(parts_.kernel).status();
  if (model.kernel.overruling != 0) {
    model.warnings.push_back(fmt::format(
        "kernel: {} of our routes overrule{} one of another program with the same prefix, such as "
        "{}: kernel.export.metric is too low for this host",
        model.kernel.overruling, model.kernel.overruling == 1 ? "s" : "",
        model.kernel.overruling_example));
  }
  const net::LoopStatistics& loop = parts_.loop.statistics();
  model.loop = {std::chrono::duration_cast<std::chrono::microseconds>(loop.longest_turn),
                std::chrono::duration_cast<std::chrono::microseconds>(loop.latest_timer)};
  model.resident_octets = resident().all;
  return model;
}

control::ConfigModel View::config() const {
  return {.file = parts_.config.file,
          .yaml = config::to_yaml(parts_.config.config),
          .json = config::to_json(parts_.config.config)};
}

std::vector<control::ConfigHistoryRow> View::config_history() const {
  return parts_.history.rows();
}

void View::config_diff(const std::string& file,
                       std::string text,
                       control::Done<ConfigDiff> done) const {
  parts_.background.enqueue(
      [&running = parts_.config, file, text = std::move(text), done = std::move(done)]() mutable {
        const auto result = std::make_shared<ConfigDiff>();
        return std::optional<Background::Job>(
            std::in_place,
            [&running, file = std::move(file), text = std::move(text), result] {
              *result = difference(running, file, text);
            },
            [result, done = std::move(done)]() mutable { done(std::move(*result)); });
      });
}

control::CursorResult<control::NeighborSummary> View::open_neighbors(
    const control::NeighborQuery& query) {
  auto names = neighbor_names(query.group);
  if (!names) {
    return std::unexpected(std::move(names.error()));
  }
  return open_neighbor_cursor(
      parts_.loop, parts_.speaker, [this] { return sources(); }, query, std::move(*names));
}

std::expected<std::vector<std::string>, control::Refusal> View::neighbor_names(
    std::string_view group) const {
  if (!group.empty()) {
    const auto& groups = parts_.config.config.policies.sets.groups;
    if (const auto found = groups.find(std::string(group)); found != groups.end()) {
      return found->second;
    }
    if (std::ranges::count(parts_.config.config.groups, group, &config::GroupConfig::name) != 0) {
      return std::vector<std::string>();
    }
    return std::unexpected(control::Refusal{control::Refusal::Kind::NotFound,
                                            fmt::format("there is no group \"{}\"", group)});
  }
  std::vector<std::string> names;
  for (const auto& neighbor : parts_.speaker.neighbors()) {
    names.push_back(neighbor->name());
  }
  return names;
}

std::optional<control::NeighborDetail> View::neighbor(std::string_view name) const {
  const Neighbor* neighbor = parts_.speaker.find(name);
  if (neighbor == nullptr) {
    return std::nullopt;
  }
  return describe(*neighbor, sources());
}

std::vector<control::GroupRow> View::groups() const {
  return group_rows(parts_.groups, parts_.speaker);
}

control::CursorResult<control::RouteRow> View::open_routes(const control::RouteQuery& query) {
  return open_route_cursor({parts_.rib, parts_.groups, parts_.speaker, parts_.kernel}, query);
}

control::CursorResult<control::KernelRouteRow> View::open_kernel_routes() {
  return KernelView(parts_.kernel).open_routes();
}

control::CursorResult<control::NextHopRow> View::open_next_hops() {
  std::vector<control::NextHopRow> rows;
  parts_.rib.next_hops().for_each([&](const auto& key, const auto& resolution) {
    rows.push_back(next_hop_row(key, resolution, parts_.kernel));
  });
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
  return std::make_unique<control::VectorCursor<control::NextHopRow>>(std::move(rows));
}

net::RouteKey View::longest_match(const net::RouteKey& host, std::string_view from) const {
  return explainer().longest_match(host, from);
}

control::ExplainModel View::explain(const net::RouteKey& key) const {
  return explainer().route(key);
}

std::expected<control::ExplainFromModel, control::Refusal> View::explain_from(
    const net::RouteKey& key, std::string_view name) const {
  return explainer().from(key, name);
}

std::optional<control::ExplainNeighborModel> View::explain_neighbor(std::string_view name) const {
  const Neighbor* neighbor = parts_.speaker.find(name);
  if (neighbor == nullptr) {
    return std::nullopt;
  }
  return daemon::explain_neighbor(*neighbor, parts_.kernel, parts_.loop.now());
}

std::expected<control::ExplainToModel, control::Refusal> View::explain_to(
    const net::RouteKey& key, std::string_view name) const {
  return explainer().to(key, name);
}

Explainer View::explainer() const {
  return Explainer({parts_.rib, parts_.groups, parts_.speaker, parts_.kernel, parts_.loop});
}

}  // namespace pipit::daemon
