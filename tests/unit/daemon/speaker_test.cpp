// Speaker: sessions as sources of routes and receivers of them.
#include "bgp/wire/notification.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/daemon/lab.hpp"

using namespace pipit;
using namespace pipit::daemon;
using namespace pipit::daemon::test;
using config::Effect;
using std::chrono::seconds;

namespace {

policy::PolicyRef reject_all() {
  policy::PolicyOptions options;
  options.policies["none"] = {{.then = policy::Then::Reject}};
  return policy::compile(options, {}).at("none");
}

/// What the far side said last of its session's end.
std::string end_of(const Lab::Far& far) {
  const auto& error = far.remote->peer().record().session_error();
  return error ? error->what : "";
}

}  // namespace

TEST_CASE("Speaker: an Established neighbor is a source and a receiver", "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  Lab::Far& two = lab.add(2);
  CHECK(!one.neighbor->member);
  CHECK(!lab.rib.sources()[one.neighbor->source].established);
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  lab.run(seconds(5));
  REQUIRE(one.neighbor->peer->established());
  REQUIRE(two.neighbor->peer->established());
  CHECK(one.neighbor->member);
  const rib::Source& source = lab.rib.sources()[one.neighbor->source];
  CHECK(source.established);
  CHECK(!source.internal);
  CHECK(source.asn == kFarAsn);
  CHECK(source.router_id == address("192.0.2.1").to_v4());
  CHECK(lab.best("198.18.1.0/24") == one.neighbor->source);
  // The other one gets it with our AS number in front, the first one does not get it back.
  CHECK(two.remote->table().contains(prefix("198.18.1.0/24")));
  CHECK(one.remote->table().empty());
}

TEST_CASE("Speaker: neighbors are found by name and by source, in the order of adding",
          "[speaker]") {
  Lab lab;
  Lab::Far& two = lab.add(2);
  Lab::Far& one = lab.add(1);
  REQUIRE(lab.speaker.neighbors().size() == 2);
  CHECK(lab.speaker.neighbors()[0]->name() == "n2");
  CHECK(lab.speaker.neighbors()[1]->name() == "n1");
  CHECK(lab.speaker.find("n1") == one.neighbor);
  CHECK(lab.speaker.find("n3") == nullptr);
  CHECK(lab.speaker.of_source(two.neighbor->source) == two.neighbor);
  CHECK(lab.speaker.of_source(rib::kKernelSource) == nullptr);
  CHECK(lab.speaker.of_source(60000) == nullptr);
}

TEST_CASE("Speaker: a neighbor that is removed is told so, and takes its routes along",
          "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  Lab::Far& two = lab.add(2);
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  lab.run(seconds(5));
  REQUIRE(two.remote->table().size() == 1);
  const rib::SourceId source = one.neighbor->source;
  lab.speaker.remove(*one.neighbor);
  one.link->side(0).detach();
  lab.run(seconds(2));
  CHECK(!one.remote->peer().established());
  CHECK(lab.speaker.find("n1") == nullptr);
  CHECK(lab.speaker.of_source(source) == nullptr);
  CHECK(lab.best("198.18.1.0/24") == rib::kNoSource);
  CHECK(two.remote->table().empty());
}

TEST_CASE("Speaker: another import policy runs over what is stored, the session stays",
          "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  lab.run(seconds(5));
  REQUIRE(lab.accepted(one.neighbor->source) == 1);
  lab.speaker.change(*one.neighbor, Lab::config(1), {reject_all(), policy::accept_all()},
                     {Effect::Import});
  lab.run(seconds(1));
  CHECK(lab.accepted(one.neighbor->source) == 0);
  CHECK(lab.best("198.18.1.0/24") == rib::kNoSource);
  lab.speaker.change(*one.neighbor, Lab::config(1), Lab::open(), {Effect::Import});
  lab.run(seconds(1));
  CHECK(lab.best("198.18.1.0/24") == one.neighbor->source);
  CHECK(one.neighbor->peer->counters().established == 1);
}

TEST_CASE("Speaker: another export policy sends what differs, the session stays", "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  Lab::Far& two = lab.add(2);
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  lab.run(seconds(5));
  REQUIRE(two.remote->table().size() == 1);
  lab.speaker.change(*two.neighbor, Lab::config(2), {policy::accept_all(), reject_all()},
                     {Effect::Export});
  lab.run(seconds(1));
  CHECK(two.remote->table().empty());
  lab.speaker.change(*two.neighbor, Lab::config(2), Lab::open(), {Effect::Export});
  lab.run(seconds(1));
  CHECK(two.remote->table().size() == 1);
  CHECK(two.neighbor->peer->counters().established == 1);
}

TEST_CASE("Speaker: what needs another session resets it, and it comes back", "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  lab.run(seconds(5));
  config::NeighborConfig slower = Lab::config(1);
  slower.session.timers.hold = seconds(6);
  lab.speaker.change(*one.neighbor, slower, Lab::open(), {Effect::Reset});
  CHECK(!one.neighbor->peer->established());
  CHECK(!one.neighbor->member);
  lab.run(seconds(20));
  CHECK(one.neighbor->peer->established());
  CHECK(one.neighbor->peer->counters().established == 2);
  CHECK(lab.best("198.18.1.0/24") == one.neighbor->source);
}

TEST_CASE("Speaker: over max-prefixes the session ends, and a higher limit lets it come back",
          "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  lab.run(seconds(5));
  config::NeighborConfig limited = Lab::config(1);
  limited.routes.max_prefixes[0] =
      rib::MaxPrefixes{.limit = 2, .warn_at = 2, .action = rib::MaxPrefixesAction::Stop};
  lab.speaker.change(*one.neighbor, limited, Lab::open(), {});
  for (const char* text : {"198.18.1.0/24", "198.18.2.0/24", "198.18.3.0/24"}) {
    one.remote->announce(prefix(text), route("192.0.2.1"));
  }
  lab.run(seconds(60));
  CHECK(!one.neighbor->peer->established());
  INFO(end_of(one));
  CHECK(end_of(one).find("Maximum Number of Prefixes") != std::string::npos);
  limited.routes.max_prefixes[0]->limit = 10;
  limited.routes.max_prefixes[0]->warn_at = 10;
  lab.speaker.change(*one.neighbor, limited, Lab::open(), {});
  lab.run(seconds(20));
  CHECK(one.neighbor->peer->established());
  CHECK(lab.accepted(one.neighbor->source) == 3);
}

TEST_CASE("Speaker: refreshes go both ways where there is a session", "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  Lab::Far& two = lab.add(2);
  CHECK(!lab.speaker.refresh_in(*one.neighbor));
  CHECK(!lab.speaker.refresh_out(*one.neighbor));
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  lab.run(seconds(5));
  const auto updates = [&] {
    return two.neighbor->peer->counters().out.of(bgp::MessageType::Update);
  };
  const auto before = updates();
  CHECK(lab.speaker.refresh_out(*two.neighbor));
  lab.run(seconds(1));
  CHECK(updates() > before);
  CHECK(two.remote->table().size() == 1);
  const auto asked = one.neighbor->peer->counters().out.of(bgp::MessageType::RouteRefresh);
  CHECK(lab.speaker.refresh_in(*one.neighbor));
  lab.run(seconds(1));
  CHECK(one.neighbor->peer->counters().out.of(bgp::MessageType::RouteRefresh) > asked);
}

TEST_CASE("Speaker: a session that ends takes its routes, one that is new brings them",
          "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  lab.run(seconds(5));
  one.link->cut(false);
  lab.run(seconds(1));
  CHECK(!one.neighbor->member);
  CHECK(one.neighbor->went_down_at);
  CHECK(!lab.rib.sources()[one.neighbor->source].established);
  CHECK(lab.best("198.18.1.0/24") == rib::kNoSource);
  one.link->restore();
  lab.run(seconds(60));
  CHECK(lab.best("198.18.1.0/24") == one.neighbor->source);
}

TEST_CASE("Speaker: another router at the same address is another source", "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  lab.run(seconds(5));
  const rib::SourceId before = one.neighbor->source;
  bgp::SessionOptions other = Lab::far_options(1);
  other.router_id = address("203.0.113.1").to_v4();
  one.remote->set_options(other);
  one.neighbor->peer->reset(bgp::cease(bgp::CeaseSubcode::AdministrativeReset));
  lab.run(seconds(30));
  REQUIRE(one.neighbor->peer->established());
  CHECK(one.neighbor->source != before);
  CHECK(lab.speaker.of_source(one.neighbor->source) == one.neighbor);
  CHECK(lab.rib.sources()[one.neighbor->source].router_id == other.router_id);
}

TEST_CASE("Speaker: converged when every Established neighbor has sent End-of-RIB, or will not",
          "[speaker]") {
  Lab lab;
  lab.start_kernel();
  CHECK(lab.speaker.converged(seconds(10)));  // nobody is waited for
  Lab::Far& one = lab.add(1);
  CHECK(lab.speaker.converged(seconds(10)));
  lab.run(seconds(5));
  REQUIRE(one.neighbor->peer->established());
  // The far side of this lab never says End-of-RIB.
  CHECK(!lab.speaker.converged(seconds(100)));
  lab.run(seconds(10));
  CHECK(lab.speaker.converged(seconds(10)));
  bgp::UpdateMessage end;
  for (const net::Family family : net::kFamilies) {
    end.end_of_rib = family;
    lab.speaker.on_update(*one.neighbor->peer, end);
  }
  CHECK(lab.speaker.converged(seconds(100)));
}

TEST_CASE("Speaker: addresses of the host are what neighbors are told as next hops", "[speaker]") {
  Lab lab;
  lab.start_kernel();
  Lab::Far& one = lab.add(1);
  const net::Prefix own = prefix("2001:db8:1::/48");
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(net::Afi::Ipv6);
  lab.rib.announce_local(rib::kOriginateSource, own, attributes.view());
  lab.run(seconds(5));
  REQUIRE(one.remote->table().contains(own));
  CHECK(one.remote->table().at(own).next_hop == address("2001:db8:ff::fe"));
  // Without an IPv6 address on that interface there is no next hop, and no route.
  const kernel::InterfaceAddress gone{
      .interface_index = lab.eth, .address = address("2001:db8:ff::fe"), .prefix_length = 64};
  lab.kernel.remove_address(gone);
  lab.run(seconds(1));
  CHECK(!one.remote->table().contains(own));
  lab.kernel.add_address({.interface_index = lab.eth,
                          .address = address("2001:db8:ff::aa"),
                          .prefix_length = 64,
                          .peer = {}});
  lab.run(seconds(1));
  REQUIRE(one.remote->table().contains(own));
  CHECK(one.remote->table().at(own).next_hop == address("2001:db8:ff::aa"));
}
