// RouteCursor: which rows a query gives, in parts, while the table changes under it.
#include "daemon/show/route_cursor.hpp"

#include <algorithm>
#include <set>

#include "tests/unit/catch.hpp"
#include "tests/unit/daemon/lab.hpp"

using namespace pipit;
using namespace pipit::daemon;
using namespace pipit::daemon::test;
using control::NeighborRoutes;
using control::PrefixMatch;
using control::RouteQuery;
using std::chrono::seconds;

namespace {

/// "198.18.1.0/24 n1*": prefix, source, and whether it is best.
using Rows = std::vector<std::string>;

class Shown {
 public:
  Shown() {
    lab.start_kernel();
    one = &lab.add(1);
    two = &lab.add(2, {refuse_some(), policy::accept_all()});
    one->remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1", {kFarAsn, 7, 8}));
    one->remote->announce(prefix("198.18.2.0/24"), route("192.0.2.1"));
    one->remote->announce(prefix("2001:db8:1::/48"), route("2001:db8:ff::1"));
    two->remote->announce(prefix("198.18.1.0/24"), route("192.0.2.2"));
    two->remote->announce(prefix("198.18.1.128/25"), route("192.0.2.2", {kFarAsn, 9}));
    two->remote->announce(prefix("198.18.66.0/24"), route("192.0.2.2"));  // refused
    bgp::PathAttributes own;
    own.next_hop = net::IpAddress::any(net::Afi::Ipv4);
    lab.rib.announce_local(rib::kOriginateSource, prefix("198.18.9.0/24"), own.view());
    lab.run(seconds(5));
  }

  static policy::PolicyRef refuse_some() {
    policy::PolicyOptions options;
    policy::RuleOptions refuse{.then = policy::Then::Reject};
    refuse.match.prefix.ranges.push_back(
        {.prefix = prefix("198.18.66.0/24"), .min_length = 24, .max_length = 32});
    options.policies["some"] = {refuse, {.then = policy::Then::Accept}};
    return policy::compile(options, {}).at("some");
  }

  std::unique_ptr<control::Cursor<control::RouteRow>> open(const RouteQuery& query) {
    auto cursor = open_route_cursor({lab.rib, lab.groups, lab.speaker, *lab.bridge}, query);
    REQUIRE(cursor);
    return std::move(*cursor);
  }

  Rows rows(const RouteQuery& query, std::size_t at_a_time = 100) {
    Rows found;
    const auto cursor = open(query);
    bool more = true;
    while (more) {
      std::size_t count = 0;
      more = cursor->next(at_a_time, [&](const control::RouteRow& row) {
        ++count;
        found.push_back(
            fmt::format("{} {}{}", row.key.to_string(), row.source, row.best ? "*" : ""));
      });
      CHECK(count <= at_a_time + 1);  // the paths of one destination stay together
    }
    std::ranges::sort(found);
    return found;
  }

  Lab lab;
  Lab::Far* one = nullptr;
  Lab::Far* two = nullptr;
};

RouteQuery about(PrefixMatch match, const char* text) {
  return {.match = match, .key = net::RouteKey::unicast(prefix(text))};
}

}  // namespace

TEST_CASE("RouteCursor: all accepted paths, in parts of any size", "[route-cursor]") {
  Shown shown;
  const Rows all{"198.18.1.0/24 n1",  "198.18.1.0/24 n2*",        "198.18.1.128/25 n2*",
                 "198.18.2.0/24 n1*", "198.18.9.0/24 originate*", "2001:db8:1::/48 n1*"};
  CHECK(shown.rows({}) == all);
  CHECK(shown.rows({}, 1) == all);
  CHECK(shown.rows({}, 2) == all);
}

TEST_CASE("RouteCursor: one prefix, those inside it, and the longest around it", "[route-cursor]") {
  Shown shown;
  CHECK(shown.rows(about(PrefixMatch::Exact, "198.18.1.0/24")) ==
        Rows{"198.18.1.0/24 n1", "198.18.1.0/24 n2*"});
  CHECK(shown.rows(about(PrefixMatch::Exact, "198.18.0.0/16")).empty());
  CHECK(shown.rows(about(PrefixMatch::Longer, "198.18.1.0/24")) ==
        Rows{"198.18.1.0/24 n1", "198.18.1.0/24 n2*", "198.18.1.128/25 n2*"});
  CHECK(shown.rows(about(PrefixMatch::Longest, "198.18.1.200/32")) == Rows{"198.18.1.128/25 n2*"});
  CHECK(shown.rows(about(PrefixMatch::Longest, "198.18.1.5/32")) ==
        Rows{"198.18.1.0/24 n1", "198.18.1.0/24 n2*"});
  // A path that import refused is not found by the longest match of an address.
  CHECK(shown.rows(about(PrefixMatch::Longest, "198.18.66.1/32")).empty());
}

TEST_CASE("RouteCursor: of a family, the best only, of a source", "[route-cursor]") {
  Shown shown;
  CHECK(shown.rows({.family = net::kIpv6Unicast}) == Rows{"2001:db8:1::/48 n1*"});
  CHECK(shown.rows({.family = net::kIpv4Unicast, .best_only = true}).size() == 4);
  CHECK(shown.rows({.source = "n2"}) == Rows{"198.18.1.0/24 n2*", "198.18.1.128/25 n2*"});
  CHECK(shown.rows({.source_kind = policy::SourceKind::Originate}) ==
        Rows{"198.18.9.0/24 originate*"});
  CHECK(shown.rows({.length = net::NumberRange{25, 32}}) == Rows{"198.18.1.128/25 n2*"});
  CHECK(shown.rows({.as_path = *policy::AsPathPattern::compile("9$")}) ==
        Rows{"198.18.1.128/25 n2*"});
  CHECK(shown.rows({.next_hop = address("192.0.2.1")}) ==
        Rows{"198.18.1.0/24 n1", "198.18.2.0/24 n1*"});
}

TEST_CASE("RouteCursor: what a neighbor announced, what of it counts, and what it is sent",
          "[route-cursor]") {
  Shown shown;
  CHECK(shown.rows({.neighbor = "n2", .routes = NeighborRoutes::Received}).size() == 3);
  CHECK(shown.rows({.neighbor = "n2"}).size() == 2);
  CHECK(shown.rows({.neighbor = "n2", .routes = NeighborRoutes::Rejected}) ==
        Rows{"198.18.66.0/24 n2"});
  CHECK(shown.rows({.routes = NeighborRoutes::Rejected}) == Rows{"198.18.66.0/24 n2"});
  // n1 gets what is best of others: its own routes never come back to it.
  CHECK(shown.rows({.neighbor = "n1", .routes = NeighborRoutes::Advertised}) ==
        Rows{"198.18.1.0/24 n2*", "198.18.1.128/25 n2*", "198.18.9.0/24 originate*"});
  CHECK(shown.rows({.neighbor = "n1", .routes = NeighborRoutes::Advertised}).size() ==
        shown.one->remote->table().size());
}

TEST_CASE("RouteCursor: attributes are those as received, or after policy", "[route-cursor]") {
  Shown shown;
  RouteQuery query = about(PrefixMatch::Exact, "198.18.66.0/24");
  query.routes = NeighborRoutes::Rejected;
  query.with_rejections = true;
  std::size_t rows = 0;
  shown.open(query)->next(10, [&](const control::RouteRow& row) {
    ++rows;
    CHECK(!row.valid);
    CHECK(!row.reason.empty());
    CHECK(row.rejection != nullptr);
    CHECK(row.attributes.next_hop == address("192.0.2.2"));
  });
  CHECK(rows == 1);
}

TEST_CASE("RouteCursor: who is not there is refused, who goes meanwhile has no more rows",
          "[route-cursor]") {
  Shown shown;
  const RouteViewParts parts{shown.lab.rib, shown.lab.groups, shown.lab.speaker, *shown.lab.bridge};
  CHECK(!open_route_cursor(parts, {.neighbor = "nobody"}));
  CHECK(!open_route_cursor(parts, {.source = "nobody"}));
  const auto cursor = shown.open({.neighbor = "n1"});
  shown.lab.speaker.remove(*shown.one->neighbor);
  shown.one->link->side(0).detach();
  std::size_t rows = 0;
  while (cursor->next(1, [&](const control::RouteRow&) { ++rows; })) {
  }
  CHECK(rows == 0);
}

TEST_CASE("RouteCursor: what is there all the time is shown once, whatever comes and goes",
          "[route-cursor]") {
  Shown shown;
  const auto cursor = shown.open({.best_only = true});
  std::multiset<std::string> seen;
  int round = 0;
  while (cursor->next(1, [&](const control::RouteRow& row) { seen.insert(row.key.to_string()); })) {
    ++round;
    const std::string text = fmt::format("198.18.{}.0/24", 100 + round);
    shown.one->remote->announce(prefix(text.c_str()), route("192.0.2.1"));
    if (round > 1) {
      shown.one->remote->withdraw(prefix(fmt::format("198.18.{}.0/24", 99 + round).c_str()));
    }
    shown.lab.run(seconds(1));
    REQUIRE(round < 100);
  }
  for (const char* text :
       {"198.18.1.0/24", "198.18.2.0/24", "198.18.1.128/25", "198.18.9.0/24", "2001:db8:1::/48"}) {
    INFO(text);
    CHECK(seen.count(text) == 1);
  }
}
