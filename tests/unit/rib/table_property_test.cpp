// Random histories of sessions, refreshes, policies and next hops against a plain model.
#include <map>
#include <random>
#include <set>

#include "tests/unit/catch.hpp"
#include "tests/unit/rib/rib_fixture.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

struct ModelRoute {
  std::uint32_t med = 0;
  std::uint32_t path_length = 1;
  bool stale = false;
};

/// What the RIB must hold: per neighbor its routes by prefix number.
struct Model {
  std::map<SourceId, std::map<std::uint32_t, ModelRoute>> routes;
  std::set<SourceId> refreshing;
  std::set<SourceId> rejected;
  std::map<SourceId, std::uint32_t> router_id;

  /// The best source by AS_PATH length, then router id: MED never meets, each has an AS of its own.
  SourceId best(std::uint32_t number) const {
    SourceId best = kNoSource;
    for (const auto& [source, all] : routes) {
      const auto found = all.find(number);
      if (found == all.end() || rejected.contains(source)) {
        continue;
      }
      if (best == kNoSource) {
        best = source;
        continue;
      }
      const std::uint32_t length = routes.at(best).at(number).path_length;
      if (std::pair(found->second.path_length, router_id.at(source)) <
          std::pair(length, router_id.at(best))) {
        best = source;
      }
    }
    return best;
  }
};

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    for (std::uint32_t i = 0; i < 5; ++i) {
      const SourceId made = f_.neighbor("192.0.2." + std::to_string(i + 1), 64501 + i, 100 - i);
      peers_.push_back(made);
      model_.routes[made];
      model_.router_id[made] = 100 - i;
    }
    Journal& journal = f_.rib.loc_rib(net::kIpv4Unicast).journal();
    cursor_ = journal.add_cursor(journal.end());
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      act();
      for (auto slices = pick(3); slices > 0; --slices) {
        f_.loop.step();
      }
      if (pick(10) == 0) {
        read_some();
      }
      if (pick(40) == 0) {
        f_.loop.settle();
        check();
      }
    }
    f_.loop.settle();
    check();
    finish();
  }

 private:
  static constexpr std::uint32_t kPrefixes = 60;

  std::uint32_t pick(unsigned below) { return static_cast<std::uint32_t>(random_() % below); }

  static net::Prefix number(std::uint32_t n) {
    return {net::IpAddress::v4(0x0a000000 + (n << 8)), 24};
  }

  void act() {
    const SourceId peer = peers_[pick(static_cast<unsigned>(peers_.size()))];
    auto& routes = model_.routes[peer];
    const std::uint32_t action = pick(100);
    if (action < 55) {
      announce(peer);
    } else if (action < 80) {
      bgp::UpdateMessage update = withdrawal({"0.0.0.0/0"});
      const std::uint32_t n = pick(kPrefixes);
      update.unreachable[0].nlri[0].prefix = number(n);
      f_.rib.on_update(peer, update);
      routes.erase(n);
    } else if (action < 84) {
      f_.rib.peer_down(peer);
      routes.clear();
      model_.refreshing.erase(peer);
    } else if (action < 89) {
      f_.rib.begin_refresh(peer, net::kIpv4Unicast);
      model_.refreshing.insert(peer);
      for (auto& [n, route] : routes) {
        route.stale = true;
      }
    } else if (action < 94) {
      f_.rib.end_refresh(peer, net::kIpv4Unicast);
      if (model_.refreshing.erase(peer) != 0) {
        std::erase_if(routes, [](const auto& one) { return one.second.stale; });
      }
    } else {
      const bool reject = pick(3) == 0;
      f_.rib.sources()[peer].import_policy = reject ? policy::reject_all() : policy::accept_all();
      f_.rib.reevaluate_import(peer);
      reject ? static_cast<void>(model_.rejected.insert(peer))
             : static_cast<void>(model_.rejected.erase(peer));
    }
  }

  void announce(SourceId peer) {
    const ModelRoute route{.med = pick(3), .path_length = 1 + pick(3)};
    RouteText text{.med = route.med};
    const std::uint32_t asn = f_.rib.sources()[peer].asn;
    text.as_path = std::to_string(asn);
    for (std::uint32_t i = 1; i < route.path_length; ++i) {
      text.as_path += " 1";
    }
    bgp::UpdateMessage update = announcement(text, {"0.0.0.0/0"});
    update.reachable[0].nlri.clear();
    for (std::uint32_t i = 1 + pick(6); i > 0; --i) {
      const std::uint32_t n = pick(kPrefixes);
      update.reachable[0].nlri.push_back({number(n), 0});
      model_.routes[peer][n] = route;
    }
    f_.rib.on_update(peer, update);
  }

  /// Reads the journal into what a consumer would know.
  void read_some() {
    LocRib& loc_rib = f_.rib.loc_rib(net::kIpv4Unicast);
    for (int i = 0; i < 20; ++i) {
      const auto id = loc_rib.journal().next(cursor_);
      if (!id) {
        return;
      }
      const auto best = loc_rib.best(*id);
      if (best) {
        known_[loc_rib.prefix(*id)] = best->source;
      } else {
        known_.erase(loc_rib.prefix(*id));
      }
    }
  }

  void check() {
    const Table& table = f_.rib.table(net::kIpv4Unicast);
    LocRib& loc_rib = f_.rib.loc_rib(net::kIpv4Unicast);
    while (loc_rib.journal().backlog(cursor_) != 0) {
      read_some();
    }
    read_some();
    std::size_t paths = 0;
    std::set<std::uint32_t> present;
    for (const auto& [source, routes] : model_.routes) {
      paths += routes.size();
      REQUIRE(f_.counters(source).received == routes.size());
      REQUIRE(f_.counters(source).accepted ==
              (model_.rejected.contains(source) ? 0 : routes.size()));
      for (const auto& [n, route] : routes) {
        present.insert(n);
        const Path* path = f_.path(number(n).to_string(), source);
        REQUIRE(path != nullptr);
        REQUIRE(f_.rib.attributes().view(path->received).med == route.med);
        REQUIRE(table.is_stale(*path) == route.stale);
      }
    }
    REQUIRE(table.path_count() == paths);
    REQUIRE(table.void_paths() == 0);
    REQUIRE(table.destinations().size() == present.size());
    for (std::uint32_t n = 0; n < kPrefixes; ++n) {
      const SourceId expected = model_.best(n);
      REQUIRE(f_.best_source(number(n).to_string()) == expected);
      const auto known = known_.find(number(n));
      REQUIRE((known == known_.end() ? kNoSource : known->second) == expected);
    }
  }

  void finish() {
    for (const SourceId peer : peers_) {
      f_.rib.remove_source(peer);
    }
    f_.loop.settle();
    read_some();
    while (f_.rib.loc_rib(net::kIpv4Unicast).journal().next(cursor_)) {
    }
    REQUIRE(f_.rib.attributes().size() == 0);
    REQUIRE(f_.rib.table(net::kIpv4Unicast).destinations().size() == 0);
    for (const SourceId peer : peers_) {
      REQUIRE_FALSE(f_.rib.sources().in_use(peer));
    }
  }

  std::mt19937 random_;
  RibFixture f_;
  std::vector<SourceId> peers_;
  Model model_;
  CursorId cursor_{};
  std::map<net::Prefix, SourceId> known_;
};

}  // namespace

TEST_CASE(
    "Any history of sessions leaves what a plain model says, for tables and journal readers") {
  for (unsigned seed = 0; seed < 30; ++seed) {
    INFO("seed " << seed);
    History(seed).run(1500);
  }
}
