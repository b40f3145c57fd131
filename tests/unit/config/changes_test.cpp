// The table of what a reload does about each key: complete, and true of what compare() finds.
#include <fmt/format.h>

#include "bgp/session/peer.hpp"
#include "config/diff.hpp"
#include "config/fields.hpp"
#include "config/load.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using config::Effect;
using config::Effects;

namespace {

/// Visits every key that is a value of its own, with the effects that are said of it or around it.
template <typename Visit>
void for_each_key(const config::Shape& shape,
                  const std::string& path,
                  Effects around,
                  const Visit& visit) {
  using Kind = config::Shape::Kind;
  if (shape.kind == Kind::List && shape.element->kind == Kind::Section) {
    for_each_key(*shape.element, path, around, visit);
  } else if (shape.kind == Kind::Map) {
    for_each_key(*shape.element, path + ".NAME", around, visit);
  } else if (shape.kind == Kind::Section) {
    for (const config::FieldInfo& field : shape.fields) {
      const Effects effects = field.on_change.empty() ? around : field.on_change;
      for_each_key(*field.shape, path.empty() ? field.key : path + '.' + field.key, effects, visit);
    }
  } else {
    visit(path, around);
  }
}

struct Sample {
  std::string key;
  std::string before;
  std::string after;
};

const std::vector<Sample> kSamples{
    {"router.asn", "asn: 64512", "asn: 64513"},
    {"router.id", "id: 192.0.2.9", "id: 192.0.2.8"},
    {"router.cluster-id", "cluster-id: 1.1.1.1", "cluster-id: 1.1.1.2"},
    {"router.hostname", "hostname: a", "hostname: b"},
    {"router.best-path.always-compare-med", "best-path: {always-compare-med: true}", ""},
    {"router.best-path.deterministic-med", "best-path: {deterministic-med: false}", ""},
    {"router.best-path.compare-router-id", "best-path: {compare-router-id: false}", ""},
    {"router.best-path.ignore-as-path", "best-path: {ignore-as-path: true}", ""},
    {"router.best-path.multipath-relax", "best-path: {multipath-relax: true}", ""},
    {"router.multipath.ebgp", "multipath: {ebgp: 4}", ""},
    {"router.multipath.ibgp", "multipath: {ibgp: 4}", ""},
    {"router.next-hops.via-default", "next-hops: {via-default: false}", ""},
    {"router.next-hops.unresolved", "next-hops: {unresolved: use}", ""},
    {"router.default-policy", "default-policy: open", ""},
    {"router.graceful-shutdown", "graceful-shutdown: true", ""},
    {"listen", "listen: []", ""},
    {"control.socket", "control: {socket: /tmp/a}", ""},
    {"control.group", "control: {group: staff}", ""},
    {"log.level", "log: {level: debug}", ""},
    {"log.target", "log: {target: syslog}", ""},
    {"log.format", "log: {format: json}", ""},
    {"kernel.import", "kernel: {import: [{interface: lo}]}", ""},
    {"kernel.import.interface", "kernel: {import: [{interface: lo}]}",
     "kernel: {import: [{interface: e0}]}"},
    {"kernel.import.protocol", "kernel: {import: [{protocol: boot}]}",
     "kernel: {import: [{protocol: static}]}"},
    {"kernel.import.type", "kernel: {import: [{type: blackhole}]}",
     "kernel: {import: [{type: unicast}]}"},
    {"kernel.import.gateway", "kernel: {import: [{gateway: false}]}",
     "kernel: {import: [{gateway: true}]}"},
    {"kernel.import.table", "kernel: {import: [{table: 5}]}", "kernel: {import: [{table: 6}]}"},
    {"kernel.import.connected", "kernel: {import: [{interface: lo, connected: true}]}",
     "kernel: {import: [{interface: lo}]}"},
    {"kernel.import.policy", "kernel: {import: [{policy: reject}]}",
     "kernel: {import: [{policy: accept}]}"},
    {"kernel.export.table", "kernel: {export: {table: 5}}", "kernel: {export: {}}"},
    {"kernel.export.protocol", "kernel: {export: {protocol: 99}}", "kernel: {export: {}}"},
    {"kernel.export.adopt", "kernel: {export: {adopt: all}}", "kernel: {export: {}}"},
    {"kernel.export.families", "kernel: {export: {families: ipv4-unicast}}",
     "kernel: {export: {}}"},
    {"kernel.export.metric", "kernel: {export: {metric: 9}}", "kernel: {export: {}}"},
    {"kernel.export.policy", "kernel: {export: {policy: reject}}", "kernel: {export: {}}"},
    {"kernel.export.preferred-source", "kernel: {export: {preferred-source: 192.0.2.1}}",
     "kernel: {export: {}}"},
    {"kernel.export.on-exit", "kernel: {export: {on-exit: flush}}", "kernel: {export: {}}"},
    {"kernel.export.audit", "kernel: {export: {audit: off}}", "kernel: {export: {}}"},
    {"originate.prefix", "originate: [{prefix: 10.0.0.0/8}]", ""},
    {"originate.communities", "originate: [{prefix: 10.0.0.0/8, communities: [\"1:1\"]}]",
     "originate: [{prefix: 10.0.0.0/8}]"},
    {"originate.med", "originate: [{prefix: 10.0.0.0/8, med: 5}]",
     "originate: [{prefix: 10.0.0.0/8}]"},
    {"originate.local-preference", "originate: [{prefix: 10.0.0.0/8, local-preference: 5}]",
     "originate: [{prefix: 10.0.0.0/8}]"},
    {"originate.kernel",
     "kernel: {export: {}}\noriginate: [{prefix: 10.0.0.0/8, kernel: blackhole}]",
     "kernel: {export: {}}\noriginate: [{prefix: 10.0.0.0/8}]"},
    {"tests.expect.verdict",
     "tests: [{route: {prefix: 10.0.0.0/8}, policy: accept, expect: {verdict: accept}}]", ""},
    {"neighbors.NAME.address", "address: 192.0.2.1", "address: 192.0.2.2"},
    {"neighbors.NAME.description", "description: a", ""},
    {"neighbors.NAME.group", "group: g", ""},
    {"neighbors.NAME.asn", "asn: 65001", "asn: 65002"},
    {"neighbors.NAME.local-address", "local-address: 192.0.2.7", ""},
    {"neighbors.NAME.port", "port: 1179", ""},
    {"neighbors.NAME.passive", "passive: true", ""},
    {"neighbors.NAME.multihop", "multihop: 3", ""},
    {"neighbors.NAME.ttl-security", "ttl-security: 1", ""},
    {"neighbors.NAME.password", "password: a", "password: b"},
    {"neighbors.NAME.families.ipv4-unicast.max-prefixes.limit",
     "families: {ipv4-unicast: {max-prefixes: {limit: 9, warn-at: 5}}}",
     "families: {ipv4-unicast: {max-prefixes: {limit: 8, warn-at: 5}}}"},
    {"neighbors.NAME.families.ipv4-unicast.max-prefixes.warn-at",
     "families: {ipv4-unicast: {max-prefixes: {limit: 9, warn-at: 5}}}",
     "families: {ipv4-unicast: {max-prefixes: {limit: 9, warn-at: 6}}}"},
    {"neighbors.NAME.families.ipv4-unicast.max-prefixes.action",
     "families: {ipv4-unicast: {max-prefixes: {limit: 9, action: warn}}}",
     "families: {ipv4-unicast: {max-prefixes: {limit: 9}}}"},
    {"neighbors.NAME.families.ipv4-unicast.max-prefixes.restart-after",
     "families: {ipv4-unicast: {max-prefixes: {limit: 9, restart-after: 9s}}}",
     "families: {ipv4-unicast: {max-prefixes: {limit: 9}}}"},
    {"neighbors.NAME.families.ipv6-unicast",
     "families: {ipv4-unicast: {}, ipv6-unicast: {max-prefixes: {limit: 9}}}",
     "families: {ipv4-unicast: {}}"},
    {"neighbors.NAME.timers.hold", "timers: {hold: 30s, keepalive: 9s, send-hold: 60s}",
     "timers: {hold: 33s, keepalive: 9s, send-hold: 60s}"},
    {"neighbors.NAME.timers.keepalive", "timers: {keepalive: 9s}", ""},
    {"neighbors.NAME.timers.connect-retry", "timers: {connect-retry: 9s}", ""},
    {"neighbors.NAME.timers.send-hold", "timers: {send-hold: 99s}", ""},
    {"neighbors.NAME.timers.idle-hold", "timers: {idle-hold: 2s}", ""},
    {"neighbors.NAME.timers.idle-hold-max", "timers: {idle-hold-max: 20s}", ""},
    {"neighbors.NAME.shutdown", "shutdown: true", "shutdown: gone"},
    {"neighbors.NAME.route-reflector-client", "asn: internal, route-reflector-client: true",
     "asn: internal"},
    {"neighbors.NAME.cluster-id", "cluster-id: 1.1.1.1", ""},
    {"neighbors.NAME.next-hop-self", "next-hop-self: always", ""},
    {"neighbors.NAME.allow-own-as", "allow-own-as: 2", ""},
    {"neighbors.NAME.enforce-first-as", "enforce-first-as: false", ""},
    {"neighbors.NAME.as-sets", "as-sets: accept", ""},
    {"neighbors.NAME.attributes.discard", "attributes: {discard: [99]}",
     "attributes: {discard: [98]}"},
    {"neighbors.NAME.attributes.treat-as-withdraw", "attributes: {treat-as-withdraw: [attr-set]}",
     "attributes: {treat-as-withdraw: [med]}"},
    {"neighbors.NAME.route-server-client", "asn: 65001, route-server-client: true", "asn: 65001"},
    {"neighbors.NAME.graceful-shutdown", "graceful-shutdown: false", ""},
    {"neighbors.NAME.blackhole", "blackhole: true", ""},
    {"neighbors.NAME.import", "import: accept", "import: reject"},
    {"neighbors.NAME.export", "export: accept", ""},
};

/// "a, b" of what is not empty.
std::string joined(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() || part.empty() ? "" : ", ") + part;
  }
  return text;
}

/// The file that holds one value of a sample.
std::string file(const std::string& key, const std::string& value) {
  const bool of_router = key.starts_with("router.");
  const bool of_neighbor = key.starts_with("neighbors.");
  const auto unless_given = [&](const char* name, const char* text) {
    return value.starts_with(name) ? "" : text;
  };
  const std::string router =
      of_router ? joined({unless_given("asn:", "asn: 64512"), value}) : "asn: 64512";
  const std::string neighbor = joined(
      {unless_given("address:", "address: 192.0.2.1"),
       of_neighbor ? unless_given("asn:", "asn: 65001") : "asn: 65001", of_neighbor ? value : ""});
  return fmt::format(
      "router: {{{}}}\ngroups: {{g: {{description: b}}}}\nneighbors: {{n: {{{}}}}}\n{}\n", router,
      neighbor, of_router || of_neighbor ? "" : value);
}

config::Config load(const std::string& text) {
  auto loaded = config::load_text(text, "test.yaml");
  if (!loaded) {
    FAIL(text + config::to_text(loaded.error()));
  }
  // What the daemon fills in.
  config::Config& config = loaded->config;
  config.rib.router_id = config.router.id ? config.router.id->to_v4() : 1;
  config.rib.cluster_id =
      config.router.cluster_id ? config.router.cluster_id->to_v4() : config.rib.router_id;
  for (config::NeighborConfig& neighbor : config.neighbors) {
    neighbor.session.local_asn = config.rib.asn;
    neighbor.session.router_id = config.rib.router_id;
    neighbor.session.hostname = config.router.hostname;
  }
  return config;
}

bool left_out(const std::string& key) {
  return key.starts_with("sets.") || key.starts_with("policies.") || key.starts_with("tests.") ||
         key.starts_with("groups.") || key.starts_with("log.levels.") || key == "include" ||
         key.find(".password-file") != std::string::npos ||
         key.find(".ipv6-unicast.max-prefixes") != std::string::npos ||
         key.find("-vpn.max-prefixes.") != std::string::npos;
}

/// A path as compare() says it in the words of the table.
std::string key_of(std::string path) {
  while (path.find('[') != std::string::npos) {
    path.erase(path.find('['), path.find(']') - path.find('[') + 1);
  }
  const std::string neighbor = "neighbors.n.";
  return path.starts_with(neighbor) ? "neighbors.NAME." + path.substr(neighbor.size()) : path;
}

}  // namespace

TEST_CASE("Every key of the file says what a reload does about a change") {
  for_each_key(*config::file_fields().shape, "", {}, [](const std::string& key, Effects effects) {
    INFO(key);
    CHECK_FALSE(effects.empty());
  });
}

TEST_CASE("A change of each key is found, and found to be what the table says") {
  std::map<std::string, Effects> table;
  for_each_key(*config::file_fields().shape, "", {},
               [&](const std::string& key, Effects effects) { table.emplace(key, effects); });
  std::set<std::string> tried;
  for (const Sample& sample : kSamples) {
    INFO(sample.key);
    const config::Config before = load(file(sample.key, sample.before));
    const config::Config after = load(file(sample.key, sample.after));
    const config::Diff diff = config::compare(before, after);
    Effects found;
    bool named = false;
    for (const config::KeyChange& change : diff.keys) {
      const std::string key = key_of(change.path);
      UNSCOPED_INFO(change.path << ": " << change.before << " -> " << change.after);
      named = named || sample.key.starts_with(key);
      if (sample.key.starts_with(key)) {
        found |= change.effects;
      }
    }
    CHECK(named);
    if (const auto row = table.find(sample.key); row != table.end()) {
      CHECK(found == row->second);
    }
    tried.insert(sample.key);
    const bool reset =
        bgp::needs_reset(before.neighbors[0].session, after.neighbors[0].session) ||
        before.neighbors[0].routes.cluster_id != after.neighbors[0].routes.cluster_id ||
        before.neighbors[0].routes.route_reflector_client !=
            after.neighbors[0].routes.route_reflector_client ||
        before.neighbors[0].routes.route_server_client !=
            after.neighbors[0].routes.route_server_client;
    const config::NeighborChange* change = diff.change_of("n");
    CHECK((change != nullptr && change->effects.has(Effect::Reset)) == reset);
    CHECK(config::compare(after, after).empty());
  }
  for (const auto& [key, effects] : table) {
    INFO(key << " has no sample");
    CHECK((left_out(key) || tried.contains(key)));
  }
}

TEST_CASE("Only what is different is named, with both values") {
  const config::Config before =
      load(file("", "originate: [{prefix: 10.0.0.0/8, med: 1}, {prefix: 11.0.0.0/8}]"));
  const config::Config after =
      load(file("", "originate: [{prefix: 12.0.0.0/8}, {prefix: 10.0.0.0/8, med: 2}]"));
  const std::vector<config::KeyChange> changes = config::changes(before, after);
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].path == "originate[10.0.0.0/8].med");
  CHECK(changes[0].before == "1");
  CHECK(changes[0].after == "2");
  CHECK(changes[1].path == "originate[11.0.0.0/8]");
  CHECK(changes[1].after.empty());
  CHECK(changes[2].path == "originate[12.0.0.0/8]");
  CHECK(changes[2].before.empty());
}

TEST_CASE("A rule that is put in between is one change") {
  const auto policy = [](const std::string& rules) {
    return load(file("", "policies: {p: [" + rules + "]}"));
  };
  const std::string first = "{match: {source: bgp}, then: accept}";
  const std::string last = "{then: reject}";
  const std::string between = "{match: {source: kernel}, then: accept}";
  const auto changes =
      config::changes(policy(first + ", " + last), policy(first + ", " + between + ", " + last));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].path == "policies.p[1]");
  CHECK(changes[0].before.empty());
}

TEST_CASE("A password is told to be another one, and never told") {
  const auto changes = config::changes(load(file("neighbors.", "password: secret1")),
                                       load(file("neighbors.", "password: secret2")));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].path == "neighbors.n.password");
  CHECK(changes[0].before == "<hidden>");
  CHECK(changes[0].after == "<hidden>");
  CHECK(changes[0].effects.has(Effect::Reset));
}

TEST_CASE("Names with dots in them are not mistaken for one another") {
  const auto two = [](const std::string& hold) {
    return load("router: {asn: 1}\nneighbors: {a: {address: 192.0.2.1, asn: 2, description: \"" +
                hold + "\"}, a.b: {address: 192.0.2.2, asn: 2, port: " + hold + "}}\n");
  };
  const config::Diff diff = config::compare(two("1"), two("2"));
  REQUIRE(diff.changed.size() == 2);
  CHECK_FALSE(diff.change_of("a")->effects.has(Effect::Reset));
  CHECK(diff.change_of("a.b")->effects.has(Effect::Reset));
}
