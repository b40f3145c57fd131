// What a preview says is what then happens, on random tables.
#include "rib/preview.hpp"

#include <memory>
#include <random>
#include <tuple>

#include "tests/unit/rib/export_fixture.hpp"
#include "tests/unit/rib/numbered_policy.hpp"

namespace pipit::rib {
namespace {

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
  std::map<net::Prefix, policy::PolicyRef> local;  // routes of the kernel

  explicit World(unsigned seed) : random(seed) {
    f.set_route("192.0.2.0/30", 5);  // the way to some neighbors, others have the default only
    f.rib.next_hops().settle();
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
      f.announce(from.source,
                 {.as_path = std::to_string(64600 + number(3)),
                  .next_hop = "192.0.2." + std::to_string(number(5) + 1),
                  .med = number(7)},
                 {"10.0." + std::to_string(number(40)) + ".0/24"});
    }
    for (unsigned i = 0; i < 6; ++i) {
      originate(prefix("10.0." + std::to_string(number(60)) + ".0/24"), number(7));
    }
    for (unsigned i = 0; i < 8; ++i) {
      local[prefix("10.0." + std::to_string(number(70)) + ".0/24")] = some_policy(false);
    }
    announce_local(local);
    settle();
  }

  unsigned number(unsigned most) {
    return std::uniform_int_distribution<unsigned>(0, most)(random);
  }

  policy::PolicyRef some_policy(bool may_ask = true) {
    return number(3) == 0 ? policy::accept_all()
                          : std::make_shared<NumberedPolicy>(number(4), number(3), number(1) == 1,
                                                             may_ask && number(1) == 1);
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

  void announce_local(const std::map<net::Prefix, policy::PolicyRef>& routes) {
    for (const auto& [to, policy] : routes) {
      bgp::PathAttributes ours;
      ours.next_hop = net::IpAddress::any(net::Afi::Ipv4);
      f.rib.announce_local(kKernelSource, to, ours.view(), policy.get());
    }
  }

  void settle() {
    f.loop.settle();
    for (const Neighbor& one : neighbors) {
      one.receiver->drain();
    }
  }

  Accepted accepted(std::size_t neighbor) { return accepted_from(neighbors[neighbor].source); }

  Accepted accepted_from(SourceId source) {
    Accepted found;
    const Table& table = f.rib.table(net::kIpv4Unicast);
    for (std::uint32_t id = 0; id < table.capacity(); ++id) {
      if (!table.destinations().contains(DestinationId{id})) {
        continue;
      }
      const net::Prefix to = table.prefix(DestinationId{id});
      if (const Path* path = f.path(to.to_string(), source)) {
        auto& attributes = found[to];  // handles are used again
        if (path->accepted != AttributeHandle::None) {
          attributes.emplace().assign(f.rib.attributes().view(path->accepted));
        }
      }
    }
    return found;
  }
};

/// Other routes of the kernel.
class OtherKernel final : public LocalPreview {
 public:
  explicit OtherKernel(std::map<net::Prefix, policy::PolicyRef> made) : routes(std::move(made)) {}

  std::optional<Route> route(SourceId source, const net::Prefix& to) const override {
    const auto found = routes.find(to);
    return source != kKernelSource || found == routes.end()
               ? std::nullopt
               : std::optional(Route{found->second.get(), {}});
  }

  bool walk(std::size_t budget, const std::function<void(const net::Prefix&)>& visit) override {
    for (; budget > 0 && given_ < 2 * routes.size(); --budget, ++given_) {  // each twice
      visit(std::next(routes.begin(), static_cast<std::ptrdiff_t>(given_ / 2))->first);
    }
    return given_ < 2 * routes.size();
  }

  std::map<net::Prefix, policy::PolicyRef> routes;

 private:
  std::size_t given_ = 0;
};

OtherKernel other_kernel(World& world) {
  auto routes = world.local;
  for (auto& [to, policy] : routes) {
    policy = world.number(1) == 1 ? world.some_policy(false) : policy;
  }
  std::erase_if(routes, [&](const auto&) { return world.number(3) == 0; });
  for (unsigned i = 0; i < 4; ++i) {
    routes[prefix("10.0." + std::to_string(world.number(80)) + ".0/24")] = world.some_policy(false);
  }
  return OtherKernel(std::move(routes));
}

/// Some neighbors with other policies, one that goes, some other routes of our own.
PreviewInput some_change(World& world) {
  PreviewInput input;
  input.options = world.f.rib.options();
  input.options.next_hops.via_default = world.number(1) == 1;
  const bool next_hops = input.options.next_hops != world.f.rib.options().next_hops;
  const std::size_t removed = world.number(11);
  for (std::size_t i = 0; i < world.neighbors.size(); ++i) {
    const Neighbor& one = world.neighbors[i];
    PreviewNeighbor planned{.source = one.source};
    planned.exports_before = planned.exports_after = one.info;
    if (i == removed) {
      planned.removed = true;
      planned.session = PreviewSession::Ends;
      planned.exports_after.reset();
    } else {
      const bool other = world.number(1) == 1;
      if (other || next_hops) {
        planned.imports = world.f.rib.sources()[one.source];
        planned.imports->import_policy =
            other ? world.some_policy() : planned.imports->import_policy;
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
      input.originate[net::RouteKey::unicast(to)] = World::own_route(world.number(7));
    } else if (world.originated.contains(to)) {
      input.originate[net::RouteKey::unicast(to)] = std::nullopt;
    }
  }
  return input;
}

void apply(World& world, const PreviewInput& input, const OtherKernel& kernel) {
  for (const auto& [to, policy] : world.local) {
    if (!kernel.routes.contains(to)) {
      world.f.rib.withdraw_local(kKernelSource, to);
    }
  }
  world.announce_local(kernel.routes);
  world.f.rib.configure(input.options);
  world.f.rib.next_hops().settle();
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
      world.f.rib.announce_local(kOriginateSource, to.prefix, route->view());
    } else {
      world.f.rib.withdraw_local(kOriginateSource, to.prefix);
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

void compare(std::size_t neighbor, Accepted before, Accepted after, Changes& changes) {
  for (const auto& [to, now] : after) {
    before[to];  // what is not there is not accepted
  }
  for (const auto& [to, was] : before) {
    const auto& now = after[to];
    if (was != now) {
      changes.emplace(neighbor,
                      !now   ? RouteChange::Rejected
                      : !was ? RouteChange::Accepted
                             : RouteChange::Changed,
                      to);
    }
  }
}

void lose_everything(std::size_t neighbor,
                     const Receiver::Table& sent,
                     const Accepted& taken,
                     Changes& changes) {
  for (const auto& [to, attributes] : sent) {
    changes.emplace(neighbor, RouteChange::Withdrawn, to);
  }
  for (const auto& [to, attributes] : taken) {
    if (attributes) {
      changes.emplace(neighbor, RouteChange::Lost, to);
    }
  }
}

}  // namespace

TEST_CASE("What a preview says is what then happens, to every neighbor and every route") {
  Changes::size_type seen = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    PreviewInput input = some_change(world);
    OtherKernel kernel = other_kernel(world);
    input.local = &kernel;
    std::vector<Receiver::Table> sent;
    std::vector<Accepted> taken;
    for (std::size_t i = 0; i < world.neighbors.size(); ++i) {
      sent.push_back(world.neighbors[i].receiver->table);
      taken.push_back(world.accepted(i));
    }
    taken.push_back(world.accepted_from(kKernelSource));
    const std::size_t records = world.f.rib.attributes().size();

    Changes said;
    Preview preview(world.f.rib, input);
    while (preview.run(7, [&](std::size_t neighbor, RouteChange change, const net::RouteKey& to,
                              PreviewMoment moment) {
      REQUIRE(moment == PreviewMoment::After);
      REQUIRE(said.emplace(neighbor, change, to.prefix).second);
    })) {
    }
    CHECK(world.f.loop.step() == false);  // nothing was set in motion
    CHECK(world.f.rib.attributes().size() == records);

    apply(world, input, kernel);
    Changes happened;
    for (std::size_t i = 0; i < world.neighbors.size(); ++i) {
      if (input.neighbors[i].removed) {
        lose_everything(i, sent[i], taken[i], happened);
      } else {
        compare(i, sent[i], world.neighbors[i].receiver->table, happened);
        compare(i, taken[i], world.accepted(i), happened);
      }
      RouteChangeCounts counts{};
      for (const auto& [neighbor, change, to] : said) {
        counts[static_cast<std::size_t>(change)] += neighbor == i ? 1 : 0;
      }
      CHECK(preview.counts(i, PreviewMoment::After) == counts);
    }
    compare(input.neighbors.size(), taken.back(), world.accepted_from(kKernelSource), happened);
    RouteChangeCounts counts{};
    for (const auto& [neighbor, change, to] : said) {
      counts[static_cast<std::size_t>(change)] += neighbor == input.neighbors.size() ? 1 : 0;
    }
    CHECK(preview.counts(input.neighbors.size(), PreviewMoment::After) == counts);
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

}  // namespace pipit::rib
