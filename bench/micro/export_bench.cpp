// The export side on a table of 200,000 routes with 30,000 attribute sets: from Loc-RIB to octets
// in the members' hands. Counters are per route, and per route and member.
#include <deque>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/micro/default_route.hpp"
#include "bgp/wire/as_path.hpp"
#include "bgp/wire/update.hpp"
#include "rib/out/packer.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

constexpr std::uint32_t kAttributeSets = 30000;
constexpr std::uint32_t kPerSet = 7;
constexpr std::uint32_t kRoutes = kAttributeSets * kPerSet;

class QueueLoop final : public net::Loop {
 public:
  net::TimePoint now() const override { return net::Clock::now(); }

  net::WallTime wall_now() const override { return net::WallTime::clock::now(); }

  std::uint64_t random_seed() override { return 1; }

  void settle() {
    while (!queue_.empty()) {
      net::Task& task = *queue_.front();
      queue_.pop_front();
      run_slice(task);
    }
  }

 protected:
  void enqueue(net::Task& task) override { queue_.push_back(&task); }

  void dequeue(net::Task& task) override { std::erase(queue_, &task); }

 private:
  std::deque<net::Task*> queue_;
};

/// Takes everything and forgets it.
class Sink final : public MemberOutput {
 public:
  void send(std::span<const net::Slice> messages) override {
    for (const net::Slice& one : messages) {
      octets += one.length;
    }
  }

  std::optional<net::Slice> take_back() override { return std::nullopt; }

  void recalled() override {}

  bool congested() const override { return false; }

  std::size_t queued_octets() const override { return 0; }

  void overrun() override {}

  std::size_t octets = 0;
};

struct World {
  QueueLoop loop;
  Rib rib{{.asn = 64500, .router_id = 1, .cluster_id = 1}, loop};
  UpdateGroups groups{loop, rib.attributes(), rib.sources(), rib.loc_ribs()};
  bench::DefaultRoute igp{rib.next_hops()};
  SourceId feed = kNoSource;
  std::vector<Sink> sinks;
  std::vector<MemberId> members;

  World() { feed = neighbor(1); }

  SourceId neighbor(std::uint32_t number) {
    Source source;
    source.established = true;
    source.internal = true;
    source.client = true;
    source.asn = 64500;
    source.local_asn = 64500;
    source.router_id = number;
    source.cluster_id = 1;
    source.address = net::IpAddress::v4(0xc0000200 + number);
    source.import_policy = policy::accept_all();
    return rib.add_source(std::move(source));
  }

  /// Announces the first `sets` attribute sets.
  void announce(std::uint32_t sets, std::uint32_t med) {
    bgp::UpdateMessage update;
    for (std::uint32_t set = 0; set < sets; ++set) {
      update.clear();
      update.attributes.as_path = *bgp::parse_as_path("64501 3356 1299");
      bgp::prepend(update.attributes.as_path, 100000 + set);
      update.attributes.local_preference = 100;
      update.attributes.med = med;
      for (std::uint32_t i = 0; i < 5; ++i) {
        net::ByteWriter(update.attributes.communities).u32(0xfc000000 + set + i);
      }
      bgp::Reachable& part = update.reachable.emplace_back();
      part.family = net::kIpv4Unicast;
      part.next_hop = net::IpAddress::v4(0xc0000201);
      for (std::uint32_t i = 0; i < kPerSet; ++i) {
        const std::uint32_t number = set * kPerSet + i;
        part.nlri.push_back({net::Prefix(net::IpAddress::v4(0x01000000 + (number << 8)), 24), 0});
      }
      rib.on_update(feed, update);
    }
  }

  void join(std::size_t count) {
    sinks.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      MemberInfo info;
      info.source = neighbor(static_cast<std::uint32_t>(i) + 2);
      info.internal = true;
      info.client = true;
      info.local_asn = 64500;
      info.cluster_id = 1;
      info.families[0] = MemberFamily{.self_next_hop = net::IpAddress::v4(0x0a000001)};
      members.push_back(groups.add_member(info, sinks[i]));
    }
  }

  void leave() {
    for (const MemberId member : members) {
      groups.remove_member(member);
    }
    members.clear();
    loop.settle();
  }
};

void count(benchmark::State& state, double routes) {
  const double done = routes * static_cast<double>(state.iterations());
  using benchmark::Counter;
  const auto per = static_cast<Counter::Flags>(Counter::kIsRate | Counter::kInvert);
  state.counters["per_route"] = Counter(done, per);
  state.counters["per_route_member"] = Counter(done * static_cast<double>(state.range(0)), per);
}

/// What is to be sent grouped by attributes, encoded once, and handed to the members: without the
/// table and the group.
void packing(benchmark::State& state) {
  World world;
  world.announce(kAttributeSets, 1);
  world.loop.settle();
  world.join(static_cast<std::size_t>(state.range(0)));
  world.loop.settle();
  const LocRib& routes = world.rib.loc_rib(net::kIpv4Unicast);
  MemberInfo info;
  info.internal = true;
  info.client = true;
  info.local_asn = 64500;
  info.cluster_id = 1;
  info.families[0] = MemberFamily{.self_next_hop = net::IpAddress::v4(0x0a000001)};
  const Exporter exporter(group_key(info, net::kIpv4Unicast), world.rib.attributes(),
                          world.rib.sources(), nullptr);
  std::deque<Membership> memberships;
  Audience audience;
  for (std::size_t i = 0; i < world.sinks.size(); ++i) {
    Membership& member = memberships.emplace_back();
    member.source = static_cast<SourceId>(world.feed + 1 + i);
    member.output = &world.sinks[i];
    audience.add(member);
  }
  Packer packer;
  ExportScratch scratch;
  std::vector<DestinationId> refused;
  Encoded encoded;
  for (auto _ : state) {
    packer.begin(audience);
    for (std::uint32_t i = 0; i < routes.capacity(); ++i) {
      const auto best = routes.best(DestinationId{i});
      packer.announce(DestinationId{i}, {best->attributes, best->source}, {});
    }
    packer.finish(routes, exporter, scratch, refused, encoded);
  }
  count(state, kRoutes);
}

BENCHMARK(packing)->Arg(1)->Arg(10)->Arg(300)->Unit(benchmark::kMillisecond);

/// A new group on a full table: walk, evaluate, encode, deliver.
void first_table(benchmark::State& state) {
  World world;
  world.announce(kAttributeSets, 1);
  world.loop.settle();
  for (auto _ : state) {
    world.join(static_cast<std::size_t>(state.range(0)));
    world.loop.settle();
    state.PauseTiming();
    world.leave();
    state.ResumeTiming();
  }
  count(state, kRoutes);
}

BENCHMARK(first_table)->Arg(1)->Arg(10)->Arg(300)->Unit(benchmark::kMillisecond);

/// Joiners of a group that has its Adj-RIB-Out.
void late_joiners(benchmark::State& state) {
  World world;
  world.announce(kAttributeSets, 1);
  world.join(1);
  world.loop.settle();
  std::vector<MemberId> first = std::move(world.members);
  std::vector<Sink> kept = std::move(world.sinks);
  world.members.clear();
  for (auto _ : state) {
    world.join(static_cast<std::size_t>(state.range(0)));
    world.loop.settle();
    state.PauseTiming();
    world.leave();
    state.ResumeTiming();
  }
  count(state, kRoutes);
}

BENCHMARK(late_joiners)->Arg(1)->Arg(10)->Arg(300)->Unit(benchmark::kMillisecond);

/// A tenth of the table announced anew, from the journal to the members.
void churn(benchmark::State& state) {
  World world;
  world.announce(kAttributeSets, 1);
  world.join(static_cast<std::size_t>(state.range(0)));
  world.loop.settle();
  std::uint32_t med = 1;
  UpdateGroups& groups = world.groups;
  for (auto _ : state) {
    state.PauseTiming();
    world.announce(kAttributeSets / 10, ++med);
    state.ResumeTiming();
    world.loop.settle();  // the decision process included
  }
  benchmark::DoNotOptimize(groups);
  count(state, kRoutes / 10.0);
}

BENCHMARK(churn)->Arg(1)->Arg(10)->Arg(300)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
