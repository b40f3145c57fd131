// Update groups step by step: who gets what, how often, in how many messages.
#include "tests/unit/rib/clients_fixture.hpp"

namespace pipit::rib {

TEST_CASE("A move of the best path reaches the old source and leaves the new one",
          "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  Receiver to_b(true);
  Receiver to_c(true);
  rr.join(rr.a, to_a);
  rr.join(rr.b, to_b);
  rr.join(rr.c, to_c);
  rr.announce(rr.a, {}, {"10.0.0.0/8"});
  rr.settle({&to_a, &to_b, &to_c});
  CHECK(to_a.table.empty());
  CHECK(to_b.table.size() == 1);
  CHECK(to_c.table.size() == 1);

  rr.announce(rr.b, {.local_preference = 200}, {"10.0.0.0/8"});
  rr.settle({&to_a, &to_b, &to_c});
  CHECK(to_a.table.size() == 1);
  CHECK(to_b.table.empty());
  CHECK(to_c.table.begin()->second.local_preference == 200U);

  rr.withdraw(rr.b, {"10.0.0.0/8"});
  rr.withdraw(rr.a, {"10.0.0.0/8"});
  rr.settle({&to_a, &to_b, &to_c});
  CHECK(to_a.table.empty());
  CHECK(to_c.table.empty());
  CHECK(to_a.idle_withdrawals + to_b.idle_withdrawals + to_c.idle_withdrawals == 0);
  CHECK(rr.groups.groups().size() == 1);
  CHECK(to_a.end_of_ribs == 1);
}

TEST_CASE("A group counts what was encoded, once for all its members", "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  Receiver to_b(true);
  rr.join(rr.a, to_a);
  rr.join(rr.b, to_b);
  rr.settle({&to_a, &to_b});
  rr.announce(rr.c, {}, numbered(3000));
  rr.settle({&to_a, &to_b});
  const GroupView group = rr.groups.groups().front();
  CHECK(group.policy.empty());
  CHECK(group.messages == to_a.messages - 1);  // without the End-of-RIB
  CHECK(group.messages == to_b.messages - 1);
  CHECK(group.octets > 3000 * 4);
  CHECK(group.octets < 3000 * 4 + group.messages * 100);
  rr.withdraw(rr.c, numbered(3000));
  rr.settle({&to_a, &to_b});
  CHECK(rr.groups.groups().front().messages == to_a.messages - 1);
}

TEST_CASE("Destinations with equal attributes share as few messages as fit", "[rib][export]") {
  const std::size_t limit = GENERATE(std::size_t{4096}, std::size_t{65535});
  Clients rr;
  Receiver to_b(true, limit);
  MemberInfo info = rr.member_info(rr.b);
  info.max_message = limit;
  rr.groups.add_member(info, to_b);
  rr.settle({&to_b});
  CHECK(to_b.messages == 1);  // End-of-RIB
  // Interleaved, so that the packer has to sort.
  for (unsigned i = 0; i < 3000; ++i) {
    rr.announce(rr.a, {.med = i % 2}, numbered(1, i));
  }
  rr.settle({&to_b});
  CHECK(to_b.table.size() == 3000);
  CHECK(to_b.repeated == 0);
  // 1,500 NLRI of 4 octets each, twice.
  CHECK(to_b.messages == 1 + (limit == 4096 ? 2U * 2U : 2U));
  CHECK(to_b.sends == 2);

  rr.withdraw(rr.a, numbered(3000));
  rr.settle({&to_b});
  CHECK(to_b.table.empty());
  CHECK(to_b.messages == (limit == 4096 ? 5U + 3U : 3U + 1U));
}

TEST_CASE("Joiners get every prefix once, together, and End-of-RIB after it", "[rib][export]") {
  Clients rr({.batch = 100});
  Receiver to_a(true);
  rr.join(rr.a, to_a);
  rr.announce(rr.a, {}, numbered(1000));
  rr.settle({&to_a});
  Receiver to_b(true);
  Receiver to_c(true);
  rr.join(rr.b, to_b);
  rr.join(rr.c, to_c);
  rr.loop.step();
  to_b.drain();
  CHECK(to_b.table.size() == 100);
  CHECK(to_b.end_of_ribs == 0);
  // What is still to come changes meanwhile, and what came already.
  rr.announce(rr.a, {.med = 1}, numbered(1, 5));
  rr.withdraw(rr.a, numbered(1, 999));
  rr.settle({&to_a, &to_b, &to_c});
  for (const Receiver* one : {&to_b, &to_c}) {
    CHECK(one->table.size() == 999);
    CHECK(one->end_of_ribs == 1);
    CHECK(one->repeated == 0);
    CHECK(one->idle_withdrawals == 0);
    CHECK(one->announced.at(prefix("10.0.5.0/24")) <= 2);
    CHECK(one->announced.at(prefix("10.0.6.0/24")) == 1);
  }
  CHECK(to_a.table.empty());
  CHECK(rr.groups.settled());
}

TEST_CASE("A first member gets a table that was there before the group", "[rib][export]") {
  Clients rr({.batch = 64});
  rr.announce(rr.a, {}, numbered(500));
  rr.loop.settle();
  Receiver to_b(true);
  Receiver to_c(true);
  rr.join(rr.b, to_b);
  rr.loop.step();
  rr.join(rr.c, to_c);  // while the group is being built
  rr.settle({&to_b, &to_c});
  for (const Receiver* one : {&to_b, &to_c}) {
    CHECK(one->table.size() == 500);
    CHECK(one->repeated == 0);
    CHECK(one->end_of_ribs == 1);
  }
}

TEST_CASE("A route that takes the place of a removed neighbor's is sent as what it is",
          "[rib][export]") {
  // The same attributes; but the one was reflected, the other is not.
  Clients rr;
  const SourceId outside = rr.neighbor("192.0.2.9", 64501, 9);
  Receiver to_b(true);
  rr.join(rr.b, to_b);
  rr.announce(outside, {.as_path = "64501"}, {"10.0.0.0/8"});
  rr.announce(rr.a, {.as_path = "64501", .local_preference = 100}, {"10.0.0.0/8"});
  rr.withdraw(outside, {"10.0.0.0/8"});
  rr.settle({&to_b});
  REQUIRE(to_b.table.begin()->second.originator_id == 1U);

  rr.announce(outside, {.as_path = "64501"}, {"10.0.0.0/8"});
  rr.rib.remove_source(rr.a);
  rr.settle({&to_b});
  CHECK_FALSE(to_b.table.begin()->second.originator_id);
  CHECK(to_b.table.begin()->second.cluster_list.empty());
}

TEST_CASE("A refresh sends everything again between its marks", "[rib][export][rfc7313]") {
  const bool demarcate = GENERATE(false, true);
  Clients rr({.batch = 10});
  Receiver to_a(true);
  Receiver to_b(true);
  const MemberId a = rr.join(rr.a, to_a);
  rr.join(rr.b, to_b);
  rr.announce(rr.c, {}, numbered(100));
  rr.announce(rr.a, {}, numbered(10, 200));
  rr.settle({&to_a, &to_b});
  rr.groups.refresh(a, net::kIpv4Unicast, demarcate);
  rr.loop.step();
  rr.withdraw(rr.c, numbered(1, 99));
  rr.settle({&to_a, &to_b});
  CHECK(to_a.table.size() == 99);
  CHECK(to_a.announced.at(prefix("10.0.5.0/24")) == 2);
  CHECK(to_a.idle_withdrawals == 0);
  CHECK(to_b.announced.at(prefix("10.0.5.0/24")) == 1);
  CHECK(to_a.end_of_ribs == 1);
  using Subtype = bgp::RefreshSubtype;
  CHECK(to_a.refreshes ==
        (demarcate ? std::vector{Subtype::Begin, Subtype::End} : std::vector<Subtype>{}));
}

TEST_CASE("A change of export policy sends only what differs", "[rib][export]") {
  Clients rr({.batch = 16});
  Receiver to_a(true);
  Receiver to_b(true);
  const MemberId a = rr.join(rr.a, to_a);
  rr.join(rr.b, to_b);
  rr.announce(rr.c, {}, numbered(100));
  rr.settle({&to_a, &to_b});
  policy::PolicyOptions options;
  policy::RuleOptions reject;
  reject.match.prefix.ranges = {{prefix("10.0.7.0/24"), 24, 24}};
  reject.then = policy::Then::Reject;
  policy::RuleOptions accept;
  accept.then = policy::Then::Accept;
  options.policies["but-one"] = {reject, accept};
  MemberInfo info = rr.member_info(rr.a);
  info.export_policy = policy::compile(options).at("but-one");
  rr.groups.update_member(a, info);
  rr.settle({&to_a, &to_b});
  CHECK(to_a.table.size() == 99);
  CHECK(to_a.repeated == 0);
  CHECK(to_a.announced.at(prefix("10.0.6.0/24")) == 1);
  CHECK(to_a.end_of_ribs == 1);
  CHECK(rr.groups.groups().size() == 2);

  rr.groups.update_member(a, rr.member_info(rr.a));  // and back
  rr.settle({&to_a, &to_b});
  CHECK(to_a.table == to_b.table);
  CHECK(to_a.repeated == 0);
  CHECK(rr.groups.groups().size() == 1);
}

TEST_CASE("A group that comes out the same does not repeat itself", "[rib][export]") {
  Clients rr;
  const SourceId peer = rr.neighbor("198.51.100.1", 64999, 9);
  Receiver to_peer(false);
  rr.groups.add_member(rr.member_info(peer), to_peer);
  rr.announce(rr.a, {.local_preference = 100}, numbered(10));
  rr.settle({&to_peer});
  // Another next hop and LOCAL_PREF, of which an external peer sees nothing.
  rr.announce(rr.b, {.next_hop = "192.0.2.9", .local_preference = 300}, numbered(10));
  rr.settle({&to_peer});
  CHECK(to_peer.table.size() == 10);
  CHECK(to_peer.repeated == 0);
  CHECK(to_peer.announced.at(prefix("10.0.5.0/24")) == 1);
}

TEST_CASE("IPv6 and routes of our own go out with the session's next hops", "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  MemberInfo info = rr.member_info(rr.a);
  info.families[1].emplace().self_next_hop = address("2001:db8::1");
  rr.groups.add_member(info, to_a);
  bgp::PathAttributes own;
  rr.rib.announce_local(kOriginateSource, prefix("2001:db8:1::/48"), own.view());
  rr.rib.announce_local(kKernelSource, prefix("10.1.0.0/16"), own.view());
  rr.announce(rr.b, {.next_hop = "2001:db8::2"}, {"2001:db8:2::/48"});
  rr.settle({&to_a});
  REQUIRE(to_a.table.size() == 3);
  CHECK(to_a.end_of_ribs == 2);
  CHECK(to_a.table.at(prefix("2001:db8:1::/48")).next_hop == address("2001:db8::1"));
  CHECK(to_a.table.at(prefix("10.1.0.0/16")).next_hop == address("10.0.0.1"));
  CHECK(to_a.table.at(prefix("2001:db8:2::/48")).next_hop == address("2001:db8::2"));
  rr.rib.withdraw_local(kOriginateSource, prefix("2001:db8:1::/48"));
  rr.withdraw(rr.b, {"2001:db8:2::/48"});
  rr.settle({&to_a});
  CHECK(to_a.table.size() == 1);
}

TEST_CASE("A session without an address of the family gets no routes of our own", "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  MemberInfo info = rr.member_info(rr.a);
  info.families[0] = MemberFamily();
  const MemberId a = rr.groups.add_member(info, to_a);
  rr.rib.announce_local(kKernelSource, prefix("10.1.0.0/16"), bgp::AttributesView());
  rr.announce(rr.b, {}, {"10.2.0.0/16"});
  rr.settle({&to_a});
  CHECK(to_a.table.size() == 1);
  CHECK(rr.groups.explain_export(a, net::kIpv4Unicast, rr.find("10.1.0.0/16")).verdict ==
        ExportVerdict::NoSelfNextHop);
}

TEST_CASE("A group is freed with its last member", "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  const MemberId a = rr.join(rr.a, to_a);
  rr.announce(rr.b, {}, numbered(100));
  rr.settle({&to_a});
  CHECK(rr.groups.memory() > 0);
  rr.groups.remove_member(a);
  rr.loop.settle();
  CHECK(rr.groups.groups().empty());
  CHECK(rr.groups.memory() == 0);
  rr.rib.peer_down(rr.b);
  rr.loop.settle();
  CHECK(rr.rib.attributes().size() == 0);
}

TEST_CASE("A group keeps its number while others come and go", "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  Receiver to_b(true);
  const MemberId a = rr.join(rr.a, to_a);
  MemberInfo info = rr.member_info(rr.b);
  info.max_message = 65535;  // a group of its own
  const MemberId b = rr.groups.add_member(info, to_b);
  const auto first = rr.groups.group_number(a, net::kIpv4Unicast);
  const auto second = rr.groups.group_number(b, net::kIpv4Unicast);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first != *second);
  for (const GroupView& group : rr.groups.groups()) {
    CHECK(group.number == (group.members == std::vector{a} ? *first : *second));
  }
  rr.groups.remove_member(a);
  rr.loop.settle();
  CHECK(rr.groups.group_number(a, net::kIpv4Unicast) == std::nullopt);
  CHECK(rr.groups.groups().front().number == *second);
  const auto third = rr.groups.group_number(rr.join(rr.a, to_a), net::kIpv4Unicast);
  CHECK(third > *second);  // not one that a group had before
  CHECK(rr.groups.group_number(b, net::kIpv4Unicast) == second);
}

TEST_CASE("Explanations name the rule that held a route back", "[rib][export]") {
  Clients rr;
  Receiver to_a(true);
  const MemberId a = rr.join(rr.a, to_a);
  rr.announce(rr.a, {}, {"10.1.0.0/16"});
  rr.announce(rr.b, {}, {"10.2.0.0/16"});
  rr.settle({&to_a});
  const auto verdict = [&](DestinationId id) {
    return rr.groups.explain_export(a, net::kIpv4Unicast, id).verdict;
  };
  CHECK(verdict(rr.find("10.1.0.0/16")) == ExportVerdict::OwnRoute);
  CHECK(verdict(rr.find("10.2.0.0/16")) == ExportVerdict::Advertised);
  CHECK(rr.groups.explain_export(a, net::kIpv6Unicast, DestinationId{0}).verdict ==
        ExportVerdict::NotNegotiated);
  const auto why = rr.groups.explain_export(a, net::kIpv4Unicast, rr.find("10.2.0.0/16"));
  REQUIRE(why.attributes);
  CHECK(why.attributes->originator_id == 2U);
  CHECK(rr.groups.advertised(a, net::kIpv4Unicast, rr.find("10.2.0.0/16")) == why.attributes);
  CHECK_FALSE(rr.groups.advertised(a, net::kIpv4Unicast, rr.find("10.1.0.0/16")));
  rr.announce(rr.b, {.med = 3}, {"10.2.0.0/16"});
  while (rr.rib.backlog() != 0) {
    rr.loop.step();
  }
  CHECK(rr.groups.advertised_count(a, net::kIpv4Unicast) == 1);
}

}  // namespace pipit::rib
