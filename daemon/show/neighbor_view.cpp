#include "daemon/show/neighbor_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bgp/wire/capability.hpp"
#include "daemon/show/neighbor_troubles.hpp"
#include "daemon/show/neighbor_wait.hpp"
#include "net/hex.hpp"

namespace pipit::daemon {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

seconds since(net::TimePoint moment, net::TimePoint now) {
  return std::max(duration_cast<seconds>(now - moment), seconds{0});
}

control::FamilyRow family_row(const Neighbor& neighbor,
                              std::size_t index,
                              const NeighborSources& sources) {
  const rib::SourceCounters& counters = sources.rib.sources()[neighbor.source].counters[index];
  control::FamilyRow row;
  row.family = net::kFamilies[index];
  row.negotiated = neighbor.member && neighbor.peer->negotiated().families[index].active;
  row.received = counters.received;
  row.accepted = counters.accepted;
  row.rejected = counters.received - counters.accepted;
  if (row.negotiated) {
    row.advertised = sources.groups.advertised_count(*neighbor.member, row.family);
    row.end_of_rib_sent = sources.groups.end_of_rib_sent(*neighbor.member, row.family);
  }
  row.end_of_rib_received = neighbor.end_of_rib_received[index];
  if (const auto& limit = neighbor.config.routes.max_prefixes[index]) {
    row.max_prefixes = limit->limit;
  }
  return row;
}

std::optional<control::NotificationModel> notification_model(
    const std::optional<bgp::Dated<bgp::Notification>>& dated, const net::Present& present) {
  if (!dated) {
    return std::nullopt;
  }
  control::NotificationModel model;
  model.code = static_cast<std::uint8_t>(dated->what.code);
  model.subcode = dated->what.subcode;
  model.name = bgp::name_of(dated->what);
  model.message = bgp::shutdown_communication(dated->what);
  model.data = net::hex(dated->what.data);
  model.at = present.wall_time(dated->at);
  return model;
}

/// "Multiprotocol Extensions" and "ipv4-unicast" out of what the wire names in one text.
control::CapabilityRow capability_row(const bgp::Capability& capability) {
  const bgp::CapabilityText text = bgp::describe(capability);
  return {.code = capability.code, .name = text.name, .detail = text.detail};
}

std::vector<control::CapabilityRow> capabilities(const bgp::PeerStatus& status) {
  std::vector<control::CapabilityRow> rows;
  const auto add = [&](const bgp::Open* open, bool control::CapabilityRow::* side) {
    if (open == nullptr) {
      return;
    }
    for (const bgp::Capability& capability : open->capabilities) {
      control::CapabilityRow row = capability_row(capability);
      auto at = std::find_if(rows.begin(), rows.end(), [&](const control::CapabilityRow& other) {
        return other.code == row.code && other.detail == row.detail;
      });
      if (at == rows.end()) {
        at = rows.insert(rows.end(), std::move(row));
      }
      (*at).*side = true;
    }
  };
  add(status.sent_open, &control::CapabilityRow::sent);
  add(status.received_open, &control::CapabilityRow::received);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.code < b.code; });
  return rows;
}

std::vector<control::TimerRow> timers(const Neighbor& neighbor,
                                      const bgp::PeerStatus& status,
                                      net::TimePoint now) {
  const bgp::SessionTimers& options = neighbor.config.session.timers;
  const auto remaining = [&](net::Deadline deadline) -> std::optional<seconds> {
    if (!deadline) {
      return std::nullopt;
    }
    return std::max(duration_cast<seconds>(*deadline - now), seconds{0});
  };
  std::optional<seconds> hold;
  std::optional<seconds> keepalive;
  if (status.negotiated != nullptr) {
    hold = status.negotiated->hold_time;
    keepalive = status.negotiated->keepalive_time;
  }
  return {
      {"hold", options.hold, hold, remaining(status.hold_deadline)},
      {"keepalive", options.keepalive, keepalive, remaining(status.keepalive_deadline)},
      {"connect-retry", options.connect_retry, {}, remaining(status.connect_retry_deadline)},
      {"send-hold", options.send_hold, {}, {}},
      {"idle-hold", options.idle_hold, {}, remaining(status.held_until)},
  };
}

std::string_view name_of(rib::NextHopSelf mode) {
  switch (mode) {
    case rib::NextHopSelf::Auto:
      return "auto";
    case rib::NextHopSelf::Self:
      return "self";
    case rib::NextHopSelf::Always:
      return "always";
    case rib::NextHopSelf::Unchanged:
      return "unchanged";
  }
  return "";
}

void add_session(const bgp::PeerStatus& status, control::NeighborDetail& detail) {
  if (status.ends != nullptr) {
    detail.local_endpoint = net::Endpoint{.host = {.address = status.ends->local, .interface = {}},
                                          .port = status.ends->local_port};
    detail.remote_endpoint =
        net::Endpoint{.host = {.address = status.ends->remote, .interface = {}},
                      .port = status.ends->remote_port};
  }
  if (status.received_open != nullptr) {
    detail.router_id = net::IpAddress::v4(status.received_open->id);
    detail.hostname = bgp::hostname(status.received_open->capabilities).value_or("");
  }
}

void add_counters(const bgp::PeerCounters& counters, control::NeighborDetail& detail) {
  for (const auto type :
       {bgp::MessageType::Open, bgp::MessageType::Update, bgp::MessageType::Notification,
        bgp::MessageType::Keepalive, bgp::MessageType::RouteRefresh}) {
    std::string name(bgp::name_of(type));
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    detail.messages.push_back(
        {.type = std::move(name), .sent = counters.out.of(type), .received = counters.in.of(type)});
  }
  const auto errors = [&](bgp::ErrorAction action) {
    return counters.update_errors[static_cast<std::size_t>(action)];
  };
  detail.update_errors.attribute_discarded = errors(bgp::ErrorAction::DiscardAttribute);
  detail.update_errors.treated_as_withdraw = errors(bgp::ErrorAction::TreatAsWithdraw);
  detail.update_errors.session_reset = errors(bgp::ErrorAction::ResetSession);
  detail.octets_sent = counters.out.octets;
  detail.octets_received = counters.in.octets;
}

void add_refused(const rib::Source& source, control::NeighborDetail& detail) {
  for (std::size_t i = 0; i < rib::kRefusals; ++i) {
    if (source.refused[i] != 0) {
      const rib::Reason reason = rib::refusal(i);
      detail.refused.push_back({.reason = rib::name_of(reason),
                                .text = rib::describe(reason),
                                .routes = source.refused[i]});
    }
  }
}

/// The names of members of update groups, looked up once for all groups.
class MemberNames {
 public:
  explicit MemberNames(const Speaker& speaker) : speaker_(speaker) {
    for (std::size_t place = 0; place < speaker.neighbors().size(); ++place) {
      if (const auto& member = speaker.neighbors()[place]->member) {
        const auto id = static_cast<std::size_t>(*member);
        places_.resize(std::max(places_.size(), id + 1), kNobody);
        places_[id] = place;
      }
    }
  }

  /// In the order of the neighbors.
  std::vector<std::string> of(const std::vector<rib::MemberId>& members) const {
    std::vector<std::size_t> places;
    for (const rib::MemberId member : members) {
      const auto id = static_cast<std::size_t>(member);
      if (id < places_.size() && places_[id] != kNobody) {
        places.push_back(places_[id]);
      }
    }
    std::ranges::sort(places);
    std::vector<std::string> names;
    for (const std::size_t place : places) {
      names.push_back(speaker_.neighbors()[place]->name());
    }
    return names;
  }

 private:
  static constexpr auto kNobody = static_cast<std::size_t>(-1);

  const Speaker& speaker_;
  std::vector<std::size_t> places_;  // of neighbors, by member
};

}  // namespace

std::vector<control::GroupRow> group_rows(const rib::UpdateGroups& groups, const Speaker& speaker) {
  const MemberNames names(speaker);
  std::vector<control::GroupRow> rows;
  for (const rib::GroupView& group : groups.groups()) {
    control::GroupRow row;
    row.id = group.number;
    row.family = group.family;
    row.type = group.key;
    row.members = names.of(group.members);
    row.lagging = names.of(group.slow_members);
    row.export_policy = group.policy;
    row.slow_events = group.slow_events;
    row.advertised = group.routes;
    row.backlog = group.lag;
    row.messages = group.messages;
    row.octets = group.octets;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> neighbor_warnings(const Neighbor& neighbor) {
  std::vector<std::string> warnings;
  if (!neighbor.config.password_problem.empty()) {
    warnings.push_back("down without its password: " + neighbor.config.password_problem);
  }
  for (std::size_t i = 0; neighbor.peer->established() && i < net::kFamilyCount; ++i) {
    if (neighbor.config.session.families[i] && !neighbor.peer->negotiated().families[i].active) {
      warnings.push_back(net::to_string(net::kFamilies[i]) +
                         " is configured, but the neighbor does not offer it");
    }
  }
  if (neighbor.policies.imports == policy::rfc8212_default()) {
    warnings.emplace_back("no import policy: nothing is accepted (RFC 8212)");
  }
  if (neighbor.policies.exports == policy::rfc8212_default()) {
    warnings.emplace_back("no export policy: nothing is sent (RFC 8212)");
  }
  return warnings;
}

control::NeighborSummary summarize(const Neighbor& neighbor, const NeighborSources& sources) {
  const bgp::SessionOptions& session = neighbor.config.session;
  const bgp::PeerStatus status = neighbor.peer->status();
  control::NeighborSummary summary;
  summary.name = neighbor.name();
  summary.description = neighbor.config.description;
  summary.address = session.address;
  summary.local_asn = session.local_asn;
  summary.internal = neighbor.internal();
  if (session.expected_asn.kind == bgp::ExpectedAsn::Kind::Number) {
    summary.asn = session.expected_asn.number;
  } else if (summary.internal) {
    summary.asn = session.local_asn;
  } else if (status.received_open != nullptr) {
    summary.asn = status.received_open->my_as;
  }
  summary.state = std::string(bgp::to_string(status.state));
  summary.shutdown = session.shutdown.has_value();
  if (status.established_at) {
    summary.uptime = since(*status.established_at, sources.present.now);
  } else if (neighbor.went_down_at) {
    summary.downtime = since(*neighbor.went_down_at, sources.present.now);
  }
  summary.established_count = status.counters->established;
  summary.group = neighbor.config.group;
  for (std::size_t index = 0; index < net::kFamilyCount; ++index) {
    if (session.families[index]) {
      summary.families.push_back(family_row(neighbor, index, sources));
    }
  }
  add_troubles(neighbor, sources.present, summary);
  summary.warnings = neighbor_warnings(neighbor);
  if (std::string text = sources.identifiers.warning(neighbor.source); !text.empty()) {
    summary.warnings.push_back(std::move(text));
  }
  return summary;
}

control::NeighborDetail describe(const Neighbor& neighbor, const NeighborSources& sources) {
  const bgp::SessionOptions& session = neighbor.config.session;
  const rib::NeighborRouteOptions& routes = neighbor.config.routes;
  const bgp::PeerStatus status = neighbor.peer->status();
  control::NeighborDetail detail;
  detail.summary = summarize(neighbor, sources);
  add_session(status, detail);
  add_counters(*status.counters, detail);
  add_refused(sources.rib.sources()[neighbor.source], detail);
  detail.port = session.port;
  detail.passive = session.passive;
  detail.ttl = session.ttl_security ? 255 : session.multihop.value_or(neighbor.internal() ? 64 : 1);
  detail.ttl_security = session.ttl_security;
  detail.password = !session.password.empty();
  detail.shutdown_message = session.shutdown.value_or("");
  add_history(*status.record, sources.present, detail);
  detail.waiting = waiting_for(neighbor, sources.present.now);
  detail.failures_in_a_row = status.failures;
  detail.failures = status.counters->failures;
  detail.connections.refused = status.counters->connections_refused;
  detail.connections.low_ttl = status.counters->low_ttl;
  detail.timers = timers(neighbor, status, sources.present.now);
  detail.capabilities = capabilities(status);
  detail.notification_sent = notification_model(*status.last_sent, sources.present);
  detail.notification_received = notification_model(*status.last_received, sources.present);
  detail.write_queue = status.queued_octets;
  detail.route_reflector_client = routes.route_reflector_client;
  if (routes.route_reflector_client) {
    detail.cluster_id =
        net::IpAddress::v4(routes.cluster_id.value_or(sources.rib.options().cluster_id));
  }
  detail.next_hop_self = std::string(name_of(routes.next_hop_self));
  detail.route_server_client = routes.route_server_client;
  detail.allow_own_as = routes.allow_own_as;
  detail.import_policy = neighbor.policies.imports->name();
  detail.export_policy = neighbor.policies.exports->name();
  for (std::size_t i = 0; neighbor.member && !detail.update_group && i < net::kFamilyCount; ++i) {
    detail.update_group = sources.groups.group_number(*neighbor.member, net::kFamilies[i]);
  }
  return detail;
}

}  // namespace pipit::daemon
