// Routes whose key is more than a prefix: VPN tables, labels as payload, and their way through
// import, decision and export.
#include <map>
#include <random>

#include "rib/preview.hpp"
#include "rib/view.hpp"
#include "tests/unit/rib/clients_fixture.hpp"
#include "tests/unit/rib/function_policy.hpp"

namespace pipit::rib {
namespace {

struct VpnRoute {
  std::string_view key;
  std::uint32_t label = 16;
};

bgp::UpdateMessage vpn_announcement(const RouteText& text, const std::vector<VpnRoute>& routes) {
  bgp::UpdateMessage update;
  update.attributes = attributes(text);
  bgp::Reachable& part = update.reachable.emplace_back();
  part.next_hop = address(text.next_hop);
  for (const VpnRoute& one : routes) {
    const net::RouteKey key = route(one.key);
    part.family = key.family;
    part.nlri.push_back({key.prefix, 0}, {key.distinguisher, one.label});
  }
  return update;
}

bgp::UpdateMessage vpn_withdrawal(const std::vector<std::string_view>& keys) {
  bgp::UpdateMessage update;
  bgp::Unreachable& part = update.unreachable.emplace_back();
  for (const std::string_view one : keys) {
    const net::RouteKey key = route(one);
    part.family = key.family;
    part.nlri.push_back({key.prefix, 0}, {key.distinguisher, 0});
  }
  return update;
}

constexpr std::size_t kVpn4 = 2;  // net::family_index
constexpr std::size_t kVpn6 = 3;

MemberInfo vpn_member(const Clients& rr, SourceId source) {
  MemberInfo info = rr.member_info(source);
  info.families[kVpn4].emplace();
  info.families[kVpn6].emplace();
  return info;
}

std::optional<BestPath> best(const Rib& rib, std::string_view of) {
  const net::RouteKey key = route(of);
  const Table& table = rib.table(key.family);
  return table.best(table.find(key));
}

net::RouteKey random_key(std::mt19937& random, net::Family family) {
  net::RouteKey key{family, {}, {}};
  key.distinguisher.octets[7] = static_cast<std::uint8_t>(random() % 8);
  if (family.afi == net::Afi::Ipv4) {
    key.prefix = {net::IpAddress::v4(static_cast<std::uint32_t>(random() % 32) << 24),
                  static_cast<std::uint8_t>(random() % 33)};
  } else {
    std::array<std::uint8_t, 16> octets{0x20, 0x01};
    octets[15] = static_cast<std::uint8_t>(random() % 32);
    key.prefix = {net::IpAddress::v6(octets), static_cast<std::uint8_t>(random() % 129)};
  }
  return key;
}

}  // namespace

TEST_CASE("A table of VPN keys agrees with a map under random inserts and erasures", "[rib][vpn]") {
  for (const net::Family family : {net::kIpv4Vpn, net::kIpv6Vpn}) {
    std::mt19937 random(31);
    DestinationTable table(family);
    std::map<net::RouteKey, DestinationId> model;
    for (int i = 0; i < 20000; ++i) {
      const net::RouteKey key = random_key(random, family);
      const auto known = model.find(key);
      REQUIRE(table.find(key) == (known == model.end() ? kNoDestination : known->second));
      if (random() % 10 < (i < 10000 ? 8U : 3U)) {
        model[key] = table.insert(table.key(key));
        REQUIRE(table.route_key(model[key]) == key);
        REQUIRE(table.prefix(model[key]) == key.prefix);
      } else if (known != model.end()) {
        table.erase(known->second);
        model.erase(known);
      }
      REQUIRE(table.size() == model.size());
    }
  }
}

TEST_CASE("The longest match stays in its VPN", "[rib][vpn]") {
  DestinationTable table(net::kIpv4Vpn);
  for (const char* const key : {"65000:1:10.0.0.0/8", "65000:2:10.1.0.0/16", "65000:1:0.0.0.0/0"}) {
    table.insert(table.key(route(key)));
  }
  const auto match = [&](const char* key) {
    const net::RouteKey wanted = route(key);
    const DestinationId id = table.longest_match(wanted.prefix.address(), 32, wanted.distinguisher);
    return id == kNoDestination ? "" : table.route_key(id).to_string();
  };
  CHECK(match("65000:1:10.1.1.1") == "65000:1:10.0.0.0/8");
  CHECK(match("65000:2:10.1.1.1") == "65000:2:10.1.0.0/16");
  CHECK(match("65000:1:11.0.0.1") == "65000:1:0.0.0.0/0");
  CHECK(match("65000:3:10.1.1.1").empty());
}

TEST_CASE("Routes to one prefix in different VPNs are different routes", "[rib][vpn]") {
  Clients rr;
  Receiver to_b(true);
  rr.groups.add_member(vpn_member(rr, rr.b), to_b);
  rr.rib.on_update(rr.a,
                   vpn_announcement({}, {{"65000:1:10.0.0.0/8", 16}, {"65000:2:10.0.0.0/8", 17}}));
  rr.announce(rr.a, {}, {"10.0.0.0/8"});
  rr.settle({&to_b});
  CHECK(to_b.vpn.size() == 2);
  CHECK(to_b.table.size() == 1);
  CHECK(to_b.vpn.at(route("65000:1:10.0.0.0/8")).label == 16U);
  CHECK(to_b.vpn.at(route("65000:2:10.0.0.0/8")).label == 17U);
  CHECK(to_b.end_of_ribs == 3);
  CHECK(rr.rib.sources()[rr.a].counters[kVpn4].received == 2);

  rr.rib.on_update(rr.a, vpn_withdrawal({"65000:1:10.0.0.0/8"}));
  rr.settle({&to_b});
  CHECK(to_b.vpn.size() == 1);
  CHECK(to_b.vpn.contains(route("65000:2:10.0.0.0/8")));
  CHECK(to_b.table.size() == 1);
  rr.rib.peer_down(rr.a);
  rr.settle({&to_b});
  CHECK(to_b.vpn.empty());
  CHECK(to_b.idle_withdrawals == 0);
}

TEST_CASE("A route with another label alone is sent again", "[rib][vpn]") {
  Clients rr;
  Receiver to_b(true);
  rr.groups.add_member(vpn_member(rr, rr.b), to_b);
  rr.rib.on_update(rr.a, vpn_announcement({}, {{"65000:1:10.0.0.0/8", 16}}));
  rr.settle({&to_b});
  const unsigned before = to_b.messages;
  rr.rib.on_update(rr.a, vpn_announcement({}, {{"65000:1:10.0.0.0/8", 17}}));
  rr.settle({&to_b});
  CHECK(to_b.messages == before + 1);
  CHECK(to_b.vpn.at(route("65000:1:10.0.0.0/8")).label == 17U);
  rr.rib.on_update(rr.a, vpn_announcement({}, {{"65000:1:10.0.0.0/8", 17}}));
  rr.settle({&to_b});
  CHECK(to_b.messages == before + 1);
}

TEST_CASE("Routes that differ in their labels alone share messages", "[rib][vpn]") {
  Clients rr;
  Receiver to_b(true);
  Receiver to_c(true);
  rr.groups.add_member(vpn_member(rr, rr.b), to_b);
  rr.groups.add_member(vpn_member(rr, rr.c), to_c);
  rr.settle({&to_b, &to_c});
  const unsigned before = to_b.messages;
  std::vector<std::string> keys;
  for (unsigned i = 0; i < 200; ++i) {
    keys.push_back("65000:1:10.0." + std::to_string(i) + ".0/24");
  }
  std::vector<VpnRoute> routes;
  for (unsigned i = 0; i < keys.size(); ++i) {
    routes.push_back({keys[i], 16 + i % 50});
  }
  rr.rib.on_update(rr.a, vpn_announcement({}, routes));
  rr.rib.on_update(rr.b, vpn_announcement({}, {{"65000:9:10.9.0.0/16", 99}}));
  rr.settle({&to_b, &to_c});
  CHECK(to_b.vpn.size() == keys.size());  // not its own one
  CHECK(to_c.vpn.size() == keys.size() + 1);
  for (const VpnRoute& one : routes) {
    REQUIRE(to_b.vpn.at(route(one.key)).label == one.label);
  }
  CHECK(to_b.messages == before + 1);  // 200 NLRI of 15 octets
}

TEST_CASE("The next hop of a labelled route stays, whatever is asked", "[rib][vpn]") {
  Clients rr;
  rr.rib.sources()[rr.a].internal = false;
  rr.rib.sources()[rr.a].asn = 64501;
  const NextHopSelf mode =
      GENERATE(NextHopSelf::Auto, NextHopSelf::Self, NextHopSelf::Always, NextHopSelf::Unchanged);
  const bool internal = GENERATE(true, false);
  MemberInfo info = vpn_member(rr, rr.b);
  info.next_hop_self = mode;
  info.internal = internal;
  Receiver to_b(internal);
  rr.groups.add_member(info, to_b);
  rr.rib.on_update(rr.a, vpn_announcement({.next_hop = "198.51.100.1"}, {{"65000:1:10.0.0.0/8"}}));
  rr.rib.on_update(rr.a,
                   vpn_announcement({.next_hop = "2001:db8::1"}, {{"65000:1:[2001:db8:1::]/48"}}));
  rr.settle({&to_b});
  REQUIRE(to_b.vpn.size() == 2);
  CHECK(to_b.vpn.at(route("65000:1:10.0.0.0/8")).next_hop == address("198.51.100.1"));
  CHECK(to_b.vpn.at(route("65000:1:[2001:db8:1::]/48")).next_hop == address("2001:db8::1"));
}

TEST_CASE("Next hops of VPN routes resolve, IPv4-mapped ones over IPv4", "[rib][vpn]") {
  RibFixture f;
  f.igp.remove(prefix("::/0"));
  f.igp.remove(prefix("0.0.0.0/0"));
  f.set_route("198.51.100.0/24", 5);
  f.rib.next_hops().settle();
  const SourceId a = f.neighbor("192.0.2.1", 64500, 1);
  f.rib.on_update(a, vpn_announcement({.next_hop = "198.51.100.1"}, {{"65000:1:10.0.0.0/8"}}));
  f.rib.on_update(
      a, vpn_announcement({.next_hop = "::ffff:198.51.100.1"}, {{"65000:1:[2001:db8:1::]/48"}}));
  f.rib.on_update(a,
                  vpn_announcement({.next_hop = "2001:db8::1"}, {{"65000:1:[2001:db8:2::]/48"}}));
  f.rib.on_update(a, vpn_announcement({.next_hop = "203.0.113.1"}, {{"65000:1:11.0.0.0/8"}}));
  f.loop.settle();
  CHECK(best(f.rib, "65000:1:10.0.0.0/8"));
  CHECK(best(f.rib, "65000:1:[2001:db8:1::]/48"));
  CHECK_FALSE(best(f.rib, "65000:1:[2001:db8:2::]/48"));
  CHECK_FALSE(best(f.rib, "65000:1:11.0.0.0/8"));
  f.igp.remove(prefix("198.51.100.0/24"));
  f.rib.next_hops().settle();
  f.loop.settle();
  CHECK_FALSE(best(f.rib, "65000:1:10.0.0.0/8"));
  CHECK_FALSE(best(f.rib, "65000:1:[2001:db8:1::]/48"));
}

TEST_CASE("Policies see the prefix and the family of a VPN route", "[rib][vpn]") {
  Clients rr;
  std::vector<std::string> seen;
  rr.rib.sources()[rr.a].import_policy = std::make_shared<FunctionPolicy>(
      [&seen](const policy::RouteFacts& facts, bgp::PathAttributes&) {
        seen.push_back(net::to_string(facts.family()) + ' ' + facts.prefix.to_string());
        return facts.prefix.length() == 8;
      },
      true);
  rr.rib.on_update(rr.a, vpn_announcement({}, {{"65000:1:10.0.0.0/8"}, {"65000:2:10.1.0.0/16"}}));
  rr.loop.settle();
  CHECK(seen == std::vector<std::string>{"ipv4-vpn 10.0.0.0/8", "ipv4-vpn 10.1.0.0/16"});
  CHECK(best(rr.rib, "65000:1:10.0.0.0/8"));
  CHECK_FALSE(best(rr.rib, "65000:2:10.1.0.0/16"));
}

TEST_CASE("A queue that is taken back names VPN routes by their keys", "[rib][vpn]") {
  Clients rr;
  Receiver to_b(true);
  const MemberId b = rr.groups.add_member(vpn_member(rr, rr.b), to_b);
  rr.settle({&to_b});
  to_b.stall();
  rr.rib.on_update(rr.a,
                   vpn_announcement({}, {{"65000:1:10.0.0.0/8", 16}, {"65000:2:10.0.0.0/8", 17}}));
  rr.loop.settle();
  rr.rib.on_update(rr.a, vpn_withdrawal({"65000:1:10.0.0.0/8"}));
  rr.rib.on_update(rr.a, vpn_announcement({}, {{"65000:2:10.0.0.0/8", 18}}));
  rr.loop.settle();
  rr.groups.recall(b);
  rr.loop.settle();
  rr.groups.resume(b);
  rr.settle({&to_b});
  CHECK(to_b.recalls == 1);
  REQUIRE(to_b.vpn.size() == 1);
  CHECK(to_b.vpn.at(route("65000:2:10.0.0.0/8")).label == 18U);
}

TEST_CASE("A preview tells VPN routes apart, and gives the kernel and originate none of them",
          "[rib][vpn]") {
  Clients rr;
  Receiver to_b(true);
  const MemberId b = rr.groups.add_member(vpn_member(rr, rr.b), to_b);
  rr.rib.on_update(rr.a, vpn_announcement({}, {{"65000:1:10.0.0.0/8"}, {"65000:2:10.0.0.0/8"}}));
  rr.settle({&to_b});
  PreviewInput input{.options = rr.rib.options()};
  PreviewNeighbor from{.source = rr.a};
  from.imports = rr.rib.sources()[rr.a];
  from.imports->import_policy = policy::reject_all();
  input.neighbors.push_back(from);
  PreviewNeighbor to{.source = rr.b};
  to.exports_before = rr.groups.info(b);
  to.exports_after = to.exports_before;
  input.neighbors.push_back(to);
  bgp::PathAttributes own;
  own.next_hop = net::IpAddress::any(net::Afi::Ipv4);
  input.originate[net::RouteKey::unicast(prefix("10.0.0.0/8"))] = own;
  std::set<std::string> said;
  Preview preview(rr.rib, input);
  while (preview.run(
      3, [&](std::size_t neighbor, RouteChange change, const net::RouteKey& key, PreviewMoment) {
        said.insert(std::to_string(neighbor) + ' ' + std::to_string(static_cast<int>(change)) +
                    ' ' + key.to_string());
      })) {
  }
  CHECK(said == std::set<std::string>{"0 1 65000:1:10.0.0.0/8", "0 1 65000:2:10.0.0.0/8",
                                      "1 3 10.0.0.0/8", "1 4 65000:1:10.0.0.0/8",
                                      "1 4 65000:2:10.0.0.0/8"});
}

}  // namespace pipit::rib
