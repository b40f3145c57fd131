// Its neighbors: n0 is up, n1 down, n2 shut down.
#include "control/answer.hpp"
#include "tests/unit/control/fake_daemon.hpp"

namespace pipit::control::test {

using std::chrono::seconds;

std::vector<NeighborSummary> FakeDaemon::neighbors() const {
  std::vector<NeighborSummary> rows;
  for (std::size_t i = 0; i < neighbor_count; ++i) {
    NeighborSummary row;
    row.name = neighbor_name(i);
    row.address = *net::ScopedAddress::parse(i == 2 ? "fe80::1%eth0" : "192.0.2.1");
    row.asn = i == 1 ? std::nullopt : std::optional<std::uint32_t>(64512);
    row.local_asn = 64512;
    row.internal = i == 0;
    row.state = i == 0 ? "Established" : i == 1 ? "Active" : "Idle";
    row.shutdown = i == 2;
    row.uptime = i == 0 ? std::optional(seconds{192}) : std::nullopt;
    row.downtime = i == 1 ? std::optional(seconds{7}) : std::nullopt;
    row.established_count = i == 2 ? 0 : 3;
    row.group = i < 2 ? "clients" : "";
    row.families = {{net::kIpv4Unicast, i == 0, 1200, 1100, 100, 42, 5000, true, false}};
    if (i == 0 && two_families) {
      row.families.push_back({net::kIpv6Unicast, true, 7, 6, 1, 5, std::nullopt, true, true});
    }
    row.last_error = i == 1 ? last_error : "";
    row.last_error_at = i == 1 ? std::optional(kMoment) : std::nullopt;
    row.connect_error = i == 1 ? "connection refused: RST from 192.0.2.1 port 179" : "";
    row.connect_error_at = row.last_error_at;
    if (i == 1) {
      row.warnings = {"no import policy: nothing is accepted (RFC 8212)"};
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

CursorResult<NeighborSummary> FakeDaemon::open_neighbors(const NeighborQuery& query) {
  const auto names = neighbor_names(query.group);
  if (!names) {
    return std::unexpected(names.error());
  }
  std::vector<NeighborSummary> rows;
  for (NeighborSummary& row : neighbors()) {
    if ((query.group.empty() || row.group == query.group) && select(query, row)) {
      rows.push_back(std::move(row));
    }
  }
  return std::make_unique<VectorCursor<NeighborSummary>>(std::move(rows));
}

std::expected<std::vector<std::string>, Refusal> FakeDaemon::neighbor_names(
    std::string_view group) const {
  if (!group.empty() && group != "clients" && group != "empty") {
    return std::unexpected(Refusal{Refusal::Kind::NotFound, "no such group"});
  }
  std::vector<std::string> names;
  for (const NeighborSummary& row : neighbors()) {
    if (group.empty() || row.group == group) {
      names.push_back(row.name);
    }
  }
  return names;
}

std::optional<NeighborDetail> FakeDaemon::neighbor(std::string_view name) const {
  for (NeighborSummary& summary : neighbors()) {
    if (summary.name != name) {
      continue;
    }
    NeighborDetail model;
    model.summary = std::move(summary);
    model.local_endpoint = net::Endpoint::parse("192.0.2.10:179");
    model.remote_endpoint = net::Endpoint::parse("192.0.2.1:40000");
    model.ttl = 1;
    model.password = true;
    model.router_id = net::IpAddress::v4(0xc0000201);
    model.hostname = "rr";
    model.timers = {{"hold", seconds{90}, seconds{30}, seconds{21}}};
    model.capabilities = {{1, "Multiprotocol Extensions", "ipv4-unicast", true, true},
                          {200, "unknown", "0102", false, true}};
    model.messages = {{"update", 10, 20}, {"keepalive", 3, 4}};
    model.update_errors.treated_as_withdraw = 2;
    model.update_errors.last = "ORIGIN 7 (RFC 7606 section 7.1)";
    model.update_errors.recent = {{.at = kMoment,
                                   .action = "treated as withdraw",
                                   .attribute = 1,
                                   .reason = "ORIGIN: bad value (RFC 7606 7.1)",
                                   .rule = "RFC 7606 7.1",
                                   .octets = "40010107",
                                   .prefixes = {"10.0.0.0/8", "10.1.0.0/16"},
                                   .prefix_count = 9}};
    model.history = {{.at = kMoment,
                      .since = kMoment - seconds{60},
                      .times = 3,
                      .from = "Established",
                      .to = "Idle",
                      .reason = "Hold Timer Expired"}};
    model.last_state_change_at = kMoment;
    model.last_update_received_at = kMoment;
    model.notification_received =
        NotificationModel{6, 2, "Cease/Administrative Shutdown", "maint \x1b[31m\xff", "", kMoment};
    model.octets_sent = 2048;
    model.import_policy = "accept";
    model.next_hop_self = "auto";
    model.update_group = 1;
    return model;
  }
  return std::nullopt;
}

std::optional<ExplainNeighborModel> FakeDaemon::explain_neighbor(std::string_view name) const {
  if (!known(name)) {
    return std::nullopt;
  }
  ExplainNeighborModel model;
  model.neighbor = name;
  model.state = "Connect";
  model.verdict = "Connect, at tcp: 3 SYNs unanswered in 7s";
  model.steps = {{"route", policy::Step::Result::Passed, "192.0.2.0/24, on the link", "", {}},
                 {"tcp", policy::Step::Result::Stopped, "3 SYNs unanswered in 7s", "", {}}};
  model.advice = {"look for a firewall"};
  return model;
}

}  // namespace pipit::control::test
