// What options of a neighbor make of its routes: paths and attributes that are not wanted, and
// GRACEFUL_SHUTDOWN.
#include "bgp/wire/community.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/rib/function_policy.hpp"
#include "tests/unit/rib/rib_fixture.hpp"

using namespace pipit;
using namespace pipit::rib;

TEST_CASE("The first AS is the external neighbor's, unless that is not asked for",
          "[rfc4271-6.3]") {
  RibFixture f;
  const SourceId external = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId internal = f.neighbor("192.0.2.2", 64500, 6);
  for (const SourceId peer : {external, internal}) {
    f.rib.sources()[peer].enforce_first_as = true;
    f.announce(peer, {.as_path = "64502 64501"}, {"10.1.0.0/16"});
    f.announce(peer, {.as_path = ""}, {"10.2.0.0/16"});
    f.announce(peer, {.as_path = "64501 64502"}, {"10.3.0.0/16"});
    f.announce(peer, {.as_path = "{64501} 64502"}, {"10.4.0.0/16"});
  }
  f.loop.settle();
  CHECK(f.reason("10.1.0.0/16", external) == Reason::FirstAs);
  CHECK(f.reason("10.2.0.0/16", external) == Reason::FirstAs);
  CHECK(f.reason("10.3.0.0/16", external) == Reason::None);
  CHECK(f.reason("10.4.0.0/16", external) == Reason::FirstAs);
  CHECK(f.counters(internal).accepted == 4);
  CHECK(f.rib.sources()[external].refused[refusal_index(Reason::FirstAs)] == 3);
  f.rib.sources()[external].enforce_first_as = false;
  f.rib.reevaluate_import(external);
  f.loop.settle();
  CHECK(f.path("10.1.0.0/16", external)->accepted != AttributeHandle::None);
  CHECK(f.path("10.4.0.0/16", external)->accepted != AttributeHandle::None);
  // Whoever passes it on would seem to be its origin.
  CHECK(f.reason("10.2.0.0/16", external) == Reason::FirstAs);
  f.rib.peer_down(external);
  CHECK(f.rib.sources()[external].refused[refusal_index(Reason::FirstAs)] == 0);
}

TEST_CASE("A path with an AS_SET is refused from anybody, or accepted where that is asked for",
          "[rfc9774-3]") {
  RibFixture f;
  const SourceId external = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId internal = f.neighbor("192.0.2.2", 64500, 6);
  for (const SourceId peer : {external, internal}) {
    f.rib.sources()[peer].refuse_as_sets = true;
    f.announce(peer, {.as_path = "64501 {64502}"}, {"10.1.0.0/16"});
    f.announce(peer, {.as_path = "64501 64502"}, {"10.2.0.0/16"});
    f.loop.settle();
    CHECK(f.reason("10.1.0.0/16", peer) == Reason::AsSet);
    CHECK(f.counters(peer).accepted == 1);
    CHECK(f.rib.sources()[peer].refused[refusal_index(Reason::AsSet)] == 1);
    f.rib.sources()[peer].refuse_as_sets = false;
    f.rib.reevaluate_import(peer);
    f.loop.settle();
    CHECK(f.counters(peer).accepted == 2);
  }
}

TEST_CASE("Unwanted attributes are left out or refuse their route, and come back with the option",
          "[rfc7606-2]") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  Source& source = f.rib.sources()[peer];
  bgp::UpdateMessage update = announcement({.med = 7}, {"10.1.0.0/16", "10.2.0.0/16"});
  update.attributes.communities = {0xfb, 0xf4, 0, 1};
  update.attributes.large_communities.resize(12, 1);
  update.attributes.aggregator = bgp::Aggregator{.asn = 64501, .address = 1};
  update.attributes.atomic_aggregate = true;
  update.attributes.unknown = {0xe0, 22, 1, 9, 0xf0, 99, 0, 2, 8, 8, 0xe0, 200, 0};
  f.rib.on_update(peer, update);
  f.announce(peer, {}, {"10.3.0.0/16"});
  f.loop.settle();
  const auto accepted = [&](const char* of) {
    f.rib.reevaluate_import(peer);
    f.loop.settle();
    bgp::PathAttributes found;
    if (const Path* path = f.path(of, peer); path->accepted != AttributeHandle::None) {
      found.assign(f.rib.attributes().view(path->accepted));
    }
    return found;
  };
  const bgp::PathAttributes all = accepted("10.1.0.0/16");
  source.unwanted.discard.set(99).set(7).set(32);
  bgp::PathAttributes less = all;
  less.unknown = {0xe0, 22, 1, 9, 0xe0, 200, 0};
  less.aggregator.reset();
  less.large_communities.clear();
  CHECK(accepted("10.1.0.0/16") == less);
  CHECK(f.path("10.1.0.0/16", peer)->accepted == f.path("10.2.0.0/16", peer)->accepted);
  const Path& plain = *f.path("10.3.0.0/16", peer);
  CHECK(plain.accepted == plain.received);
  source.unwanted.discard.set(22).set(200).set(8).set(4).set(6);
  less.unknown.clear();
  less.communities.clear();
  less.med.reset();
  less.atomic_aggregate = false;
  CHECK(accepted("10.1.0.0/16") == less);
  source.unwanted = {};
  source.unwanted.treat_as_withdraw.set(200);
  CHECK(accepted("10.1.0.0/16") == bgp::PathAttributes{});
  CHECK(f.reason("10.1.0.0/16", peer) == Reason::UnwantedAttribute);
  CHECK(f.counters(peer).accepted == 1);
  source.unwanted = {};
  CHECK(accepted("10.1.0.0/16") == all);
  CHECK(f.counters(peer).accepted == 3);
}

TEST_CASE("GRACEFUL_SHUTDOWN has the last word, whatever policy says of LOCAL_PREF",
          "[rfc8326-4.2]") {
  RibFixture f;
  const bool by_prefix = GENERATE(false, true);
  const bool drops_communities = GENERATE(false, true);
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.rib.sources()[peer].graceful_shutdown = true;
  int seen = 0;
  f.rib.sources()[peer].import_policy = std::make_shared<FunctionPolicy>(
      [&](const policy::RouteFacts& facts, bgp::PathAttributes& attributes) {
        seen += attributes.local_preference == std::uint32_t{0} ? 1 : 0;
        if (facts.prefix.length() == 16) {
          attributes.local_preference = 200;
        }
        if (drops_communities) {
          attributes.communities.clear();
        }
        return facts.prefix.length() < 24;
      },
      by_prefix);
  bgp::UpdateMessage update =
      announcement({}, {"10.1.0.0/16", "10.2.0.0/17", "10.3.3.0/24", "10.4.0.0/16"});
  if (!by_prefix) {
    update = announcement({}, {"10.1.0.0/16", "10.4.0.0/16"});
  }
  net::ByteWriter(update.attributes.communities)
      .u32(static_cast<std::uint32_t>(bgp::WellKnown::GracefulShutdown));
  f.rib.on_update(peer, update);
  f.announce(peer, {}, {"10.5.0.0/16"});
  f.loop.settle();
  const auto preference = [&](const char* of) {
    return f.rib.attributes().view(f.path(of, peer)->accepted).local_preference;
  };
  CHECK(seen == 0);
  CHECK(preference("10.1.0.0/16") == 0U);
  CHECK(preference("10.4.0.0/16") == 0U);
  CHECK(preference("10.5.0.0/16") == 200U);
  if (by_prefix) {
    CHECK(preference("10.2.0.0/17") == 0U);
    CHECK(f.reason("10.3.3.0/24", peer) == Reason::RejectedByPolicy);
  }
  f.rib.sources()[peer].graceful_shutdown = false;
  f.rib.reevaluate_import(peer);
  f.loop.settle();
  CHECK(preference("10.1.0.0/16") == 200U);
}

TEST_CASE("GRACEFUL_SHUTDOWN counts without a policy that changes anything", "[rfc8326-4.2]") {
  RibFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  f.rib.sources()[peer].graceful_shutdown = true;
  bgp::UpdateMessage update = announcement({}, {"10.1.0.0/16", "10.2.0.0/16"});
  net::ByteWriter(update.attributes.communities)
      .u32(static_cast<std::uint32_t>(bgp::WellKnown::GracefulShutdown));
  f.rib.on_update(peer, update);
  f.loop.settle();
  CHECK(f.rib.attributes().view(f.best("10.2.0.0/16")->attributes).local_preference == 0U);
  CHECK(f.path("10.1.0.0/16", peer)->accepted == f.path("10.2.0.0/16", peer)->accepted);
}
