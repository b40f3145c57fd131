#include "tests/unit/control/fake_daemon.hpp"

#include <fmt/format.h>

#include "bgp/wire/as_path.hpp"
#include "control/answer.hpp"

namespace pipit::control::test {
namespace {

using std::chrono::seconds;

bgp::PathAttributes some_attributes() {
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::v4(0xc0000201);  // 192.0.2.1
  attributes.as_path = *bgp::parse_as_path("64512 65001 {65002,65003}");
  attributes.med = 5;
  attributes.local_preference = 100;
  attributes.originator_id = 0xc0000209;
  attributes.cluster_list = {192, 0, 2, 1, 192, 0, 2, 2};
  attributes.communities = {0xfc, 0x00, 0, 100, 0xff, 0xff, 0xff, 0x01};
  attributes.large_communities = {0, 0, 0xfc, 0, 0, 0, 0, 1, 0, 0, 0, 2};
  attributes.extended_communities = {0, 2, 0xfc, 0, 0, 0, 0, 7};
  attributes.aggregator = bgp::Aggregator{64512, 0xc0000203};
  attributes.atomic_aggregate = true;
  attributes.unknown = {0xe0, 99, 2, 0xab, 0xcd};
  return attributes;
}

RouteRow row_of(std::size_t index, bool best, const bgp::PathAttributes& attributes) {
  RouteRow row;
  row.key = net::RouteKey::unicast(
      net::Prefix(net::IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(index) * 256), 24));
  row.best = best;
  row.source = best ? "n0" : "n1";
  row.age = seconds{93'784};
  row.reason = best ? "" : "longer AS path";
  row.attributes = attributes.view();
  return row;
}

/// What rejects everything, when it is asked for.
const RejectionModel& some_rejection() {
  static const RejectionModel kRejection{.stage = "import-policy",
                                         .text = "from-tor rejects by rule 2",
                                         .section = {},
                                         .policy = "from-tor",
                                         .number = 2,
                                         .place = "pipitd.yaml:12"};
  return kRejection;
}

class FakeRoutes final : public Cursor<RouteRow> {
 public:
  FakeRoutes(FakeDaemon& daemon, RouteQuery query)
      : daemon_(daemon), query_(std::move(query)), attributes_(some_attributes()) {
    ++daemon_.open_cursors;
  }

  ~FakeRoutes() override { --daemon_.open_cursors; }

  bool next(std::size_t max_rows, const std::function<void(const RouteRow&)>& sink) override {
    ++daemon_.calls_of_cursors;
    std::size_t looked_at = 0;
    for (std::size_t given = 0; given < max_rows && looked_at < 1000; ++looked_at) {
      if (next_ >= 2 * daemon_.destinations) {
        return false;
      }
      const bool rejected = query_.routes == NeighborRoutes::Rejected;
      RouteRow row = row_of(next_ / 2, next_ % 2 == 0 && !rejected, attributes_);
      if (rejected) {
        row.valid = false;
        row.reason = "rejected by import policy";
        row.rejection = query_.with_rejections ? &some_rejection() : nullptr;
      }
      ++next_;
      if (fits(row)) {
        ++given;
        ++daemon_.rows_given;
        sink(row);
      }
    }
    return true;
  }

 private:
  bool fits(const RouteRow& row) const {
    if (query_.best_only && !row.best) {
      return false;
    }
    if (!query_.neighbor.empty() && row.source != query_.neighbor) {
      return false;
    }
    if (!query_.source.empty() && row.source != query_.source) {
      return false;
    }
    if (query_.family && *query_.family != row.key.family) {
      return false;
    }
    switch (query_.match) {
      case PrefixMatch::All:
        return true;
      case PrefixMatch::Exact:
        return row.key == query_.key;
      case PrefixMatch::Longer:
        return query_.key.prefix.contains(row.key.prefix);
      case PrefixMatch::Shorter:
      case PrefixMatch::Longest:
        return row.key.prefix.contains(query_.key.prefix);
    }
    return false;
  }

  FakeDaemon& daemon_;
  RouteQuery query_;
  bgp::PathAttributes attributes_;
  std::size_t next_ = 0;
};

}  // namespace

std::string neighbor_name(std::size_t index) {
  return fmt::format("n{}", index);
}

StatusModel FakeDaemon::status() const {
  StatusModel model;
  model.version = "0.1.0";
  model.asn = 64512;
  model.router_id = net::IpAddress::v4(0xc000020a);
  model.hostname = "node-a";
  model.pid = 4711;
  model.started_at = kMoment;
  model.uptime = seconds{93'784};
  model.config_file = "/etc/pipit/pipitd.yaml";
  model.config_loaded_at = kMoment;
  model.listen = {*net::Endpoint::parse("0.0.0.0:179"), *net::Endpoint::parse("[::]:179")};
  model.neighbors.configured = neighbor_count;
  model.neighbors.established = 1;
  model.tables = {{net::kIpv4Unicast, destinations, 2 * destinations, destinations},
                  {net::kIpv6Unicast, 0, 0, 0}};
  model.kernel.importing = true;
  model.kernel.imported = 12;
  model.loop = {std::chrono::microseconds(3100), std::chrono::microseconds(1'012'000)};
  model.resident_octets = 12'900'000;
  model.down = {{"n1", "Active", seconds{7}, "Hold Timer Expired"}};
  model.warnings = {"neighbor n1 has no import policy: nothing is accepted (RFC 8212)"};
  return model;
}

MemoryModel FakeDaemon::memory() const {
  return {12'900'000, {{"attributes", 2'097'152, 1024}, {"tables", 1024, 0}}};
}

ConfigModel FakeDaemon::config() const {
  return {"/etc/pipit/pipitd.yaml", "router:\n  asn: 64512\n", R"({"router":{"asn":64512}})"};
}

std::vector<GroupRow> FakeDaemon::groups() const {
  GroupRow row;
  row.id = 1;
  row.type = "internal";
  row.members = {"n0", "n1", "n2", "n3", "n4"};
  row.lagging = {"n4"};
  row.slow_events = 3;
  row.advertised = 1200;
  row.octets = 4096;
  return {row};
}

std::vector<PolicyRow> FakeDaemon::policies() const {
  RuleModel rule;
  rule.number = 1;
  rule.match = {"prefix pods", "source kernel"};
  rule.set = {"med 50"};
  rule.then = "accept";
  rule.hits = 12;
  rule.place = "pipitd.yaml:30";
  RuleModel rest;
  rest.number = 2;
  rest.then = "reject";
  return {{.name = "to-tor", .used_by = {"tor-a export"}, .rules = {rule, rest}},
          {.name = "spare", .used_by = {}, .rules = {}}};
}

std::vector<SetRow> FakeDaemon::sets() const {
  return {
      {.name = "pods", .kind = "prefixes", .entries = 2, .file = {}, .used_by = {"to-tor"}},
      {.name = "bogons", .kind = "prefixes", .entries = 1000, .file = "bogons.txt", .used_by = {}}};
}

CursorResult<RouteRow> FakeDaemon::open_routes(const RouteQuery& query) {
  last_query = query;
  if (!query.neighbor.empty() && !known(query.neighbor)) {
    return std::unexpected(Refusal{Refusal::Kind::NotFound, "no neighbor " + query.neighbor});
  }
  return std::make_unique<FakeRoutes>(*this, query);
}

CursorResult<KernelRouteRow> FakeDaemon::open_kernel_routes() {
  KernelRouteRow imported;
  imported.prefix = *net::Prefix::parse("10.244.1.7/32");
  imported.table = 254;
  imported.protocol = "boot";
  imported.hops = {{std::nullopt, "cali7", false}};
  KernelRouteRow failed;
  failed.prefix = *net::Prefix::parse("2001:db8::/32");
  failed.direction = KernelRouteRow::Direction::Exported;
  failed.state = KernelRouteRow::State::Failed;
  failed.protocol = "bgp";
  failed.metric = 32;
  failed.hops = {{net::IpAddress::parse("fe80::2"), "eth0", true}};
  failed.error = "No route to host";
  return std::make_unique<VectorCursor<KernelRouteRow>>(std::vector{imported, failed});
}

CursorResult<NextHopRow> FakeDaemon::open_next_hops() {
  NextHopRow up;
  up.address = *net::ScopedAddress::parse("192.0.2.1");
  up.reachable = true;
  up.connected = true;
  up.cost = 20;
  up.via = net::Prefix::parse("192.0.2.0/24");
  up.hops = {{net::IpAddress::parse("192.0.2.1"), "eth0", false}};
  NextHopRow down;
  down.address = *net::ScopedAddress::parse("198.51.100.1");
  return std::make_unique<VectorCursor<NextHopRow>>(std::vector{up, down});
}

net::RouteKey FakeDaemon::longest_match(const net::RouteKey& host, std::string_view from) const {
  const net::RouteKey network = host.with(net::Prefix(host.prefix.address(), 24));
  const net::IpAddress first = network.prefix.address();
  const bool there = from.empty() && first <= net::IpAddress::v4(0x0a000200U) &&
                     net::IpAddress::v4(0x0a000000U) <= first;
  return there ? network : host;
}

ExplainModel FakeDaemon::explain(const net::RouteKey& key) const {
  static const bgp::PathAttributes attributes = some_attributes();
  ExplainModel model;
  model.key = key;
  if (key != row_of(0, true, attributes).key) {
    model.verdict = "there is no route to exactly " + key.to_string();
    model.covering = row_of(1, true, attributes);
    model.not_accepted = {row_of(2, false, attributes)};
    model.kernel_routes = {
        {{.prefix = key.prefix, .protocol = "static", .hops = {{std::nullopt, "eth0", false}}},
         false,
         "no import rule takes it",
         {"rule 1 interface eth0 does not match cali*"}}};
    return model;
  }
  model.candidates.resize(2);
  model.candidates[0].route = row_of(0, true, attributes);
  model.candidates[0].next_hop = {
      {.address = *net::ScopedAddress::parse("192.0.2.1"), .reachable = true},
      "on 192.0.2.0/24 dev eth0, cost 0"};
  ExplainCandidate& loser = model.candidates[1];
  loser.route = row_of(0, false, attributes);
  loser.step = "as path length";
  loser.rule = "RFC 4271 §9.1.2.2 a";
  loser.value = "3";
  loser.better = "2";
  loser.better_source = "n0";
  loser.changed_by_import = true;
  static bgp::PathAttributes received = some_attributes();
  received.local_preference.reset();
  loser.received = received.view();
  model.verdict = "the path from n0 is best";
  return model;
}

std::expected<ExplainFromModel, Refusal> FakeDaemon::explain_from(const net::RouteKey& key,
                                                                  std::string_view name) const {
  if (!known(name)) {
    return std::unexpected(Refusal{Refusal::Kind::NotFound, fmt::format("no neighbor {}", name)});
  }
  static const bgp::PathAttributes attributes = some_attributes();
  ExplainFromModel model;
  model.key = key;
  model.from = name;
  model.verdict = "not accepted: rejected by import policy";
  model.steps = {{"session", policy::Step::Result::Passed, "Established", "", {}}};
  TracedPath& path = model.paths.emplace_back();
  path.route = row_of(0, false, attributes);
  path.received = attributes;
  policy::RuleRecord rule;
  rule.policy = "from-tor";
  rule.number = 1;
  rule.place = "pipitd.yaml:12";
  rule.matched = true;
  rule.conditions = {{"prefix", "pods", "10.0.0.0/24", true, 0}};
  rule.changes = {{"local-preference", "100", "200"}};
  rule.then = "reject";
  path.steps = {{"import-policy",
                 policy::Step::Result::Stopped,
                 "from-tor rejects by rule 1",
                 "RFC 4271 §9.1",
                 {rule}}};
  return model;
}

std::expected<ExplainToModel, Refusal> FakeDaemon::explain_to(const net::RouteKey& key,
                                                              std::string_view name) const {
  if (!known(name)) {
    return std::unexpected(Refusal{Refusal::Kind::NotFound, fmt::format("no neighbor {}", name)});
  }
  static const bgp::PathAttributes attributes = some_attributes();
  ExplainToModel model;
  model.key = key;
  model.to = name;
  model.verdict = "advertised";
  model.advertised = true;
  model.steps = {{"next-hop", policy::Step::Result::Changed, "192.0.2.10 (self)", "", {}}};
  model.best = row_of(0, true, attributes);
  model.sent = attributes;
  model.group = groups().front();
  model.write_queue = 2048;
  model.sent_from = kMoment;
  model.sent_to = kMoment + Seconds(5);
  model.delivery = Delivery::Queued;
  return model;
}

bool FakeDaemon::known(std::string_view name) const {
  for (std::size_t i = 0; i < neighbor_count; ++i) {
    if (neighbor_name(i) == name) {
      return true;
    }
  }
  return false;
}

DaemonCommands::Result FakeDaemon::act(std::string_view name, std::string what) {
  if (!known(name)) {
    return std::unexpected(Refusal{Refusal::Kind::NotFound, fmt::format("no neighbor {}", name)});
  }
  if (name == refuses) {
    return std::unexpected(Refusal{Refusal::Kind::Refused, fmt::format("{} is asleep", name)});
  }
  done.push_back(std::move(what));
  return done.back();
}

DaemonCommands::Result FakeDaemon::enable_neighbor(std::string_view name) {
  return act(name, fmt::format("enable {}", name));
}

DaemonCommands::Result FakeDaemon::disable_neighbor(std::string_view name,
                                                    std::string_view message) {
  return act(name, fmt::format("disable {}: {}", name, message));
}

DaemonCommands::Result FakeDaemon::reset_neighbor(std::string_view name) {
  return act(name, fmt::format("reset {}", name));
}

DaemonCommands::Result FakeDaemon::refresh_neighbor(std::string_view name,
                                                    RefreshDirection direction) {
  switch (direction) {
    case RefreshDirection::Both:
      return act(name, fmt::format("refresh {} both", name));
    case RefreshDirection::In:
      return act(name, fmt::format("refresh {} in", name));
    case RefreshDirection::Out:
      return act(name, fmt::format("refresh {} out", name));
  }
  return std::unexpected(Refusal{});
}

}  // namespace pipit::control::test
