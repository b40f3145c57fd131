// The decision process in the table: next hops, multipath, sessions that come and go.
#include "rib/view.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/rib/rib_fixture.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

std::vector<SourceId> members(RibFixture& f, std::string_view of) {
  std::vector<BestPath> paths;
  LocRib& loc_rib = f.rib.loc_rib(route(of).family);
  const DestinationId id = f.table(prefix(of)).find(route(of));
  loc_rib.multipath(id, paths);
  std::vector<SourceId> sources;
  for (const BestPath& one : paths) {
    sources.push_back(one.source);
  }
  return sources;
}

}  // namespace

TEST_CASE("A next hop that becomes unreachable withdraws its routes at once") {
  RibFixture f;
  f.igp.remove(prefix("0.0.0.0/0"));
  f.set_route("192.0.2.0/24", 0, true);
  f.set_route("198.51.100.0/24", 20);
  f.rib.next_hops().settle();
  const SourceId one = f.neighbor("192.0.2.1", 64500, 5);
  const SourceId two = f.neighbor("192.0.2.2", 64500, 6);
  f.announce(one, {.next_hop = "198.51.100.1"}, {"10.0.0.0/8", "10.1.0.0/16"});
  f.announce(two, {.as_path = "64501 1", .next_hop = "192.0.2.2"}, {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(f.best_source("10.0.0.0/8") == one);
  f.igp.remove(prefix("198.51.100.0/24"));
  f.rib.next_hops().settle();
  REQUIRE(f.loop.step());  // the very next slice
  CHECK(f.best_source("10.0.0.0/8") == two);
  CHECK(f.best_source("10.1.0.0/16") == kNoSource);
  CHECK(f.reason("10.1.0.0/16", one) == Reason::NextHopUnresolved);
  CHECK(f.counters(one).accepted == 2);
  f.set_route("198.51.100.0/24", 20);
  f.rib.next_hops().settle();
  f.loop.settle();
  CHECK(f.best_source("10.0.0.0/8") == one);
  CHECK(f.best_source("10.1.0.0/16") == one);
}

TEST_CASE("A changed cost to a next hop moves the best path") {
  RibFixture f;
  f.set_route("198.51.100.1/32", 20);
  f.set_route("198.51.100.2/32", 30);
  f.rib.next_hops().settle();
  const SourceId one = f.neighbor("192.0.2.1", 64500, 5);
  const SourceId two = f.neighbor("192.0.2.2", 64500, 6);
  f.announce(one, {.next_hop = "198.51.100.1"}, {"10.0.0.0/8"});
  f.announce(two, {.next_hop = "198.51.100.2"}, {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(f.best_source("10.0.0.0/8") == one);
  REQUIRE(f.reason("10.0.0.0/8", two) == Reason::IgpCost);
  f.set_route("198.51.100.1/32", 40);
  f.rib.next_hops().settle();
  f.loop.settle();
  REQUIRE(f.best_source("10.0.0.0/8") == two);
}

TEST_CASE("A next hop that leaves another way is journaled though the best path stays") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64500, 5);
  f.announce(peer, {.next_hop = "198.51.100.1"}, {"10.0.0.0/8"});
  f.loop.settle();
  Journal& journal = f.rib.loc_rib(net::kIpv4Unicast).journal();
  const CursorId cursor = journal.add_cursor(journal.end());
  f.igp.set(prefix("0.0.0.0/0"), {.hops = {{address("192.0.2.77"), 3}}, .metric = 10});
  f.rib.next_hops().settle();
  f.loop.settle();
  const auto changed = journal.next(cursor);
  REQUIRE(changed);
  REQUIRE(f.table(prefix("10.0.0.0/8")).prefix(*changed) == prefix("10.0.0.0/8"));
  REQUIRE_FALSE(journal.next(cursor));
}

TEST_CASE("Unresolved next hops may be used when told so, at the highest cost") {
  RibOptions options{.asn = 64500, .router_id = 1, .cluster_id = 1};
  options.next_hops.unresolved = UnresolvedNextHop::Use;
  RibFixture f(options);
  f.igp.remove(prefix("0.0.0.0/0"));
  f.set_route("198.51.100.2/32", 30);
  f.rib.next_hops().settle();
  const SourceId one = f.neighbor("192.0.2.1", 64500, 5);
  const SourceId two = f.neighbor("192.0.2.2", 64500, 6);
  f.announce(one, {.next_hop = "198.51.100.1"}, {"10.0.0.0/8", "10.1.0.0/16"});
  f.announce(two, {.next_hop = "198.51.100.2"}, {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(f.best_source("10.0.0.0/8") == two);
  REQUIRE(f.best_source("10.1.0.0/16") == one);
  options.next_hops.unresolved = UnresolvedNextHop::Exclude;
  f.rib.configure(options);
  f.loop.settle();
  REQUIRE(f.best_source("10.1.0.0/16") == kNoSource);
}

TEST_CASE("A path over one of our own addresses is not eligible as long as it is ours") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64500, 5);
  f.announce(peer, {.next_hop = "198.51.100.1"}, {"10.0.0.0/8"});
  f.rib.next_hops().set_local_addresses({address("198.51.100.1")});
  f.rib.next_hops().settle();
  f.loop.settle();
  REQUIRE(f.reason("10.0.0.0/8", peer) == Reason::NextHopOwnAddress);
  f.rib.next_hops().set_local_addresses({});
  f.rib.next_hops().settle();
  f.loop.settle();
  REQUIRE(f.best_source("10.0.0.0/8") == peer);
}

TEST_CASE("Over one hop of eBGP the next hop must be on a subnet shared with the neighbor") {
  RibFixture f;
  f.set_route("192.0.2.0/24", 0, true);
  f.set_route("203.0.113.0/24", 0, true);
  f.rib.next_hops().settle();
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.rib.sources()[peer].single_hop = true;
  f.announce(peer, {.next_hop = "192.0.2.1"}, {"10.1.0.0/16"});
  f.announce(peer, {.next_hop = "192.0.2.9"}, {"10.2.0.0/16"});
  f.announce(peer, {.next_hop = "203.0.113.9"}, {"10.3.0.0/16"});
  f.announce(peer, {.next_hop = "198.51.100.1"}, {"10.4.0.0/16"});
  f.loop.settle();
  CHECK(f.reason("10.1.0.0/16", peer) == Reason::None);
  CHECK(f.reason("10.2.0.0/16", peer) == Reason::None);
  CHECK(f.reason("10.3.0.0/16", peer) == Reason::NextHopNotShared);
  CHECK(f.reason("10.4.0.0/16", peer) == Reason::NextHopNotShared);
}

TEST_CASE("A link-local next hop belongs to the interface of its session") {
  RibFixture f;
  const SourceId one = f.neighbor("fe80::1", 64501, 5);
  const SourceId two = f.neighbor("fe80::1", 64502, 6);
  f.rib.sources()[one].interface_index = 3;
  f.rib.sources()[two].interface_index = 4;
  for (const SourceId peer : {one, two}) {
    f.rib.sources()[peer].single_hop = true;
    f.announce(peer, {.next_hop = "fe80::1"}, {"2001:db8::/32"});
  }
  f.loop.settle();
  REQUIRE(f.best_source("2001:db8::/32") == one);
  REQUIRE(f.reason("2001:db8::/32", two) == Reason::RouterId);
  const auto attributes = f.rib.attributes().view(f.best("2001:db8::/32")->attributes);
  REQUIRE(Table::next_hop_key(attributes, f.rib.sources()[two]) ==
          NextHopKey{address("fe80::1"), 4});
}

TEST_CASE(
    "Multipath holds what is equal to the IGP cost, over distinct next hops, within the limit") {
  RibOptions options{.asn = 64500, .router_id = 1, .cluster_id = 1};
  options.multipath = {.ebgp = 3, .ibgp = 1};
  RibFixture f(options);
  std::vector<SourceId> peers;
  for (std::uint32_t i = 0; i < 5; ++i) {
    const std::string at = "192.0.2." + std::to_string(10 + i);
    peers.push_back(f.neighbor(at, 64501, 100 - i));
    f.announce(peers.back(), {.next_hop = i == 3 ? "192.0.2.14" : at}, {"10.0.0.0/8"});
  }
  f.announce(peers[2], {.as_path = "64501 1", .next_hop = "192.0.2.12"}, {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(members(f, "10.0.0.0/8") == std::vector{peers[4], peers[1], peers[0]});
  REQUIRE(f.reason("10.0.0.0/8", peers[1]) == Reason::RouterId);
  f.withdraw(peers[1], {"10.0.0.0/8"});
  REQUIRE(members(f, "10.0.0.0/8") == std::vector{peers[4], peers[0]});
  Journal& journal = f.rib.loc_rib(net::kIpv4Unicast).journal();
  const Sequence before = journal.end();
  f.loop.settle();
  REQUIRE(journal.end() == before + 1);
  f.announce(peers[1], {.next_hop = "192.0.2.11"}, {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(journal.end() == before + 2);
  REQUIRE(members(f, "10.0.0.0/8").size() == 3);
}

TEST_CASE("Multipath wants the same AS_PATH unless relaxed") {
  RibOptions options{.asn = 64500, .router_id = 1, .cluster_id = 1};
  options.multipath.ebgp = 4;
  RibFixture f(options);
  const SourceId one = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId two = f.neighbor("192.0.2.2", 64502, 6);
  f.announce(one, {.as_path = "64501 1", .next_hop = "192.0.2.1"}, {"10.0.0.0/8"});
  f.announce(two, {.as_path = "64502 1", .next_hop = "192.0.2.2"}, {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(members(f, "10.0.0.0/8") == std::vector{one});
  options.best_path.multipath_relax = true;
  f.rib.configure(options);
  f.loop.settle();
  REQUIRE(members(f, "10.0.0.0/8") == std::vector{one, two});
}

TEST_CASE(
    "A session that goes down and up again while its old paths are being swept loses nothing") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  for (std::uint32_t i = 0; i < 40000; ++i) {
    bgp::UpdateMessage update = announcement({}, {"10.0.0.0/8"});
    update.reachable[0].nlri[0].prefix = net::Prefix(net::IpAddress::v4(i << 12), 20);
    f.rib.on_update(peer, update);
  }
  f.loop.settle();
  for (int flap = 0; flap < 3; ++flap) {
    f.rib.peer_down(peer);
    REQUIRE(f.counters(peer).received == 0);
    f.rib.sources()[peer].established = true;
    f.announce(peer, {.med = 9}, {"0.0.0.0/20", "0.0.16.0/20", "9.192.0.0/20"});
    REQUIRE(f.counters(peer).received == 3);
    f.loop.step();
  }
  f.loop.settle();
  CHECK(f.counters(peer).received == 3);
  CHECK(f.counters(peer).accepted == 3);
  CHECK(f.rib.table(net::kIpv4Unicast).path_count() == 3);
  CHECK(f.rib.table(net::kIpv4Unicast).void_paths() == 0);
  CHECK(f.rib.table(net::kIpv4Unicast).destinations().size() == 3);
  CHECK(f.best_source("9.192.0.0/20") == peer);
  CHECK(f.rib.attributes().size() == 1);
}

TEST_CASE("A thousand flaps and refreshes between two slices bring no old path back") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.announce(peer, {.med = 1}, {"10.0.0.0/8", "10.1.0.0/16"});
  for (int i = 0; i < 1000; ++i) {
    f.rib.begin_refresh(peer, net::kIpv4Unicast);
  }
  REQUIRE(f.counters(peer).received == 2);
  for (int i = 0; i < 1000; ++i) {
    f.rib.peer_down(peer);
    REQUIRE(f.path("10.1.0.0/16", peer) == nullptr);
    f.announce(peer, {.med = 1}, {"10.0.0.0/8"});
    REQUIRE(f.counters(peer).received == 1);
  }
  f.loop.settle();
  REQUIRE(f.best_source("10.0.0.0/8") == peer);
  REQUIRE(f.best_source("10.1.0.0/16") == kNoSource);
  REQUIRE(f.rib.table(net::kIpv4Unicast).path_count() == 1);
}

TEST_CASE("An enhanced refresh keeps stale paths in use and takes back what was not renewed") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.announce(peer, {}, {"10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"});
  f.loop.settle();
  f.rib.begin_refresh(peer, net::kIpv4Unicast);
  f.announce(peer, {}, {"10.0.0.0/8"});
  f.withdraw(peer, {"10.2.0.0/16"});
  f.loop.settle();
  CHECK(f.best_source("10.1.0.0/16") == peer);
  CHECK(f.table(prefix("10.1.0.0/16")).is_stale(*f.path("10.1.0.0/16", peer)));
  CHECK_FALSE(f.table(prefix("10.0.0.0/8")).is_stale(*f.path("10.0.0.0/8", peer)));
  CHECK(f.counters(peer).received == 2);
  f.rib.end_refresh(peer, net::kIpv4Unicast);
  CHECK(f.counters(peer).received == 1);
  f.loop.settle();
  CHECK(f.best_source("10.0.0.0/8") == peer);
  CHECK(f.best_source("10.1.0.0/16") == kNoSource);
  f.rib.end_refresh(peer, net::kIpv4Unicast);
  f.loop.settle();
  CHECK(f.counters(peer).received == 1);
}

TEST_CASE("A removed source frees its id once nothing of it is left") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.announce(peer, {}, {"10.0.0.0/8"});
  f.loop.settle();
  f.rib.remove_source(peer);
  REQUIRE(f.rib.sources().in_use(peer));
  f.loop.settle();
  REQUIRE_FALSE(f.rib.sources().in_use(peer));
  REQUIRE(f.rib.attributes().size() == 0);
  REQUIRE(f.neighbor("192.0.2.2", 64501, 5) != peer);
}

TEST_CASE("A destination's id is not used again before every cursor has let go of it") {
  RibFixture f;
  LocRib& loc_rib = f.rib.loc_rib(net::kIpv4Unicast);
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  const CursorId cursor = loc_rib.journal().add_cursor(loc_rib.journal().end());
  f.announce(peer, {}, {"10.0.0.0/8"});
  f.loop.settle();
  f.withdraw(peer, {"10.0.0.0/8"});
  f.loop.settle();
  const auto gone = loc_rib.journal().next(cursor);
  REQUIRE(gone);
  REQUIRE_FALSE(loc_rib.best(*gone));
  REQUIRE(loc_rib.prefix(*gone) == prefix("10.0.0.0/8"));
  f.announce(peer, {}, {"11.0.0.0/8"});
  f.loop.settle();
  REQUIRE(loc_rib.prefix(*gone) == prefix("10.0.0.0/8"));
  REQUIRE(loc_rib.journal().next(cursor) != gone);
  REQUIRE_FALSE(loc_rib.journal().next(cursor));
  REQUIRE(f.table(prefix("10.0.0.0/8")).destinations().size() == 1);
}

TEST_CASE("The next hops that routes no longer use are forgotten") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64500, 5);
  for (std::uint32_t i = 0; i < 20000; ++i) {
    bgp::UpdateMessage update = announcement({}, {"10.0.0.0/8"});
    update.reachable[0].next_hop = net::IpAddress::v4(0x0b000000 + i);
    f.rib.on_update(peer, update);
    f.loop.settle();
  }
  REQUIRE(f.rib.next_hops().size() < 2000);
  REQUIRE(f.best_source("10.0.0.0/8") == peer);
}

TEST_CASE("Sessions are told to pause while too many destinations wait") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  int relieved = 0;
  f.rib.on_relief([&relieved] { ++relieved; });
  bgp::UpdateMessage update = announcement({}, {"10.0.0.0/8"});
  for (std::uint32_t i = 0; i < 150; ++i) {
    update.reachable[0].nlri.clear();
    for (std::uint32_t j = 0; j < 1000; ++j) {
      update.reachable[0].nlri.push_back(
          {net::Prefix(net::IpAddress::v4((i * 1000 + j) << 8), 24)});
    }
    f.rib.on_update(peer, update);
  }
  REQUIRE(f.rib.busy());
  REQUIRE(relieved == 0);
  f.loop.settle();
  REQUIRE_FALSE(f.rib.busy());
  REQUIRE(relieved == 1);
}

TEST_CASE("Views show every path with its reason, and covering and longest prefixes") {
  RibFixture f;
  const SourceId one = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId two = f.neighbor("192.0.2.2", 64502, 6);
  f.announce(one, {}, {"10.0.0.0/8", "10.1.0.0/16"});
  f.announce(two, {.as_path = "64502 1"}, {"10.0.0.0/8"});
  f.rib.sources()[two].import_policy = policy::reject_all();
  f.announce(two, {}, {"10.1.2.0/24"});
  f.loop.settle();
  const Table& table = f.rib.table(net::kIpv4Unicast);
  std::vector<PathView> paths;
  paths_of(table, *find(table, route("10.0.0.0/8")), paths);
  REQUIRE(paths.size() == 2);
  CHECK(paths[0].best);
  CHECK(paths[0].source == one);
  CHECK(paths[1].reason == Reason::AsPathLength);
  CHECK(paths[1].eligible);
  CHECK(table.prefix(*route_for(table, address("10.1.2.3"))) == prefix("10.1.0.0/16"));
  CHECK_FALSE(route_for(table, address("11.0.0.1")));
  CHECK_FALSE(route_for(table, address("::1")));
  CHECK(covering(table, route("10.1.2.0/24")).size() == 3);
  CHECK_FALSE(find(table, route("10.2.0.0/16")));
  std::vector<DestinationId> found;
  TableCursor cursor(table, prefix("10.1.0.0/16"));
  while (cursor.next(1, found)) {
  }
  CHECK(found.size() == 2);
}
