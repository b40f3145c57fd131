#include "config/load.hpp"

#include "config/print.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using config::Config;
using std::chrono::seconds;

namespace {

Config good(std::string_view text) {
  const auto loaded = config::load_text(text, "test.yaml");
  if (!loaded) {
    FAIL(config::to_text(loaded.error()));
  }
  return loaded->config;
}

/// The messages of all errors, without their places.
std::vector<std::string> errors_of(std::string_view text) {
  const auto loaded = config::load_text(text, "test.yaml");
  std::vector<std::string> messages;
  if (!loaded) {
    for (const config::Diagnostic& diagnostic : loaded.error()) {
      messages.push_back(diagnostic.message);
    }
  }
  return messages;
}

}  // namespace

TEST_CASE("load: a file with nothing but the AS number gives every default") {
  const Config c = good("router: {asn: 1.10}");
  CHECK(c.rib.asn == 65546);
  CHECK(c.listen.addresses.size() == 2);
  CHECK(c.rib == [] {
    rib::RibOptions options;
    options.asn = 65546;
    return options;
  }());
  CHECK(c.log == net::LogOptions{});
  CHECK(c.kernel == kernel::KernelOptions{});
  CHECK(c.neighbors.empty());
}

TEST_CASE("load: a neighbor alone offers the family of its address") {
  const Config c = good(R"(
router: {asn: 64512}
neighbors:
  a: {address: 192.0.2.1, asn: 64513}
  b: {address: "2001:db8::1", asn: internal}
  c: {address: 192.0.2.3, asn: external, families: {ipv4-unicast: {}, ipv6-unicast: {}}}
)");
  REQUIRE(c.neighbors.size() == 3);
  CHECK(c.neighbors[0].session.families == std::array{true, false, false, false});
  CHECK(c.neighbors[1].session.families == std::array{false, true, false, false});
  CHECK(c.neighbors[2].session.families == std::array{true, true, false, false});
  CHECK(c.neighbors[0].session.name == "a");
  CHECK(c.neighbors[0].session.expected_asn.number == 64513);
}

TEST_CASE("load: groups inherit, the neighbor overrides, mappings merge key by key") {
  const Config c = good(R"(
router: {asn: 64512}
groups:
  base: {asn: internal, timers: {hold: 30s, connect-retry: 5s}, multihop: 3, description: b}
  clients:
    group: base
    route-reflector-client: true
    families: {ipv4-unicast: {max-prefixes: {limit: 1000}}}
    timers: {connect-retry: 1m}
neighbors:
  n1:
    address: 192.0.2.1
    group: clients
    families: {ipv4-unicast: {max-prefixes: {limit: 2000, action: stop}}, ipv6-unicast: {}}
    ttl-security: 1
)");
  const config::NeighborConfig& n = c.neighbors.at(0);
  CHECK(n.group == "clients");
  CHECK(n.description == "b");
  CHECK(n.session.timers.hold == seconds(30));
  CHECK(n.session.timers.keepalive == seconds(10));
  CHECK(n.session.timers.connect_retry == seconds(60));
  CHECK(n.session.ttl_security == 1);
  CHECK_FALSE(n.session.multihop);
  CHECK(n.session.families == std::array{true, true, false, false});
  REQUIRE(n.routes.max_prefixes[0]);
  CHECK(n.routes.max_prefixes[0]->limit == 2000);
  CHECK(n.routes.max_prefixes[0]->warn_at == 1600);
  CHECK(n.routes.max_prefixes[0]->action == rib::MaxPrefixesAction::Stop);
  CHECK(n.routes.route_reflector_client);
}

TEST_CASE("load: units, sets and policies end up in the options as they were meant") {
  const Config c = good(R"(
router: {asn: 64512, cluster-id: 10.0.0.1}
sets:
  prefixes: {p: [10.0.0.0/8, "10.0.0.0/8 ge 16", "10.0.0.0/8 le 16", "10.0.0.0/8 ge 9 le 10"]}
  communities: {c: ["1:2", "1:2:3", "rt:64512:7", no-export]}
policies:
  x:
    - match: {prefix: [p, fd00::/8], source: kernel, communities: {any: [c, "7:7"]}}
      set: {med: 0, communities: {add: ["1:1"], remove: c}, next-hop: self}
kernel:
  import: [{interface: "cali*", protocol: static, policy: x}]
  export: {}
)");
  const auto& ranges = c.policies.sets.prefixes.at("p").ranges;
  CHECK((ranges[0].min_length == 8 && ranges[0].max_length == 8));
  CHECK((ranges[1].min_length == 16 && ranges[1].max_length == 32));
  CHECK((ranges[2].min_length == 8 && ranges[2].max_length == 16));
  CHECK((ranges[3].min_length == 9 && ranges[3].max_length == 10));
  const policy::CommunityList& list = c.policies.sets.communities.at("c");
  CHECK(list.standard == std::vector<std::uint32_t>{0x00010002, 0xffffff01});
  CHECK(list.large == std::vector<bgp::LargeCommunity>{{1, 2, 3}});
  CHECK(list.extended.size() == 1);
  const policy::RuleOptions& rule = c.policies.policies.at("x").at(0);
  CHECK(rule.match.prefix.sets == std::vector<std::string>{"p"});
  CHECK(rule.match.prefix.ranges.size() == 1);
  CHECK(rule.match.communities.any.sets == std::vector<std::string>{"c"});
  CHECK(rule.set.communities.remove.sets == std::vector<std::string>{"c"});
  CHECK(rule.set.med == policy::MedChange{0});
  CHECK(rule.then == policy::Then::None);
  CHECK(c.kernel.imports.at(0).protocols == std::vector<std::uint8_t>{4});
  CHECK(c.kernel.exports == kernel::ExportOptions{});
}

TEST_CASE("load: a group with a mistake is reported once and spoils no neighbor's report") {
  const auto messages = errors_of(R"(
router: {asn: 64512}
groups: {g: {prot: 17, asn: 1}}
neighbors:
  a: {address: 192.0.2.1, group: g}
  b: {address: 192.0.2.2, group: g}
)");
  CHECK(messages == std::vector<std::string>{"unknown key \"prot\", did you mean \"port\"?"});
}

TEST_CASE("load: a file that cannot be read is an error, a directory too") {
  CHECK_FALSE(config::load("/nonexistent/pipitd.yaml"));
  const auto directory = config::load("/");
  REQUIRE_FALSE(directory);
  CHECK(config::to_text(directory.error()) == "/: error: cannot read it: Is a directory\n");
}

TEST_CASE("load: passwords never come out of the printed configuration") {
  const Config c = good(R"(
router: {asn: 64512}
groups: {g: {asn: 1, password: swordfish}}
neighbors:
  a: {address: 192.0.2.1, group: g}
  b: {address: 192.0.2.2, asn: 1, password: swordfish}
)");
  CHECK(c.neighbors.at(0).session.password == "swordfish");
  CHECK(config::to_yaml(c).find("swordfish") == std::string::npos);
  CHECK(config::to_json(c).find("swordfish") == std::string::npos);
}

TEST_CASE("load: a line with a password is shown without it") {
  const auto loaded = config::load_text(
      "router: {asn: 1}\n"
      "neighbors:\n"
      "  a: {address: 192.0.2.1, password: swordfish, asn: x}\n"
      "  b: {password: \"sword, fish\", address: 192.0.2.2, asn: x, password-file: f}\n"
      "  c: {'password' : swordfish\n",
      "test.yaml");
  REQUIRE_FALSE(loaded);
  const auto without_end = config::load_text(
      "router: {asn: 1}\n"
      "neighbors:\n"
      "  a: {address: 192.0.2.1, password: swordfish, asn: x}\n"
      "  b: {password: \"sword, fish\", address: 192.0.2.2, asn: y}\n"
      "  c: {password: " +
          std::string(90, 'z') + ", address: 192.0.2.3, asn: 1}\n",
      "test.yaml");
  REQUIRE_FALSE(without_end);
  CHECK(without_end.error().size() == 3);
  for (const auto& report : {loaded.error(), without_end.error()}) {
    const std::string text = config::to_text(report);
    CHECK(text.find("fish") == std::string::npos);
    CHECK(text.find("zz") == std::string::npos);
  }
  CHECK(without_end.error().at(0).excerpt ==
        "  a: {address: 192.0.2.1, password: *********, asn: x}");
}

TEST_CASE("load: to run, a password file that is missing holds its neighbors down, and no others") {
  const std::string text = R"(
router: {asn: 64512}
groups:
  g: {asn: internal, password-file: /nonexistent/key}
neighbors:
  a: {address: 192.0.2.1, asn: internal}
  b: {address: 192.0.2.2, group: g}
  c: {address: 192.0.2.3, group: g, password: own}
  d: {address: 192.0.2.4, group: g, shutdown: for the weekend}
)";
  REQUIRE_FALSE(config::load_text(text, "test.yaml"));
  const auto loaded = config::load_text(text, "test.yaml", config::Purpose::Run);
  REQUIRE(loaded);
  CHECK(config::to_text(loaded->warnings) ==
        "test.yaml:4:37: warning: cannot read \"/nonexistent/key\": No such file or directory; "
        "without the password the session stays down\n"
        "      g: {asn: internal, password-file: /nonexistent/key}\n"
        "                                        ^\n");
  const auto& neighbors = loaded->config.neighbors;
  CHECK_FALSE(neighbors[0].session.shutdown);
  CHECK(neighbors[1].session.shutdown == "");
  CHECK(neighbors[1].password_problem.starts_with("cannot read"));
  CHECK_FALSE(neighbors[2].session.shutdown);
  CHECK(neighbors[2].password_problem.empty());
  CHECK(neighbors[3].session.shutdown == "for the weekend");
  CHECK_FALSE(neighbors[3].held_for_password);
  // The file did not say shutdown, and what is shown does not either.
  const std::string printed = config::to_yaml(loaded->config);
  CHECK(printed.find(" shutdown: true") == std::string::npos);
  CHECK(printed.find("for the weekend") != std::string::npos);
}
