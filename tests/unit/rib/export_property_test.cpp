// Random histories: whatever members come, go, stall and ask for, each ends up with exactly what a
// computation for it alone says.
#include <memory>
#include <random>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "tests/unit/rib/export_fixture.hpp"

namespace pipit::rib {
namespace {

constexpr unsigned kPrefixes = 60;
constexpr unsigned kNeighbors = 7;

std::string text_of(unsigned number) {
  return "10." + std::to_string(number / 8) + "." + std::to_string(number % 8) + ".0/24";
}

/// Rejects some prefixes and marks others: its outcome depends on the prefix.
class OddPolicy final : public policy::Policy {
 public:
  explicit OddPolicy(bool by_prefix) : by_prefix_(by_prefix) {}

  const std::string& name() const override { return name_; }

  policy::Outcome evaluate(const policy::RouteFacts& facts,
                           bgp::PathAttributes& attributes,
                           policy::Tracer* /*tracer*/) const override {
    const unsigned octet = by_prefix_ ? facts.prefix.address().octets()[2] : 1;
    if (octet % 3 == 0 || attributes.med == 7U) {
      return {.accepted = false};
    }
    attributes.med = octet % 3;
    return {.accepted = true, .med_set = true};
  }

  policy::Needs needs() const override { return {.prefix = by_prefix_}; }

  bool accepts_unchanged() const override { return false; }

 private:
  std::string name_ = "odd";
  bool by_prefix_;
};

struct Neighbor {
  SourceId source = kNoSource;
  std::unique_ptr<Receiver> receiver;
  std::optional<MemberId> member;
  MemberInfo info;
  bool stalled = false;
  bool recalling = false;
};

struct History {
  ExportFixture fixture;
  std::mt19937 random;
  std::vector<Neighbor> neighbors;
  std::vector<policy::PolicyRef> policies{nullptr, std::make_shared<OddPolicy>(false),
                                          std::make_shared<OddPolicy>(true)};

  explicit History(unsigned seed)
      : fixture({.batch = 1 + seed % 13, .slow_queue = 1 + 200 * (seed % 3)}), random(seed) {
    for (unsigned i = 0; i < kNeighbors; ++i) {
      Neighbor one;
      const std::string at = "192.0.2." + std::to_string(10 + i);
      one.source = i < 5 ? fixture.internal_neighbor(at, 100 + i, i < 3)
                         : fixture.neighbor(at, 64999, 100 + i);
      one.info = fixture.member_info(one.source);
      neighbors.push_back(std::move(one));
    }
  }

  unsigned upto(unsigned limit) { return static_cast<unsigned>(random() % limit); }

  void announce(Neighbor& from) {
    RouteText text{.as_path = from.info.internal ? "64510" : "64999",
                   .next_hop = "198.51.100." + std::to_string(1 + upto(2)),
                   .med = upto(9)};
    if (from.info.internal) {
      text.local_preference = 100 + upto(3);
    }
    std::vector<std::string> prefixes;
    for (unsigned n = 1 + upto(6); n > 0; --n) {
      prefixes.push_back(text_of(upto(kPrefixes)));
    }
    bgp::UpdateMessage update = announcement(text, prefixes);
    const unsigned kind = upto(12);
    if (kind < 2) {
      net::ByteWriter(update.attributes.communities)
          .u32(static_cast<std::uint32_t>(kind == 0 ? bgp::WellKnown::NoExport
                                                    : bgp::WellKnown::NoAdvertise));
    } else if (kind == 2) {
      // Fits a message on its own, but not with what reflection adds.
      update.attributes.communities.resize(4040, 1);
    }
    fixture.rib.on_update(from.source, update);
  }

  void join(Neighbor& one) {
    one.receiver = std::make_unique<Receiver>(one.info.internal);
    one.receiver->router_id = fixture.rib.sources()[one.source].router_id;
    one.stalled = false;
    one.recalling = false;
    one.member = fixture.groups.add_member(one.info, *one.receiver);
    one.receiver->on_recalled = [this, &one] {
      one.recalling = false;
      one.stalled = false;
      fixture.groups.resume(*one.member);
    };
  }

  void leave(Neighbor& one) {
    fixture.groups.remove_member(*one.member);
    one.member.reset();
  }

  void flow(Neighbor& one) {
    if (one.recalling) {
      return;
    }
    if (one.stalled && upto(2) == 0) {
      one.receiver->drain(upto(3));
      one.recalling = true;
      fixture.groups.recall(*one.member);
      return;
    }
    if (one.stalled) {
      one.receiver->drain();
      fixture.groups.resume(*one.member);
    } else {
      one.receiver->stall();
    }
    one.stalled = !one.stalled;
  }

  void step() {
    Neighbor& one = neighbors[upto(kNeighbors)];
    switch (upto(10)) {
      case 0:
        one.member ? leave(one) : join(one);
        break;
      case 1:
        if (one.member) {
          flow(one);
        }
        break;
      case 2:
        if (one.member) {
          fixture.groups.refresh(*one.member, net::kIpv4Unicast, upto(2) == 0);
        }
        break;
      case 3:
        if (upto(4) == 0) {
          one.info.export_policy = policies[upto(3)];
          if (one.member) {
            fixture.groups.update_member(*one.member, one.info);
          }
        }
        break;
      case 4:
        if (upto(3) == 0) {
          fixture.rib.peer_down(one.source);
          fixture.rib.sources()[one.source].established = true;
        }
        break;
      case 5:
        fixture.withdraw(one.source, {text_of(upto(kPrefixes)), text_of(upto(kPrefixes))});
        break;
      case 6:
      case 7:
        for (unsigned n = upto(8); n > 0; --n) {
          fixture.loop.step();
        }
        break;
      default:
        announce(one);
        break;
    }
  }

  void quiet() {
    fixture.loop.settle();
    for (Neighbor& one : neighbors) {
      if (one.member) {
        one.receiver->drain();
        one.stalled = false;
        fixture.groups.resume(*one.member);
      }
    }
    fixture.loop.settle();
    for (Neighbor& one : neighbors) {
      if (one.member) {
        one.receiver->drain();
      }
    }
  }

  /// What one neighbor must have of one destination, worked out by hand.
  std::optional<bgp::PathAttributes> expected(const Neighbor& to, unsigned number) {
    const auto best = fixture.best(text_of(number));
    if (!best || best->source == to.source) {
      return std::nullopt;
    }
    const Source& source = fixture.rib.sources()[best->source];
    bgp::PathAttributes attributes;
    attributes.assign(fixture.rib.attributes().view(best->attributes));
    const auto has = [&](bgp::WellKnown community) {
      return bgp::has_community(attributes.communities, community);
    };
    if (has(bgp::WellKnown::NoAdvertise) || (!to.info.internal && has(bgp::WellKnown::NoExport)) ||
        (to.info.internal && source.internal && !source.client && !to.info.client)) {
      return std::nullopt;
    }
    policy::Outcome outcome{.accepted = true};
    if (to.info.export_policy) {
      outcome = to.info.export_policy->evaluate(
          {.prefix = prefix(text_of(number)), .source = source.kind}, attributes);
    }
    if (!outcome.accepted) {
      return std::nullopt;
    }
    if (!to.info.internal && !outcome.med_set) {
      attributes.med.reset();
    }
    if (to.info.internal) {
      if (!attributes.local_preference) {
        attributes.local_preference = 100;
      }
      if (source.internal) {
        attributes.originator_id = source.router_id;
        net::ByteWriter(attributes.cluster_list).u32(1);
      }
    } else {
      bgp::prepend(attributes.as_path, 64500);
      attributes.local_preference.reset();
      attributes.next_hop = address("10.0.0.1");
    }
    net::Bytes octets;
    const bgp::Nlri nlri{prefix(text_of(number)), 0};
    if (!bgp::encode_announcements(attributes.view(), net::kIpv4Unicast, std::span(&nlri, 1),
                                   {.internal = to.info.internal}, octets)) {
      return std::nullopt;
    }
    return attributes;
  }

  void check() {
    for (const Neighbor& to : neighbors) {
      if (!to.member) {
        continue;
      }
      Receiver::Table wanted;
      for (unsigned i = 0; i < kPrefixes; ++i) {
        if (auto attributes = expected(to, i)) {
          wanted.emplace(prefix(text_of(i)), *attributes);
        }
      }
      CHECK(to.receiver->table == wanted);
      CHECK(to.receiver->end_of_ribs == 1);
      CHECK(fixture.groups.advertised_count(*to.member, net::kIpv4Unicast) == wanted.size());
      check_views(to, wanted);
    }
    CHECK(fixture.groups.settled());
  }

  void check_views(const Neighbor& to, const Receiver::Table& wanted) {
    Receiver::Table seen;
    std::optional<std::uint32_t> from = 0;
    while (from) {
      from = fixture.groups.for_each_advertised(
          *to.member, net::kIpv4Unicast, *from, 10,
          [&](const AdvertisedRoute& route) { seen[route.key.prefix].assign(route.attributes); });
    }
    CHECK(seen == wanted);
    for (unsigned i = 0; i < kPrefixes; ++i) {
      const DestinationId id = fixture.find(text_of(i));
      if (id == kNoDestination) {
        continue;
      }
      const auto why = fixture.groups.explain_export(*to.member, net::kIpv4Unicast, id);
      CHECK((why.verdict == ExportVerdict::Advertised) == wanted.contains(prefix(text_of(i))));
    }
  }
};

}  // namespace

TEST_CASE("Every member ends with what a computation for it alone says", "[rib][export]") {
  const unsigned seeds = 200;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    INFO("seed " << seed);
    History history(seed);
    for (unsigned round = 0; round < 4; ++round) {
      for (unsigned i = 0; i < 60; ++i) {
        history.step();
      }
      history.quiet();
      history.check();
    }
    for (Neighbor& one : history.neighbors) {
      if (one.member) {
        history.leave(one);
      }
      history.fixture.rib.peer_down(one.source);
    }
    history.fixture.loop.settle();
    CHECK(history.fixture.groups.groups().empty());
    CHECK(history.fixture.groups.memory() == 0);
    CHECK(history.fixture.rib.attributes().size() == 0);
  }
}

}  // namespace pipit::rib
