// What a preview says is what then happens, on random tables; and what happens while import runs
// over a table again.
#include "rib/preview.hpp"

#include <memory>
#include <random>
#include <tuple>

#include "tests/unit/rib/export_fixture.hpp"

namespace pipit::rib {
namespace {

/// Rejects some prefixes and marks others, as its numbers say.
class NumberedPolicy final : public policy::Policy {
 public:
  NumberedPolicy(unsigned rejects, unsigned marks, bool by_prefix)
      : rejects_(rejects), marks_(marks), by_prefix_(by_prefix) {}

  const std::string& name() const override { return name_; }

  policy::Outcome evaluate(const policy::RouteFacts& facts,
                           bgp::PathAttributes& attributes,
                           policy::Tracer* /*tracer*/) const override {
    const unsigned number =
        by_prefix_ ? facts.prefix.address().octets()[2] : attributes.med.value_or(0);
    if (number % 4 == rejects_) {
      return {.accepted = false};
    }
    if (number % 4 == marks_) {
      attributes.local_preference = 100 + marks_;
      attributes.med = marks_;
    }
    return {.accepted = true};
  }

  policy::Needs needs() const override { return {.prefix = by_prefix_}; }

  bool accepts_unchanged() const override { return false; }

 private:
  std::string name_ = "numbered";
  unsigned rejects_;
  unsigned marks_;
  bool by_prefix_;
};

using Changes = std::set<std::tuple<std::size_t, RouteChange, net::Prefix>>;
using Accepted = std::map<net::Prefix, std::optional<bgp::PathAttributes>>;

struct Neighbor {
  SourceId source = kNoSource;
  std::unique_ptr<Receiver> receiver;
  MemberId member{};
  MemberInfo info;
};

struct World {
  ExportFixture f;
  std::mt19937 random;
  std::vector<Neighbor> neighbors;
  std::map<net::Prefix, bgp::PathAttributes> originated;

  explicit World(unsigned seed) : random(seed) {
    for (unsigned i = 0; i < 6; ++i) {
      Neighbor one;
      const std::string at = "192.0.2." + std::to_string(i + 1);
      const bool internal = i % 2 == 0;
      one.source = internal ? f.internal_neighbor(at, i + 10, i % 4 == 0)
                            : f.neighbor(at, 64900 + i, i + 10);
      f.rib.sources()[one.source].import_policy = some_policy();
      one.receiver = std::make_unique<Receiver>(internal);
      one.info = f.member_info(one.source);
      one.info.export_policy = some_policy();
      one.member = f.groups.add_member(one.info, *one.receiver);
      neighbors.push_back(std::move(one));
    }
    for (unsigned i = 0; i < 150; ++i) {
      const Neighbor& from = neighbors[number(5)];
      f.announce(from.source, {.as_path = std::to_string(64600 + number(3)), .med = number(7)},
                 {"10.0." + std::to_string(number(40)) + ".0/24"});
    }
    for (unsigned i = 0; i < 6; ++i) {
      originate(prefix("10.0." + std::to_string(number(60)) + ".0/24"), number(7));
    }
    settle();
  }

  unsigned number(unsigned most) {
    return std::uniform_int_distribution<unsigned>(0, most)(random);
  }

  policy::PolicyRef some_policy() {
    return number(3) == 0 ? policy::accept_all()
                          : std::make_shared<NumberedPolicy>(number(4), number(3), number(1) == 1);
  }

  static bgp::PathAttributes own_route(unsigned med) {
    bgp::PathAttributes made;
    made.next_hop = net::IpAddress::any(net::Afi::Ipv4);
    made.med = med;
    return made;
  }

  void originate(const net::Prefix& to, unsigned med) {
    originated[to] = own_route(med);
    f.rib.announce_local(kOriginateSource, to, originated[to].view());
  }

  void settle() {
    f.loop.settle();
    for (const Neighbor& one : neighbors) {
      one.receiver->drain();
    }
  }

  Accepted accepted(std::size_t neighbor) {
    Accepted found;
    const Table& table = f.rib.table(net::kIpv4Unicast);
    for (std::uint32_t id = 0; id < table.capacity(); ++id) {
      if (!table.destinations().contains(DestinationId{id})) {
        continue;
      }
      const net::Prefix to = table.prefix(DestinationId{id});
      if (const Path* path = f.path(to.to_string(), neighbors[neighbor].source)) {
        auto& attributes = found[to];  // handles are used again
        if (path->accepted != AttributeHandle::None) {
          attributes.emplace().assign(f.rib.attributes().view(path->accepted));
        }
      }
    }
    return found;
  }
};

/// Some neighbors with other policies, one that goes, some other routes of our own.
PreviewInput some_change(World& world) {
  PreviewInput input;
  input.options = world.f.rib.options();
  const std::size_t removed = world.number(11);
  for (std::size_t i = 0; i < world.neighbors.size(); ++i) {
    const Neighbor& one = world.neighbors[i];
    PreviewNeighbor planned{.source = one.source};
    planned.exports_before = planned.exports_after = one.info;
    if (i == removed) {
      planned.removed = true;
      planned.exports_after.reset();
    } else {
      if (world.number(1) == 1) {
        planned.imports = world.f.rib.sources()[one.source];
        planned.imports->import_policy = world.some_policy();
      }
      if (world.number(1) == 1) {
        planned.exports_after->export_policy = world.some_policy();
      }
    }
    input.neighbors.push_back(std::move(planned));
  }
  for (unsigned i = 0; i < 5; ++i) {
    const net::Prefix to = prefix("10.0." + std::to_string(world.number(60)) + ".0/24");
    if (world.number(2) != 0) {
      input.originate[to] = World::own_route(world.number(7));
    } else if (world.originated.contains(to)) {
      input.originate[to] = std::nullopt;
    }
  }
  return input;
}

void apply(World& world, const PreviewInput& input) {
  for (std::size_t i = 0; i < input.neighbors.size(); ++i) {
    const PreviewNeighbor& planned = input.neighbors[i];
    if (planned.removed) {
      world.f.groups.remove_member(world.neighbors[i].member);
      world.f.rib.remove_source(planned.source);
      continue;
    }
    if (planned.imports) {
      world.f.rib.sources()[planned.source].import_policy = planned.imports->import_policy;
      world.f.rib.reevaluate_import(planned.source);
    }
    world.f.groups.update_member(world.neighbors[i].member, *planned.exports_after);
  }
  for (const auto& [to, route] : input.originate) {
    if (route) {
      world.f.rib.announce_local(kOriginateSource, to, route->view());
    } else {
      world.f.rib.withdraw_local(kOriginateSource, to);
    }
  }
  world.settle();
}

void compare(std::size_t neighbor,
             const Receiver::Table& before,
             const Receiver::Table& after,
             Changes& changes) {
  for (const auto& [to, attributes] : before) {
    const auto now = after.find(to);
    if (now == after.end()) {
      changes.emplace(neighbor, RouteChange::Withdrawn, to);
    } else if (!(now->second == attributes)) {
      changes.emplace(neighbor, RouteChange::Updated, to);
    }
  }
  for (const auto& [to, attributes] : after) {
    if (!before.contains(to)) {
      changes.emplace(neighbor, RouteChange::Announced, to);
    }
  }
}

void compare(std::size_t neighbor,
             const Accepted& before,
             const Accepted& after,
             Changes& changes) {
  for (const auto& [to, was] : before) {
    const auto& now = after.at(to);
    if (was != now) {
      changes.emplace(neighbor,
                      !now   ? RouteChange::Rejected
                      : !was ? RouteChange::Accepted
                             : RouteChange::Changed,
                      to);
    }
  }
}

std::vector<std::string> numbered(unsigned count) {
  std::vector<std::string> prefixes;
  for (unsigned i = 0; i < count; ++i) {
    prefixes.push_back("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24");
  }
  return prefixes;
}

}  // namespace

TEST_CASE("What a preview says is what then happens, to every neighbor and every route") {
  Changes::size_type seen = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    const PreviewInput input = some_change(world);
    std::vector<Receiver::Table> sent;
    std::vector<Accepted> taken;
    for (std::size_t i = 0; i < world.neighbors.size(); ++i) {
      sent.push_back(world.neighbors[i].receiver->table);
      taken.push_back(world.accepted(i));
    }
    const std::size_t records = world.f.rib.attributes().size();

    Changes said;
    Preview preview(world.f.rib, input);
    while (preview.run(7, [&](std::size_t neighbor, RouteChange change, const net::Prefix& to) {
      REQUIRE(said.emplace(neighbor, change, to).second);
    })) {
    }
    CHECK(world.f.loop.step() == false);  // nothing was set in motion
    CHECK(world.f.rib.attributes().size() == records);

    apply(world, input);
    Changes happened;
    for (std::size_t i = 0; i < world.neighbors.size(); ++i) {
      if (!input.neighbors[i].removed) {
        compare(i, sent[i], world.neighbors[i].receiver->table, happened);
        compare(i, taken[i], world.accepted(i), happened);
      }
      RouteChangeCounts counts{};
      for (const auto& [neighbor, change, to] : said) {
        counts[static_cast<std::size_t>(change)] += neighbor == i ? 1 : 0;
      }
      CHECK(preview.counts(i) == counts);
    }
    for (const auto& [neighbor, change, to] : said) {
      if (!happened.contains({neighbor, change, to})) {
        UNSCOPED_INFO("only said: " << neighbor << ' ' << static_cast<int>(change) << ' '
                                    << to.to_string());
      }
    }
    for (const auto& [neighbor, change, to] : happened) {
      if (!said.contains({neighbor, change, to})) {
        UNSCOPED_INFO("only happened: " << neighbor << ' ' << static_cast<int>(change) << ' '
                                        << to.to_string());
      }
    }
    CHECK((said == happened));
    seen += said.size();
  }
  CHECK(seen > 1000);
}

TEST_CASE("Updates that come while import runs again over a long table are not undone by it") {
  ExportFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId other = f.neighbor("192.0.2.2", 64502, 6);
  Receiver receiver(false);
  f.groups.add_member(f.member_info(other), receiver);
  const std::vector<std::string> all = numbered(8000);
  f.announce(peer, {.as_path = "64501 1"}, all);
  f.loop.settle();
  receiver.drain();
  REQUIRE(receiver.table.size() == all.size());

  // Every fourth is no longer taken; meanwhile some go, some come back, some change.
  f.rib.sources()[peer].import_policy = std::make_shared<NumberedPolicy>(1, 9, true);
  f.rib.reevaluate_import(peer);
  unsigned slices = 0;
  for (unsigned i = 0; f.loop.step(); ++i) {
    ++slices;
    if (i < 40) {
      f.withdraw(peer, {all[i * 190], all[7999 - i]});
      f.announce(peer, {.as_path = "64501 2"}, {all[i * 190 + 1], all[7900 - i], all[i * 190]});
    }
  }
  REQUIRE(slices > 8);
  receiver.drain();

  std::map<net::Prefix, std::string> wanted;
  for (const std::string& one : all) {
    if (prefix(one).address().octets()[2] % 4 != 1) {
      wanted[prefix(one)] = "64501 1";
    }
  }
  for (unsigned i = 0; i < 40; ++i) {
    wanted.erase(prefix(all[7999 - i]));
    for (const std::string& one : {all[i * 190 + 1], all[7900 - i], all[i * 190]}) {
      if (prefix(one).address().octets()[2] % 4 != 1) {
        wanted[prefix(one)] = "64501 2";
      }
    }
  }
  REQUIRE(receiver.table.size() == wanted.size());
  for (const auto& [to, path] : wanted) {
    INFO(to.to_string());
    REQUIRE(receiver.table.contains(to));
    CHECK(receiver.table.at(to).as_path == *bgp::parse_as_path("64500 " + path));
  }
  CHECK(receiver.repeated == 0);
  CHECK(receiver.idle_withdrawals == 0);
}

}  // namespace pipit::rib
