// What a route goes through from the UPDATE to Loc-RIB: checks, policy, counters, limits.
#include "tests/unit/catch.hpp"
#include "tests/unit/rib/function_policy.hpp"
#include "tests/unit/rib/rib_fixture.hpp"

using namespace pipit;
using namespace pipit::rib;

TEST_CASE("An announced route becomes best and a withdrawn one goes") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.announce(peer, {}, {"10.0.0.0/8", "10.1.0.0/16"});
  REQUIRE(f.best_source("10.0.0.0/8") == kNoSource);
  REQUIRE(f.reason("10.0.0.0/8", peer) == Reason::Undecided);
  f.loop.settle();
  REQUIRE(f.rib.settled());
  REQUIRE(f.best_source("10.0.0.0/8") == peer);
  REQUIRE(f.counters(peer).received == 2);
  REQUIRE(f.counters(peer).accepted == 2);
  REQUIRE(f.rib.attributes().size() == 1);
  f.withdraw(peer, {"10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"});
  f.loop.settle();
  REQUIRE(f.best_source("10.0.0.0/8") == kNoSource);
  REQUIRE(f.counters(peer).received == 0);
  REQUIRE(f.rib.attributes().size() == 0);
  REQUIRE(f.rib.table(net::kIpv4Unicast).destinations().size() == 0);
}

TEST_CASE("IPv6 routes have a table of their own") {
  RibFixture f;
  const SourceId peer = f.neighbor("2001:db8::1", 64501, 5);
  f.announce(peer, {.next_hop = "2001:db8::1"}, {"2001:db8:1::/48", "::/0"});
  f.loop.settle();
  REQUIRE(f.best_source("2001:db8:1::/48") == peer);
  REQUIRE(f.best_source("::/0") == peer);
  REQUIRE(f.rib.table(net::kIpv4Unicast).destinations().size() == 0);
}

TEST_CASE("A second announcement of a prefix replaces the first") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.announce(peer, {.med = 1}, {"10.0.0.0/8"});
  f.loop.settle();
  const AttributeHandle first = f.best("10.0.0.0/8")->attributes;
  f.announce(peer, {.med = 2}, {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(f.best("10.0.0.0/8")->attributes != first);
  REQUIRE(f.counters(peer).received == 1);
  REQUIRE(f.rib.attributes().size() == 1);
}

TEST_CASE("Announcing the same again changes nothing and journals nothing") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  Journal& journal = f.rib.loc_rib(net::kIpv4Unicast).journal();
  f.announce(peer, {}, {"10.0.0.0/8"});
  f.loop.settle();
  const Sequence end = journal.end();
  f.loop.advance(std::chrono::seconds(9));
  f.announce(peer, {}, {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(journal.end() == end);
  REQUIRE(f.path("10.0.0.0/8", peer)->changed_at == 0);
}

TEST_CASE("Paths with different path identifiers live side by side") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.rib.on_update(peer, announcement({.as_path = "64501 1"}, {"10.0.0.0/8"}, 1));
  f.rib.on_update(peer, announcement({}, {"10.0.0.0/8"}, 2));
  f.loop.settle();
  REQUIRE(f.counters(peer).received == 2);
  REQUIRE(f.path("10.0.0.0/8", peer, 2)->reason == Reason::None);
  REQUIRE(f.path("10.0.0.0/8", peer, 1)->reason == Reason::AsPathLength);
  f.rib.on_update(peer, withdrawal({"10.0.0.0/8"}, 2));
  f.loop.settle();
  REQUIRE(f.path("10.0.0.0/8", peer, 1)->reason == Reason::None);
  REQUIRE(f.path("10.0.0.0/8", peer, 2) == nullptr);
}

TEST_CASE("Loops are kept in Adj-RIB-In but cannot become best") {
  RibFixture f;
  const SourceId external = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId internal = f.neighbor("192.0.2.2", 64500, 6);
  f.announce(external, {.as_path = "64501 64500 64502"}, {"10.1.0.0/16"});
  f.announce(internal, {.originator_id = 1}, {"10.2.0.0/16"});
  f.announce(internal, {.originator_id = 6, .cluster_list = {9, 1}}, {"10.3.0.0/16"});
  f.announce(internal, {.originator_id = 6, .cluster_list = {9, 8}}, {"10.4.0.0/16"});
  f.loop.settle();
  CHECK(f.reason("10.1.0.0/16", external) == Reason::OwnAs);
  CHECK(f.reason("10.2.0.0/16", internal) == Reason::OwnOriginatorId);
  CHECK(f.reason("10.3.0.0/16", internal) == Reason::OwnClusterId);
  CHECK(f.reason("10.4.0.0/16", internal) == Reason::None);
  CHECK(f.best_source("10.1.0.0/16") == kNoSource);
  CHECK(f.counters(external).received == 1);
  CHECK(f.counters(external).accepted == 0);
  CHECK(f.counters(internal).received == 3);
  CHECK(f.counters(internal).accepted == 1);
}

TEST_CASE("The cluster id towards the neighbor's group counts as our own") {
  RibFixture f;
  const SourceId client = f.neighbor("192.0.2.2", 64500, 6);
  f.rib.sources()[client].cluster_id = 42;
  f.announce(client, {.originator_id = 6, .cluster_list = {42}}, {"10.3.0.0/16"});
  f.loop.settle();
  REQUIRE(f.reason("10.3.0.0/16", client) == Reason::OwnClusterId);
}

TEST_CASE(
    "ORIGINATOR_ID and CLUSTER_LIST of an external neighbor do not count, LOCAL_PREF neither") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.announce(peer, {.local_preference = 7, .originator_id = 1, .cluster_list = {1}},
             {"10.0.0.0/8"});
  f.loop.settle();
  REQUIRE(f.best_source("10.0.0.0/8") == peer);
  REQUIRE_FALSE(f.rib.attributes().view(f.best("10.0.0.0/8")->attributes).local_preference);
}

TEST_CASE("allow-own-as lets that many occurrences of our AS pass") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.rib.sources()[peer].allow_own_as = 1;
  f.announce(peer, {.as_path = "64501 64500"}, {"10.1.0.0/16"});
  f.announce(peer, {.as_path = "64501 64500 64500"}, {"10.2.0.0/16"});
  f.loop.settle();
  REQUIRE(f.reason("10.1.0.0/16", peer) == Reason::None);
  REQUIRE(f.reason("10.2.0.0/16", peer) == Reason::OwnAs);
}

TEST_CASE("A local AS towards the neighbor is looked for as well as the router's own") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.rib.sources()[peer].local_asn = 65000;
  f.announce(peer, {.as_path = "64501 65000"}, {"10.1.0.0/16"});
  f.announce(peer, {.as_path = "64501 64500"}, {"10.2.0.0/16"});
  f.loop.settle();
  REQUIRE(f.reason("10.1.0.0/16", peer) == Reason::OwnAs);
  REQUIRE(f.reason("10.2.0.0/16", peer) == Reason::OwnAs);
}

TEST_CASE("A next hop that is no host address makes a path ineligible") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  for (const char* next_hop :
       {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5", "240.0.0.1", "255.255.255.255"}) {
    INFO(next_hop);
    f.announce(peer, {.next_hop = next_hop}, {"10.0.0.0/8"});
    f.loop.settle();
    CHECK(f.reason("10.0.0.0/8", peer) == Reason::InvalidNextHop);
  }
  for (const char* next_hop : {"::", "::1", "ff02::1"}) {
    INFO(next_hop);
    f.announce(peer, {.next_hop = next_hop}, {"2001:db8::/32"});
    f.loop.settle();
    CHECK(f.reason("2001:db8::/32", peer) == Reason::InvalidNextHop);
  }
}

TEST_CASE("An external neighbor without a policy is rejected, an internal one accepted") {
  RibFixture f;
  const SourceId external = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId internal = f.neighbor("192.0.2.2", 64500, 6);
  const SourceId explicitly = f.neighbor("192.0.2.3", 64502, 7);
  f.rib.sources()[external].import_policy = nullptr;
  f.rib.sources()[internal].import_policy = nullptr;
  f.rib.sources()[explicitly].import_policy = policy::rfc8212_default();
  for (const SourceId peer : {external, internal, explicitly}) {
    f.announce(peer, {}, {"10.0.0.0/8"});
  }
  f.loop.settle();
  CHECK(f.reason("10.0.0.0/8", external) == Reason::NoPolicy);
  CHECK(f.reason("10.0.0.0/8", explicitly) == Reason::NoPolicy);
  CHECK(f.reason("10.0.0.0/8", internal) == Reason::None);
}

TEST_CASE("Import policy accepts, changes and rejects; what was received is kept") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  const auto test = std::make_shared<FunctionPolicy>(
      [](const policy::RouteFacts& facts, bgp::PathAttributes& attributes) {
        attributes.local_preference = 200;
        return facts.prefix.length() < 24;
      },
      true);
  f.rib.sources()[peer].import_policy = test;
  f.announce(peer, {}, {"10.0.0.0/8", "10.1.1.0/24", "10.2.0.0/16"});
  f.loop.settle();
  REQUIRE(test->runs() == 3);
  const Path& accepted = *f.path("10.0.0.0/8", peer);
  CHECK(accepted.accepted != accepted.received);
  CHECK(f.rib.attributes().view(accepted.accepted).local_preference == 200);
  CHECK_FALSE(f.rib.attributes().view(accepted.received).local_preference);
  CHECK(f.reason("10.1.1.0/24", peer) == Reason::RejectedByPolicy);
  CHECK(f.path("10.1.1.0/24", peer)->accepted == AttributeHandle::None);
  CHECK(f.path("10.2.0.0/16", peer)->accepted == accepted.accepted);
  CHECK(f.counters(peer).received == 3);
  CHECK(f.counters(peer).accepted == 2);
  CHECK(f.rib.attributes().size() == 2);
}

TEST_CASE("A policy that does not look at the prefix runs once per UPDATE") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  const auto test = std::make_shared<FunctionPolicy>(
      [](const policy::RouteFacts&, bgp::PathAttributes&) { return true; }, false);
  f.rib.sources()[peer].import_policy = test;
  f.announce(peer, {}, {"10.0.0.0/8", "10.1.1.0/24", "10.2.0.0/16"});
  REQUIRE(test->runs() == 1);
}

TEST_CASE("Re-evaluation applies a changed policy to what was received before") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId other = f.neighbor("192.0.2.2", 64502, 6);
  f.announce(peer, {.as_path = "64501"}, {"10.0.0.0/8", "10.1.0.0/16"});
  f.announce(other, {.as_path = "64502 1"}, {"10.0.0.0/8"});
  f.loop.settle();
  f.rib.sources()[peer].import_policy = policy::reject_all();
  f.rib.reevaluate_import(peer);
  f.loop.settle();
  CHECK(f.best_source("10.0.0.0/8") == other);
  CHECK(f.best_source("10.1.0.0/16") == kNoSource);
  CHECK(f.reason("10.1.0.0/16", peer) == Reason::RejectedByPolicy);
  CHECK(f.counters(peer).received == 2);
  CHECK(f.counters(peer).accepted == 0);
  f.rib.sources()[peer].import_policy = policy::accept_all();
  f.rib.reevaluate_import(peer);
  f.loop.settle();
  CHECK(f.best_source("10.0.0.0/8") == peer);
  CHECK(f.best_source("10.1.0.0/16") == peer);
  CHECK(f.counters(peer).accepted == 2);
}

TEST_CASE("The prefix limit speaks once at the warning and once past the limit") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.rib.sources()[peer].max_prefixes[0] = MaxPrefixes{.limit = 4, .warn_at = 3};
  std::vector<std::pair<std::uint32_t, PrefixLimit>> heard;
  f.rib.on_prefix_limit([&heard](SourceId, net::Family, std::uint32_t count, PrefixLimit what) {
    heard.emplace_back(count, what);
  });
  f.announce(peer, {}, {"10.0.0.0/16", "10.1.0.0/16"});
  REQUIRE(heard.empty());
  f.announce(peer, {}, {"10.2.0.0/16", "10.2.0.0/16"});
  f.announce(peer, {}, {"10.3.0.0/16"});
  f.announce(peer, {.med = 3}, {"10.3.0.0/16"});
  REQUIRE(heard == std::vector{std::pair{3U, PrefixLimit::Warning}});
  f.announce(peer, {}, {"10.4.0.0/16"});
  f.announce(peer, {}, {"10.5.0.0/16"});
  REQUIRE(heard.size() == 2);
  REQUIRE(heard[1] == std::pair{5U, PrefixLimit::Exceeded});
}

TEST_CASE("A prefix limit that is lowered applies to what was received before") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  std::vector<std::pair<std::uint32_t, PrefixLimit>> heard;
  f.rib.on_prefix_limit([&heard](SourceId, net::Family, std::uint32_t count, PrefixLimit what) {
    heard.emplace_back(count, what);
  });
  f.announce(peer, {}, {"10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"});
  f.rib.recheck_limits(peer);
  f.rib.sources()[peer].max_prefixes[0] = MaxPrefixes{.limit = 3, .warn_at = 3};
  f.rib.recheck_limits(peer);
  REQUIRE(heard == std::vector{std::pair{3U, PrefixLimit::Warning}});
  f.rib.sources()[peer].max_prefixes[0] = MaxPrefixes{.limit = 2, .warn_at = 1};
  f.rib.recheck_limits(peer);
  REQUIRE(heard.size() == 2);
  CHECK(heard[1] == std::pair{3U, PrefixLimit::Exceeded});
}

TEST_CASE("Local routes win over BGP, originated ones over the kernel's") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.announce(peer, {}, {"10.0.0.0/8"});
  const bgp::PathAttributes local;
  REQUIRE(f.rib.announce_local(kKernelSource, prefix("10.0.0.0/8"), local.view()));
  f.loop.settle();
  CHECK(f.best_source("10.0.0.0/8") == kKernelSource);
  CHECK(f.reason("10.0.0.0/8", peer) == Reason::LocalRoute);
  REQUIRE(f.rib.announce_local(kOriginateSource, prefix("10.0.0.0/8"), local.view()));
  f.loop.settle();
  CHECK(f.best_source("10.0.0.0/8") == kOriginateSource);
  CHECK(f.reason("10.0.0.0/8", kKernelSource) == Reason::LocalRoute);
  f.rib.withdraw_local(kOriginateSource, prefix("10.0.0.0/8"));
  f.rib.withdraw_local(kKernelSource, prefix("10.0.0.0/8"));
  f.loop.settle();
  CHECK(f.best_source("10.0.0.0/8") == peer);
}

TEST_CASE("What is announced from a local source is known, and the same again changes nothing") {
  RibFixture f;
  const FunctionPolicy test([](const policy::RouteFacts& facts,
                               bgp::PathAttributes&) { return facts.prefix.length() != 24; },
                            true);
  const bgp::PathAttributes local;
  const std::vector<net::Prefix> prefixes{prefix("10.0.0.0/8"), prefix("10.0.0.0/24"),
                                          prefix("2001:db8::/32")};
  for (const net::Prefix& one : prefixes) {
    f.rib.announce_local(kKernelSource, one, local.view(), &test);
  }
  f.rib.announce_local(kOriginateSource, prefix("10.1.0.0/16"), local.view());
  f.loop.settle();
  const auto walked = [&f] {
    std::vector<net::Prefix> found;
    Rib::LocalPosition position;
    while (f.rib.walk_local(kKernelSource, position, 1,
                            [&found](const net::Prefix& one) { found.push_back(one); })) {
    }
    return found;
  };
  CHECK(walked() == prefixes);
  CHECK(f.rib.local_count(kKernelSource) == 3);
  CHECK(f.rib.announces_local(kKernelSource, prefix("10.0.0.0/24")));  // though it was rejected
  CHECK_FALSE(f.rib.announces_local(kKernelSource, prefix("10.1.0.0/16")));

  Journal& journal = f.rib.loc_rib(net::kIpv4Unicast).journal();
  const CursorId cursor = journal.add_cursor(journal.end());
  f.rib.announce_local(kKernelSource, prefix("10.0.0.0/8"), local.view(), &test);
  f.rib.withdraw_local(kKernelSource, prefix("10.1.0.0/16"));
  f.rib.withdraw_local(kKernelSource, prefix("10.2.0.0/16"));
  f.loop.settle();
  CHECK_FALSE(journal.next(cursor));
  CHECK(f.rib.local_count(kKernelSource) == 3);

  f.rib.withdraw_local(kKernelSource, prefix("10.0.0.0/24"));
  f.loop.settle();
  CHECK(walked() == std::vector{prefixes[0], prefixes[2]});
  CHECK_FALSE(f.rib.announces_local(kKernelSource, prefix("10.0.0.0/24")));
}

TEST_CASE("A policy over a local route may change or reject it") {
  RibFixture f;
  const FunctionPolicy test(
      [](const policy::RouteFacts& facts, bgp::PathAttributes& attributes) {
        attributes.med = 5;
        return facts.source == policy::SourceKind::Kernel && facts.prefix.length() == 32;
      },
      true);
  const bgp::PathAttributes local;
  f.rib.announce_local(kKernelSource, prefix("10.0.0.1/32"), local.view(), &test);
  f.rib.announce_local(kKernelSource, prefix("10.0.0.0/24"), local.view(), &test);
  f.loop.settle();
  REQUIRE(f.rib.attributes().view(f.best("10.0.0.1/32")->attributes).med == 5);
  REQUIRE(f.reason("10.0.0.0/24", kKernelSource) == Reason::RejectedByPolicy);
}

TEST_CASE("A new cluster id or AS is looked for in what was received before") {
  RibFixture f;
  const SourceId internal = f.neighbor("192.0.2.2", 64500, 6);
  f.announce(internal, {.originator_id = 6, .cluster_list = {9}}, {"10.3.0.0/16"});
  f.loop.settle();
  REQUIRE(f.best_source("10.3.0.0/16") == internal);
  RibOptions options = f.rib.options();
  options.cluster_id = 9;
  f.rib.configure(options);
  f.loop.settle();
  REQUIRE(f.reason("10.3.0.0/16", internal) == Reason::OwnClusterId);
}
