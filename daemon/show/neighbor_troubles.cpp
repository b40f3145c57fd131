#include "daemon/show/neighbor_troubles.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "daemon/show/neighbor_view.hpp"
#include "net/hex.hpp"

namespace pipit::daemon {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr std::ptrdiff_t kPrefixesShown = 16;  // of one error

std::optional<control::WallTime> wall_time_of(net::Deadline moment, const net::Present& present) {
  return moment ? std::optional(present.wall_time(*moment)) : std::nullopt;
}

control::UpdateErrorRow error_row(const bgp::LoggedUpdateError& logged,
                                  const net::Present& present) {
  control::UpdateErrorRow row;
  row.at = present.wall_time(logged.at);
  row.action = bgp::to_string(logged.error.action);
  row.attribute = logged.error.attribute;
  row.reason = logged.error.reason;
  row.rule = bgp::section_of(logged.error);
  row.octets = net::hex(logged.error.octets);
  for (const net::RouteKey& route : logged.routes | std::views::take(kPrefixesShown)) {
    row.prefixes.push_back(route.to_string());
  }
  row.prefix_count = logged.route_count;
  return row;
}

/// Why it is not Established, in one line.
std::string down_reason(const control::NeighborSummary& summary, const bgp::PeerStatus& status) {
  const bool both = !summary.connect_error.empty() && summary.connect_error != summary.last_error;
  if (both && !summary.last_error.empty()) {
    return fmt::format("{}; now: {}", summary.last_error, summary.connect_error);
  }
  if (!summary.last_error.empty()) {
    return summary.last_error;
  }
  return status.state >= bgp::State::OpenSent ? "connected, the OPENs are being exchanged"
                                              : "is being connected to";
}

}  // namespace

void add_troubles(const Neighbor& neighbor,
                  const net::Present& present,
                  control::NeighborSummary& summary) {
  const bgp::PeerRecord& record = neighbor.peer->record();
  if (const auto trouble = neighbor.peer->connect_trouble()) {
    summary.connect_error = trouble->what.text;
    summary.connect_error_at = present.wall_time(trouble->at);
  }
  if (record.session_error()) {
    summary.last_error = record.session_error()->what;
    summary.last_error_at = present.wall_time(record.session_error()->at);
    summary.last_error_past = neighbor.peer->established();
  } else {
    summary.last_error = summary.connect_error;
    summary.last_error_at = summary.connect_error_at;
  }
}

void add_history(const bgp::PeerRecord& record,
                 const net::Present& present,
                 control::NeighborDetail& detail) {
  for (const bgp::StateChange& change : std::views::reverse(record.changes())) {
    detail.history.push_back({.at = present.wall_time(change.last),
                              .since = present.wall_time(change.first),
                              .times = change.times,
                              .from = std::string(bgp::to_string(change.from)),
                              .to = std::string(bgp::to_string(change.to)),
                              .reason = change.reason});
  }
  detail.last_state_change_at = wall_time_of(record.state_changed_at(), present);
  detail.last_update_received_at = wall_time_of(record.last_update_received(), present);
  detail.last_update_sent_at = wall_time_of(record.last_update_sent(), present);
  if (const bgp::UpdateErrorLog* log = record.update_error_log()) {
    for (const bgp::LoggedUpdateError& logged : std::views::reverse(log->errors())) {
      detail.update_errors.recent.push_back(error_row(logged, present));
    }
    detail.update_errors.last = log->errors().back().error.reason;
  }
}

std::optional<control::DownRow> down_row(const Neighbor& neighbor, const net::Present& present) {
  if (neighbor.peer->established() || neighbor.config.session.shutdown) {
    return std::nullopt;
  }
  const bgp::PeerStatus status = neighbor.peer->status();
  control::NeighborSummary summary;
  add_troubles(neighbor, present, summary);
  control::DownRow row;
  row.name = neighbor.name();
  row.state = std::string(bgp::to_string(status.state));
  if (neighbor.went_down_at) {
    row.downtime =
        std::max(duration_cast<seconds>(present.now - *neighbor.went_down_at), seconds{0});
  }
  row.reason = down_reason(summary, status);
  return row;
}

std::string update_error_text(const bgp::LoggedUpdateError& logged, net::TimePoint now) {
  return fmt::format("{} {}s ago: {}", bgp::to_string(logged.error.action),
                     duration_cast<seconds>(now - logged.at).count(), logged.error.reason);
}

}  // namespace pipit::daemon
