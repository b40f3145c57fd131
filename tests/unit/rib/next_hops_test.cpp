#include "rib/table/next_hops.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/rib/igp_table.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

net::Prefix prefix(std::string_view text) {
  return *net::Prefix::parse(text);
}

net::IpAddress address(std::string_view text) {
  return *net::IpAddress::parse(text);
}

NextHopKey key(std::string_view text, std::uint32_t interface_index = 0) {
  return {address(text), interface_index};
}

IgpRoute via(std::string_view gateway, std::uint32_t metric = 0) {
  return {.hops = {{address(gateway), 2}}, .metric = metric};
}

IgpRoute connected(std::uint32_t interface_index) {
  return {.hops = {{std::nullopt, interface_index}}, .connected = true};
}

}  // namespace

TEST_CASE("Nothing resolves before the first settle") {
  NextHops hops({});
  IgpTable igp(hops);
  igp.set(prefix("192.0.2.0/24"), connected(2));
  REQUIRE_FALSE(hops.resolve(key("192.0.2.7")).reachable);
  std::vector<NextHopKey> heard;
  hops.on_change([&heard](const std::vector<NextHopKey>& keys) { heard = keys; });
  hops.settle();
  REQUIRE(heard == std::vector{key("192.0.2.7")});
  REQUIRE(hops.resolve(key("192.0.2.7")).reachable);
}

TEST_CASE("The most specific route resolves a next hop") {
  NextHops hops({});
  IgpTable igp(hops);
  igp.set(prefix("10.0.0.0/8"), via("192.0.2.1", 20));
  igp.set(prefix("10.1.0.0/16"), via("192.0.2.2", 30));
  igp.set(prefix("0.0.0.0/0"), via("192.0.2.3", 5));
  hops.settle();
  const Resolution resolution = hops.resolve(key("10.1.2.3"));
  REQUIRE(resolution.reachable);
  REQUIRE_FALSE(resolution.connected);
  REQUIRE(resolution.via == prefix("10.1.0.0/16"));
  REQUIRE(resolution.cost == 30);
  REQUIRE(resolution.hops == IgpHops{{address("192.0.2.2"), 2}});
  REQUIRE(hops.resolve(key("11.0.0.1")).via == prefix("0.0.0.0/0"));
}

TEST_CASE("On a connected subnet the next hop is its own gateway") {
  NextHops hops({});
  IgpTable igp(hops);
  igp.set(prefix("192.0.2.0/24"), connected(7));
  hops.settle();
  const Resolution resolution = hops.resolve(key("192.0.2.9"));
  REQUIRE(resolution.connected);
  REQUIRE(resolution.hops == IgpHops{{address("192.0.2.9"), 7}});
  REQUIRE(hops.connected_prefix(address("192.0.2.9")) == prefix("192.0.2.0/24"));
  REQUIRE_FALSE(hops.connected_prefix(address("192.0.3.9")));
}

TEST_CASE("A route without hops resolves nothing, and shadows less specific ones") {
  NextHops hops({});
  IgpTable igp(hops);
  igp.set(prefix("0.0.0.0/0"), via("192.0.2.3"));
  igp.set(prefix("10.0.0.0/8"), {});
  hops.settle();
  REQUIRE_FALSE(hops.resolve(key("10.0.0.1")).reachable);
  REQUIRE(hops.resolve(key("11.0.0.1")).reachable);
}

TEST_CASE("via-default false ignores default routes") {
  NextHops hops({.via_default = false});
  IgpTable igp(hops);
  igp.set(prefix("0.0.0.0/0"), via("192.0.2.3"));
  hops.settle();
  REQUIRE_FALSE(hops.resolve(key("11.0.0.1")).reachable);
  std::vector<NextHopKey> heard;
  hops.on_change([&heard](const std::vector<NextHopKey>& keys) { heard = keys; });
  hops.configure({.via_default = true});
  hops.settle();
  REQUIRE(heard.size() == 1);
  REQUIRE(hops.resolve(key("11.0.0.1")).reachable);
}

TEST_CASE("A batch of changes tells once which next hops came out different") {
  NextHops hops({});
  IgpTable igp(hops);
  igp.set(prefix("10.0.0.0/8"), via("192.0.2.1", 20));
  igp.set(prefix("2001:db8::/32"), via("2001:db8::1", 20));
  hops.settle();
  for (const char* one : {"10.0.0.1", "10.255.255.255", "11.0.0.1"}) {
    hops.resolve(key(one));
  }
  std::vector<std::vector<NextHopKey>> heard;
  hops.on_change([&heard](const std::vector<NextHopKey>& keys) { heard.push_back(keys); });
  igp.set(prefix("10.0.0.0/8"), via("192.0.2.1", 21));
  igp.set(prefix("10.255.0.0/16"), via("192.0.2.1", 22));
  hops.settle();
  REQUIRE(heard.size() == 1);
  REQUIRE(heard[0] == std::vector{key("10.0.0.1"), key("10.255.255.255")});
  igp.set(prefix("10.0.0.0/8"), via("192.0.2.1", 21));
  hops.settle();
  REQUIRE(heard.size() == 1);
  igp.remove(prefix("10.0.0.0/8"));
  igp.remove(prefix("12.0.0.0/8"));
  hops.settle();
  REQUIRE(heard.size() == 2);
  REQUIRE(heard[1] == std::vector{key("10.0.0.1")});
}

TEST_CASE("A link-local next hop is reachable on its interface only") {
  NextHops hops({});
  hops.settle();
  REQUIRE_FALSE(hops.resolve(key("fe80::1")).reachable);
  const Resolution resolution = hops.resolve(key("fe80::1", 4));
  REQUIRE(resolution.reachable);
  REQUIRE(resolution.hops == IgpHops{{address("fe80::1"), 4}});
}

TEST_CASE("An address of ours is known as such as it comes and goes") {
  NextHops hops({});
  IgpTable igp(hops);
  igp.set(prefix("192.0.2.0/24"), connected(7));
  hops.settle();
  const std::uint32_t index = hops.track(key("192.0.2.9"));
  std::size_t heard = 0;
  hops.on_change([&heard](const std::vector<NextHopKey>& keys) { heard += keys.size(); });
  hops.set_local_addresses({address("192.0.2.9"), address("192.0.2.10")});
  hops.settle();
  REQUIRE(hops.tracked(index).own_address);
  REQUIRE(hops.is_local(address("192.0.2.10")));
  hops.set_local_addresses({address("192.0.2.10")});
  hops.settle();
  REQUIRE_FALSE(hops.tracked(index).own_address);
  REQUIRE(heard == 2);
}

TEST_CASE("Unused next hops can be forgotten and their index is used again") {
  NextHops hops({});
  const std::uint32_t one = hops.track(key("10.0.0.1"));
  const std::uint32_t two = hops.track(key("10.0.0.2"));
  hops.begin_collection();
  hops.keep(two);
  REQUIRE(hops.collect(1));
  REQUIRE_FALSE(hops.collect(5));
  REQUIRE(hops.size() == 1);
  REQUIRE(hops.track(key("10.0.0.3")) == one);
  REQUIRE(hops.track(key("10.0.0.2")) == two);
  std::size_t seen = 0;
  hops.for_each([&seen](const NextHopKey&, const Resolution&) { ++seen; });
  REQUIRE(seen == 2);
}

TEST_CASE("A change says whether a prefix has become a subnet of ours, or is none any more") {
  NextHops hops({});
  IgpTable igp(hops);
  CHECK_FALSE(igp.set(prefix("10.0.0.0/8"), via("192.0.2.1")));
  CHECK(igp.set(prefix("192.0.2.0/24"), connected(7)));
  CHECK_FALSE(igp.set(prefix("192.0.2.0/24"), connected(8)));
  CHECK(hops.is_connected(prefix("192.0.2.0/24")));
  CHECK_FALSE(hops.is_connected(prefix("10.0.0.0/8")));
  CHECK(igp.set(prefix("192.0.2.0/24"), via("10.0.0.1")));
  CHECK_FALSE(hops.is_connected(prefix("192.0.2.0/24")));
  CHECK_FALSE(hops.connected_prefix(address("192.0.2.9")));
  CHECK(igp.set(prefix("192.0.2.0/24"), connected(7)));
  CHECK(hops.connected_prefix(address("192.0.2.9")) == prefix("192.0.2.0/24"));
  CHECK(igp.remove(prefix("192.0.2.0/24")));
  CHECK_FALSE(igp.remove(prefix("192.0.2.0/24")));
  CHECK_FALSE(hops.connected_prefix(address("192.0.2.9")));
}

TEST_CASE("A next hop that is tracked between a change and settle is resolved over the change") {
  NextHops hops({});
  IgpTable igp(hops);
  hops.settle();
  igp.set(prefix("10.0.0.0/8"), via("192.0.2.1"));
  REQUIRE(hops.resolve(key("10.0.0.1")).reachable);
  std::size_t heard = 0;
  hops.on_change([&heard](const std::vector<NextHopKey>& keys) { heard += keys.size(); });
  hops.settle();
  REQUIRE(heard == 0);
  igp.remove(prefix("10.0.0.0/8"));
  hops.settle();
  REQUIRE(heard == 1);
  REQUIRE_FALSE(hops.resolve(key("10.0.0.1")).reachable);
}
