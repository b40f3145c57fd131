// Reflection rules and the export transform, rule by rule.
#include "rib/out/export_rules.hpp"

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "rib/out/exporter.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/rib/rib_fixture.hpp"

namespace pipit::rib {
namespace {

enum class Kind : std::uint8_t { Local, External, Client, NonClient };

Source source_of(Kind kind) {
  Source source;
  source.kind = kind == Kind::Local ? policy::SourceKind::Kernel : policy::SourceKind::Bgp;
  source.internal = kind == Kind::Client || kind == Kind::NonClient;
  source.client = kind == Kind::Client;
  source.router_id = 0x0a000002;
  source.cluster_id = 77;
  source.address = address("192.0.2.7");
  return source;
}

GroupKey receiver_of(Kind kind) {
  GroupKey key;
  key.family = net::kIpv4Unicast;
  key.internal = kind == Kind::Client || kind == Kind::NonClient;
  key.client = kind == Kind::Client;
  key.local_asn = 64500;
  key.cluster_id = 55;
  key.next_hops.self_next_hop = address("192.0.2.1");
  return key;
}

bgp::PathAttributes received() {
  bgp::PathAttributes attributes = rib::attributes({.as_path = "64501", .med = 50});
  attributes.next_hop = address("198.51.100.9");
  return attributes;
}

bgp::PathAttributes with_community(bgp::WellKnown community) {
  bgp::PathAttributes attributes = received();
  net::ByteWriter(attributes.communities).u32(0x12345678);
  net::ByteWriter(attributes.communities).u32(static_cast<std::uint32_t>(community));
  return attributes;
}

/// Runs transform() and takes its result out of the scratch buffers.
std::optional<bgp::PathAttributes> sent(const GroupKey& key,
                                        const Source& source,
                                        const bgp::PathAttributes& attributes,
                                        bool next_hop_self = false,
                                        bool next_hop_of_neighbor = false) {
  TransformScratch scratch;
  bgp::AttributesView view = attributes.view();
  const TransformInput input{
      source, next_hop_self ? policy::NextHopChoice::Self : policy::NextHopChoice::ByRules,
      next_hop_of_neighbor};
  if (transform(key, input, view, scratch) != ExportVerdict::Advertised) {
    return std::nullopt;
  }
  bgp::PathAttributes result;
  result.assign(view);
  return result;
}

std::vector<std::uint32_t> clusters(const bgp::PathAttributes& attributes) {
  return bgp::communities(attributes.cluster_list);
}

}  // namespace

TEST_CASE("A route server changes nothing but LOCAL_PREF", "[rib][export][rfc7947]") {
  Source source = source_of(Kind::External);
  GroupKey client = receiver_of(Kind::External);
  client.route_server_client = true;
  bgp::PathAttributes attributes = received();
  attributes.local_preference = 200;
  attributes.extended_communities = {0x40, 2, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 2};
  attributes.unknown = {0xe0, 99, 1, 7};
  bgp::PathAttributes untouched = attributes;
  untouched.local_preference.reset();
  CHECK(sent(client, source, attributes) == untouched);

  SECTION("what the operator says of the next hop counts") {
    client.next_hop_self = NextHopSelf::Self;
    CHECK(sent(client, source, attributes)->next_hop == address("192.0.2.1"));
    client.next_hop_self = NextHopSelf::Auto;
    CHECK(sent(client, source, attributes, true)->next_hop == address("192.0.2.1"));
  }
  SECTION("a route of our own, or of our AS, is sent as to anybody") {
    for (const Kind kind : {Kind::Local, Kind::Client}) {
      const auto found = sent(client, source_of(kind), attributes);
      CHECK(bgp::AsPathView(found->as_path).first() == 64500U);
      CHECK(found->next_hop == address("192.0.2.1"));
    }
  }
  SECTION("it is not marked as about to go: packets do not come by here") {
    client.graceful_shutdown = true;
    CHECK(sent(client, source, attributes) == untouched);
  }
}

TEST_CASE("Communities between clients of a route server are theirs", "[rib][export][rfc7947]") {
  Source source = source_of(Kind::External);
  GroupKey client = receiver_of(Kind::External);
  client.route_server_client = true;
  for (const auto community : {bgp::WellKnown::NoExport, bgp::WellKnown::NoAdvertise}) {
    const bgp::PathAttributes attributes = with_community(community);
    source.route_server_client = true;
    CHECK(may_advertise(attributes.view(), source, client) == ExportVerdict::Advertised);
    CHECK(may_advertise(attributes.view(), source, receiver_of(Kind::External)) !=
          ExportVerdict::Advertised);
    source.route_server_client = false;  // not one of them: that is for this AS
    CHECK(may_advertise(attributes.view(), source, client) != ExportVerdict::Advertised);
  }
}

TEST_CASE("The reflection table of RFC 4456 section 6", "[rib][export][rfc4456]") {
  struct Row {
    Kind from;
    Kind to;
    bool advertised;
  };

  const auto row = GENERATE(
      Row{Kind::Local, Kind::External, true}, Row{Kind::Local, Kind::Client, true},
      Row{Kind::Local, Kind::NonClient, true}, Row{Kind::External, Kind::External, true},
      Row{Kind::External, Kind::Client, true}, Row{Kind::External, Kind::NonClient, true},
      Row{Kind::Client, Kind::External, true}, Row{Kind::Client, Kind::Client, true},
      Row{Kind::Client, Kind::NonClient, true}, Row{Kind::NonClient, Kind::External, true},
      Row{Kind::NonClient, Kind::Client, true}, Row{Kind::NonClient, Kind::NonClient, false});
  const bgp::PathAttributes attributes = received();
  const ExportVerdict verdict =
      may_advertise(attributes.view(), source_of(row.from), receiver_of(row.to));
  CHECK(verdict == (row.advertised ? ExportVerdict::Advertised : ExportVerdict::InternalSplit));
}

TEST_CASE("Well-known communities bound where a route goes", "[rib][export][rfc1997]") {
  const Source source = source_of(Kind::Client);
  const auto verdict = [&](bgp::WellKnown community, Kind to) {
    const bgp::PathAttributes attributes = with_community(community);
    return may_advertise(attributes.view(), source, receiver_of(to));
  };
  CHECK(verdict(bgp::WellKnown::NoAdvertise, Kind::Client) == ExportVerdict::NoAdvertise);
  CHECK(verdict(bgp::WellKnown::NoAdvertise, Kind::External) == ExportVerdict::NoAdvertise);
  CHECK(verdict(bgp::WellKnown::NoExport, Kind::Client) == ExportVerdict::Advertised);
  CHECK(verdict(bgp::WellKnown::NoExport, Kind::External) == ExportVerdict::NoExport);
  CHECK(verdict(bgp::WellKnown::NoExportSubconfed, Kind::NonClient) == ExportVerdict::Advertised);
  CHECK(verdict(bgp::WellKnown::NoExportSubconfed, Kind::External) ==
        ExportVerdict::NoExportSubconfed);
  CHECK(verdict(bgp::WellKnown::Blackhole, Kind::External) == ExportVerdict::Advertised);

  bgp::PathAttributes both = with_community(bgp::WellKnown::NoExport);
  net::ByteWriter(both.communities).u32(static_cast<std::uint32_t>(bgp::WellKnown::NoAdvertise));
  CHECK(may_advertise(both.view(), source, receiver_of(Kind::External)) ==
        ExportVerdict::NoAdvertise);
}

TEST_CASE("External peers get our AS, our next hop, and nothing internal",
          "[rib][export][rfc4271]") {
  bgp::PathAttributes attributes = received();
  attributes.local_preference = 200;
  attributes.originator_id = 9;
  net::ByteWriter(attributes.cluster_list).u32(1);
  net::ByteWriter extended(attributes.extended_communities);
  extended.u64(0x0002fbf400000007);  // route target
  extended.u64(0x4004fbf400000001);  // link bandwidth: non-transitive
  attributes.atomic_aggregate = true;
  attributes.aggregator = bgp::Aggregator{64501, 5};
  attributes.unknown = {0xe0, 99, 1, 7};

  const auto out = sent(receiver_of(Kind::External), source_of(Kind::Client), attributes);
  REQUIRE(out);
  CHECK(bgp::AsPathView(out->as_path).to_string() == "64500 64501");
  CHECK(out->next_hop == address("192.0.2.1"));
  CHECK_FALSE(out->local_preference);
  CHECK_FALSE(out->originator_id);
  CHECK(out->cluster_list.empty());
  CHECK(bgp::extended_communities(out->extended_communities) ==
        std::vector<std::uint64_t>{0x0002fbf400000007});
  CHECK(out->atomic_aggregate);
  CHECK(out->aggregator == attributes.aggregator);
  CHECK(out->unknown == attributes.unknown);
  CHECK(out->communities == attributes.communities);
}

TEST_CASE("MULTI_EXIT_DISC leaves the AS only where we set it", "[rib][export][rfc4271]") {
  AttributeStore store;
  Sources sources;
  const SourceId neighbor = sources.add(source_of(Kind::External));
  const AttributeHandle handle = store.intern(received().view());
  ExportScratch scratch;
  const net::RouteKey to = net::RouteKey::unicast(prefix("10.0.0.0/8"));
  const auto med = [&](const GroupKey& key, SourceId source) {
    const Exporter exporter(key, store, sources);
    return exporter.run(to, {handle, source}, scratch).attributes.med;
  };

  CHECK_FALSE(med(receiver_of(Kind::External), neighbor));
  GroupKey served = receiver_of(Kind::External);
  served.route_server_client = true;
  CHECK(med(served, neighbor) == 50U);  // RFC 7947 §2.2.3
  CHECK(med(receiver_of(Kind::External), kOriginateSource) == 50U);
  CHECK(med(receiver_of(Kind::Client), neighbor) == 50U);

  policy::PolicyOptions options;
  policy::RuleOptions rule;
  rule.set.med = policy::MedChange{5};
  rule.then = policy::Then::Accept;
  options.policies["five"] = {rule};
  GroupKey key = receiver_of(Kind::External);
  key.export_policy = policy::compile(options).at("five");
  CHECK(med(key, neighbor) == 5U);
  store.release(handle);
}

TEST_CASE("A third-party next hop is passed on only on the shared subnet",
          "[rib][export][rfc4271]") {
  GroupKey key = receiver_of(Kind::External);
  const Source source = source_of(Kind::External);
  bgp::PathAttributes attributes = received();
  const auto next_hop = [&](bool of_neighbor = false) {
    return sent(key, source, attributes, false, of_neighbor)->next_hop;
  };
  attributes.next_hop = address("192.0.2.7");
  CHECK(next_hop() == address("192.0.2.1"));  // not directly connected

  key.next_hops.connected_subnet = prefix("192.0.2.0/24");
  CHECK(next_hop() == address("192.0.2.7"));
  CHECK(next_hop(true) == address("192.0.2.1"));  // might be the receiver itself
  attributes.next_hop = address("198.51.100.9");
  CHECK(next_hop() == address("192.0.2.1"));

  attributes.next_hop = address("192.0.2.7");
  key.next_hop_self = NextHopSelf::Self;
  CHECK(next_hop() == address("192.0.2.1"));
  key.next_hop_self = NextHopSelf::Unchanged;
  attributes.next_hop = address("198.51.100.9");
  CHECK(next_hop() == address("198.51.100.9"));
}

TEST_CASE("An external peer is not told of another neighbor as next hop, save its own routes",
          "[rib][export][rfc4271]") {
  AttributeStore store;
  Sources sources;
  Source one = source_of(Kind::External);
  const SourceId first = sources.add(one);
  one.address = address("192.0.2.8");
  sources.add(one);
  GroupKey key = receiver_of(Kind::External);
  key.next_hops.connected_subnet = prefix("192.0.2.0/24");
  const Exporter exporter(key, store, sources);
  ExportScratch scratch;
  const auto next_hop = [&](std::string_view text) {
    bgp::PathAttributes attributes = received();
    attributes.next_hop = address(text);
    const AttributeHandle handle = store.intern(attributes.view());
    const auto result =
        exporter.run(net::RouteKey::unicast(prefix("10.0.0.0/8")), {handle, first}, scratch);
    const net::IpAddress found = result.attributes.next_hop;
    store.release(handle);
    return found;
  };
  CHECK(next_hop("192.0.2.7") == address("192.0.2.7"));  // the announcing neighbor's own address
  CHECK(next_hop("192.0.2.8") == address("192.0.2.1"));  // another neighbor's
  CHECK(next_hop("192.0.2.9") == address("192.0.2.9"));  // a router without a session
}

TEST_CASE("Internal peers get LOCAL_PREF, and next hops as next-hop-self says",
          "[rib][export][rfc4271]") {
  struct Row {
    NextHopSelf mode;
    Kind from;
    bool self;
  };

  const auto row = GENERATE(
      Row{NextHopSelf::Auto, Kind::External, false}, Row{NextHopSelf::Auto, Kind::Client, false},
      Row{NextHopSelf::Self, Kind::External, true}, Row{NextHopSelf::Self, Kind::Client, false},
      Row{NextHopSelf::Always, Kind::External, true}, Row{NextHopSelf::Always, Kind::Client, true},
      Row{NextHopSelf::Unchanged, Kind::External, false},
      Row{NextHopSelf::Unchanged, Kind::Client, false});
  GroupKey key = receiver_of(Kind::Client);
  key.next_hop_self = row.mode;
  const auto out = sent(key, source_of(row.from), received());
  REQUIRE(out);
  CHECK(out->next_hop == address(row.self ? "192.0.2.1" : "198.51.100.9"));
  CHECK(out->local_preference == 100U);
  CHECK(out->med == 50U);
  CHECK(bgp::AsPathView(out->as_path).to_string() == "64501");
}

TEST_CASE("Reflection sets ORIGINATOR_ID once and prepends the client's cluster",
          "[rib][export][rfc4456]") {
  bgp::PathAttributes attributes = received();
  attributes.local_preference = 7;
  auto out = sent(receiver_of(Kind::NonClient), source_of(Kind::Client), attributes);
  REQUIRE(out);
  CHECK(out->originator_id == 0x0a000002U);
  CHECK(clusters(*out) == std::vector<std::uint32_t>{77});
  CHECK(out->local_preference == 7U);
  CHECK(out->next_hop == attributes.next_hop);

  attributes.originator_id = 3;
  net::ByteWriter(attributes.cluster_list).u32(9);
  out = sent(receiver_of(Kind::Client), source_of(Kind::NonClient), attributes);
  REQUIRE(out);
  CHECK(out->originator_id == 3U);
  CHECK(clusters(*out) == std::vector<std::uint32_t>{55, 9});

  out = sent(receiver_of(Kind::Client), source_of(Kind::External), received());
  REQUIRE(out);
  CHECK_FALSE(out->originator_id);
  CHECK(out->cluster_list.empty());
}

TEST_CASE("A route of our own has our next hop, and needs one", "[rib][export]") {
  bgp::PathAttributes attributes = received();
  attributes.next_hop = {};
  GroupKey key = receiver_of(Kind::Client);
  CHECK(sent(key, source_of(Kind::Local), attributes)->next_hop == address("192.0.2.1"));
  CHECK(sent(key, source_of(Kind::Client), received(), true)->next_hop == address("192.0.2.1"));
  key.next_hops.self_next_hop.reset();
  CHECK_FALSE(sent(key, source_of(Kind::Local), attributes));
  CHECK(sent(key, source_of(Kind::Client), received()));
}

TEST_CASE("IPv6 next hops carry link-local addresses only on a shared link",
          "[rib][export][rfc2545]") {
  GroupKey key = receiver_of(Kind::External);
  key.family = net::kIpv6Unicast;
  key.next_hops.self_next_hop = address("2001:db8::1");
  key.next_hops.self_link_local = address("fe80::1");
  bgp::PathAttributes attributes = received();
  attributes.next_hop = address("2001:db8:9::9");
  attributes.link_local_next_hop = address("fe80::9");
  auto out = sent(key, source_of(Kind::Client), attributes);
  REQUIRE(out);
  CHECK(out->next_hop == address("2001:db8::1"));
  CHECK(out->link_local_next_hop == address("fe80::1"));

  key.next_hops.connected_subnet = prefix("2001:db8:9::/64");
  out = sent(key, source_of(Kind::External), attributes);
  REQUIRE(out);
  CHECK(out->next_hop == attributes.next_hop);
  CHECK(out->link_local_next_hop == address("fe80::9"));

  GroupKey internal = receiver_of(Kind::Client);
  internal.next_hops = key.next_hops;
  internal.next_hops.connected_subnet.reset();
  out = sent(internal, source_of(Kind::Client), attributes);
  REQUIRE(out);
  CHECK(out->next_hop == attributes.next_hop);
  CHECK_FALSE(out->link_local_next_hop);

  attributes.next_hop = address("fe80::9");  // of an external neighbor: means nothing elsewhere
  out = sent(internal, source_of(Kind::External), attributes);
  REQUIRE(out);
  CHECK(out->next_hop == address("2001:db8::1"));
}

TEST_CASE("What a kind of session does not look at splits no group", "[rib][export]") {
  MemberInfo info;
  info.internal = true;
  info.client = true;
  info.cluster_id = 1;
  info.families[0] = MemberFamily{.self_next_hop = address("10.0.0.1")};
  const GroupKey key = group_key(info, net::kIpv4Unicast);
  info.families[0]->connected_subnet = prefix("10.0.0.0/24");
  info.source = 99;
  CHECK(group_key(info, net::kIpv4Unicast) == key);
  CHECK(hash_value(group_key(info, net::kIpv4Unicast)) == hash_value(key));
  info.client = false;
  CHECK_FALSE(group_key(info, net::kIpv4Unicast) == key);

  info.internal = false;
  const GroupKey external = group_key(info, net::kIpv4Unicast);
  info.cluster_id = 2;
  info.client = true;
  CHECK(group_key(info, net::kIpv4Unicast) == external);
  info.families[0]->connected_subnet = prefix("10.0.1.0/24");
  CHECK_FALSE(group_key(info, net::kIpv4Unicast) == external);
}

}  // namespace pipit::rib
