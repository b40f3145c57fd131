#include "kernel/monitor/route_view.hpp"

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::kernel;

namespace {

Route route(const char* prefix, const char* gateway, std::uint32_t metric = 0, int protocol = 4) {
  Route r;
  r.key = {net::Prefix::parse(prefix).value(), 0, 254, metric};
  r.body.protocol = static_cast<std::uint8_t>(protocol);
  r.body.hops.push_back({.gateway = net::IpAddress::parse(gateway), .interface_index = 2});
  return r;
}

std::vector<std::string> all(const RouteView& view) {
  std::vector<std::string> lines;
  view.for_each([&](const Route& r) { lines.push_back(to_string(r)); });
  std::sort(lines.begin(), lines.end());
  return lines;
}

using Kind = RouteChange::Kind;

}  // namespace

TEST_CASE("RouteView: the same route again is no change", "[kernel]") {
  RouteView view;
  CHECK(view.add(route("10.0.0.0/8", "192.0.2.1"), Arrival::Create, 1).kind == Kind::Added);
  CHECK(view.add(route("10.0.0.0/8", "192.0.2.1"), Arrival::Dump, 2).kind == Kind::None);
  CHECK(view.size() == 1);
}

TEST_CASE("RouteView: IPv4 keeps several routes of one key in the kernel's order", "[kernel]") {
  RouteView view;
  view.add(route("10.0.0.0/8", "192.0.2.1"), Arrival::Create, 1);
  view.add(route("10.0.0.0/8", "192.0.2.2"), Arrival::Append, 1);
  view.add(route("10.0.0.0/8", "192.0.2.3"), Arrival::Create, 1);  // prepended
  CHECK(view.size() == 3);
  const RouteChange& change = view.add(route("10.0.0.0/8", "192.0.2.4"), Arrival::Replace, 1);
  CHECK(change.kind == Kind::Changed);
  CHECK(change.before == route("10.0.0.0/8", "192.0.2.3"));
  CHECK(view.remove(route("10.0.0.0/8", "192.0.2.1"), 1).kind == Kind::Removed);
  CHECK(view.size() == 2);
}

TEST_CASE("RouteView: metrics tell routes of a prefix apart", "[kernel]") {
  RouteView view;
  view.add(route("10.0.0.0/8", "192.0.2.1", 5), Arrival::Create, 1);
  CHECK(view.add(route("10.0.0.0/8", "192.0.2.1", 6), Arrival::Replace, 1).kind == Kind::Added);
  int count = 0;
  view.for_prefix(254, net::Prefix::parse("10.0.0.0/8").value(),
                  [&](const RouteKey&, const RouteBody&) { ++count; });
  CHECK(count == 2);
}

TEST_CASE("RouteView: a sweep removes what the dump did not confirm, in its scope only",
          "[kernel]") {
  RouteView view;
  view.add(route("10.0.0.0/8", "192.0.2.1"), Arrival::Create, 1);
  view.add(route("11.0.0.0/8", "192.0.2.1"), Arrival::Create, 1);
  view.add(route("2001:db8::/32", "fe80::1"), Arrival::Create, 1);
  view.add(route("10.0.0.0/8", "192.0.2.1"), Arrival::Dump, 2);
  std::vector<std::string> gone;
  std::size_t position = 0;
  while (view.sweep({.afi = net::Afi::Ipv4}, 2, position, 1,
                    [&](const Route& r) { gone.push_back(r.key.prefix.to_string()); })) {
  }
  CHECK(gone == std::vector<std::string>{"11.0.0.0/8"});
  CHECK(view.size() == 2);
}

TEST_CASE("RouteView: a dump shows a changed route as a change, not as a second one", "[kernel]") {
  RouteView view;
  view.add(route("10.0.0.0/8", "192.0.2.1"), Arrival::Create, 1);
  const RouteChange& change = view.add(route("10.0.0.0/8", "192.0.2.2"), Arrival::Dump, 2);
  CHECK(change.kind == Kind::Changed);
  CHECK(view.size() == 1);
}

TEST_CASE("RouteView: counts users of interfaces and sources exactly", "[kernel]") {
  RouteView view;
  Route r = route("10.0.0.0/8", "192.0.2.1");
  r.body.preferred_source = net::IpAddress::parse("192.0.2.9");
  view.add(r, Arrival::Create, 1);
  view.add(route("11.0.0.0/8", "192.0.2.1"), Arrival::Create, 1);
  CHECK(view.using_interface(2) == 2);
  CHECK(view.using_source(*r.body.preferred_source) == 1);
  Route dead = route("11.0.0.0/8", "192.0.2.1");
  dead.body.hops[0].dead = true;
  view.add(dead, Arrival::Replace, 1);
  CHECK(view.impaired() == 1);
  view.remove(r, 1);
  view.remove(dead, 1);
  CHECK(view.using_interface(2) == 0);
  CHECK(view.using_source(*r.body.preferred_source) == 0);
  CHECK(view.impaired() == 0);
  CHECK(all(view).empty());
}
