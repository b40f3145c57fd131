// What the parts of the RIB cost for a full table: run with --benchmark_filter=NAME.
#include <memory>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/micro/default_route.hpp"
#include "bgp/wire/as_path.hpp"
#include "bgp/wire/update.hpp"
#include "net/loop.hpp"
#include "rib/rib.hpp"

namespace {

using namespace pipit;

constexpr std::size_t kPrefixes = 1'000'000;
constexpr std::size_t kSets = 150'000;
constexpr std::size_t kDecisions = 100'000;

class BenchLoop final : public net::Loop {
 public:
  net::TimePoint now() const override { return net::Clock::now(); }

  net::WallTime wall_now() const override { return net::WallTime::clock::now(); }

  std::uint64_t random_seed() override { return 1; }

  void settle() {
    while (task_ != nullptr) {
      net::Task& task = *std::exchange(task_, nullptr);
      run_slice(task);
    }
  }

 protected:
  void enqueue(net::Task& task) override { task_ = &task; }

  void dequeue(net::Task&) override { task_ = nullptr; }

 private:
  net::Task* task_ = nullptr;
};

/// A full table as UPDATEs: prefixes of mostly /24 and /20-/23, about seven to a set of attributes.
const std::vector<bgp::UpdateMessage>& updates() {
  static const auto made = [] {
    std::mt19937 random(1);
    std::vector<bgp::UpdateMessage> all(kSets);
    std::uint32_t next = 0x01000000;
    std::size_t left = kPrefixes;
    for (bgp::UpdateMessage& update : all) {
      for (std::size_t hop = 4 + random() % 5; hop > 0; --hop) {
        bgp::prepend(update.attributes.as_path, static_cast<std::uint32_t>(1 + random() % 64000));
      }
      net::ByteWriter communities(update.attributes.communities);
      for (std::size_t i = random() % 8; i > 0; --i) {
        communities.u32(static_cast<std::uint32_t>(random()));
      }
      bgp::Reachable& part = update.reachable.emplace_back();
      part.next_hop = net::IpAddress::v4(0xc0000201);
      const std::size_t share = std::min<std::size_t>(left, 1 + random() % 12);
      for (std::size_t i = 0; i < share; ++i) {
        const auto length = static_cast<std::uint8_t>(random() % 2 != 0 ? 24 : 20 + random() % 4);
        part.nlri.push_back({net::Prefix(net::IpAddress::v4(next), length), 0});
        next += 1U << (32 - length);
        next = next >= 0xdf000000 ? (next & 0x0fffffff) + 0x01000100 : next;
      }
      left -= share;
    }
    return all;
  }();
  return made;
}

std::size_t nlri_count() {
  std::size_t count = 0;
  for (const bgp::UpdateMessage& update : updates()) {
    count += update.reachable[0].nlri.size();
  }
  return count;
}

struct Bench {
  BenchLoop loop;
  rib::Rib rib;
  bench::DefaultRoute igp{rib.next_hops()};
  std::vector<rib::SourceId> sources;

  explicit Bench(std::size_t neighbors = 1)
      : rib({.asn = 64512, .router_id = 1, .cluster_id = 1}, loop) {
    for (std::size_t i = 0; i < neighbors; ++i) {
      rib::Source source;
      source.internal = true;
      source.router_id = static_cast<std::uint32_t>(10 + i);
      source.address = net::IpAddress::v4(static_cast<std::uint32_t>(0x0a000001 + i));
      sources.push_back(rib.add_source(source));
    }
  }

  /// Feeds all updates, the decision process running every thousand.
  void load(rib::SourceId source) {
    std::size_t count = 0;
    for (const bgp::UpdateMessage& update : updates()) {
      rib.on_update(source, update);
      if (++count % 1000 == 0) {
        loop.settle();
      }
    }
    loop.settle();
  }
};

void per_item(benchmark::State& state, std::size_t items) {
  state.counters["per_item"] =
      benchmark::Counter(static_cast<double>(items) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void intern_new(benchmark::State& state) {
  updates();
  for (auto _ : state) {
    rib::AttributeStore store;
    for (const bgp::UpdateMessage& update : updates()) {
      benchmark::DoNotOptimize(store.intern(update.attributes.view()));
    }
    state.counters["octets_per_record"] =
        static_cast<double>(store.memory()) / static_cast<double>(store.size());
  }
  per_item(state, kSets);
}

void intern_hit(benchmark::State& state) {
  rib::AttributeStore store;
  for (const bgp::UpdateMessage& update : updates()) {
    store.intern(update.attributes.view());
  }
  for (auto _ : state) {
    for (const bgp::UpdateMessage& update : updates()) {
      benchmark::DoNotOptimize(store.intern(update.attributes.view()));
    }
  }
  per_item(state, kSets);
}

void table_insert(benchmark::State& state) {
  updates();
  for (auto _ : state) {
    rib::DestinationTable table(net::kIpv4Unicast);
    for (const bgp::UpdateMessage& update : updates()) {
      for (const bgp::Nlri& nlri : update.reachable[0].nlri) {
        benchmark::DoNotOptimize(table.insert(table.key(nlri.prefix)));
      }
    }
  }
  per_item(state, nlri_count());
}

void table_find(benchmark::State& state) {
  rib::DestinationTable table(net::kIpv4Unicast);
  std::vector<net::Prefix> prefixes;
  for (const bgp::UpdateMessage& update : updates()) {
    for (const bgp::Nlri& nlri : update.reachable[0].nlri) {
      table.insert(table.key(nlri.prefix));
      prefixes.push_back(nlri.prefix);
    }
  }
  if (state.range(0) != 0) {
    std::shuffle(prefixes.begin(), prefixes.end(), std::mt19937(2));
  }
  for (auto _ : state) {
    for (const net::Prefix& prefix : prefixes) {
      benchmark::DoNotOptimize(table.find(table.key(prefix)));
    }
  }
  per_item(state, prefixes.size());
}

void table_erase(benchmark::State& state) {
  updates();
  for (auto _ : state) {
    state.PauseTiming();
    rib::DestinationTable table(net::kIpv4Unicast);
    for (const bgp::UpdateMessage& update : updates()) {
      for (const bgp::Nlri& nlri : update.reachable[0].nlri) {
        table.insert(table.key(nlri.prefix));
      }
    }
    state.ResumeTiming();
    for (std::uint32_t id = 0; id < table.capacity(); ++id) {
      if (table.contains(rib::DestinationId{id})) {
        table.erase(rib::DestinationId{id});
      }
    }
  }
  per_item(state, nlri_count());
}

/// UPDATE to published best path, everything included.
void full_table(benchmark::State& state) {
  updates();
  for (auto _ : state) {
    state.PauseTiming();
    auto bench = std::make_unique<Bench>(static_cast<std::size_t>(state.range(0)));
    const rib::CursorId cursor = bench->rib.loc_rib(net::kIpv4Unicast).journal().add_cursor(1);
    state.ResumeTiming();
    for (const rib::SourceId source : bench->sources) {
      bench->load(source);
      while (bench->rib.loc_rib(net::kIpv4Unicast).journal().next(cursor)) {
      }
    }
    state.PauseTiming();
    const rib::RibMemory memory = bench->rib.memory();
    const auto paths = static_cast<double>(bench->rib.table(net::kIpv4Unicast).path_count());
    state.counters["octets_per_path"] =
        static_cast<double>(memory.attributes + memory.destinations + memory.paths + memory.index) /
        paths;
    bench.reset();
    state.ResumeTiming();
  }
  per_item(state, nlri_count() * static_cast<std::size_t>(state.range(0)));
}

void announce_again(benchmark::State& state) {
  Bench bench;
  bench.load(bench.sources[0]);
  for (auto _ : state) {
    bench.load(bench.sources[0]);
  }
  per_item(state, nlri_count());
}

void peer_down(benchmark::State& state) {
  Bench bench(2);
  bench.load(bench.sources[0]);
  for (auto _ : state) {
    state.PauseTiming();
    bench.load(bench.sources[1]);
    state.ResumeTiming();
    bench.rib.peer_down(bench.sources[0]);
    bench.loop.settle();
    state.PauseTiming();
    bench.load(bench.sources[0]);
    state.ResumeTiming();
  }
  per_item(state, nlri_count());
}

/// 1,000 prefix ranges of which few routes are in any, and three rules over them.
policy::PolicyRef three_rules() {
  std::mt19937 random(2);
  policy::PolicyOptions options;
  std::vector<policy::PrefixRange>& ranges = options.sets.prefixes["bogons"].ranges;
  for (int i = 0; i < 1000; ++i) {
    const auto length = static_cast<std::uint8_t>(16 + random() % 9);
    const net::Prefix prefix(net::IpAddress::v4(static_cast<std::uint32_t>(random())), length);
    ranges.push_back({prefix, length, length});
  }
  policy::RuleOptions bogon;
  bogon.match.prefix.sets = {"bogons"};
  bogon.then = policy::Then::Reject;
  policy::RuleOptions marked;
  marked.match.communities.any.values.standard = {(64512U << 16) | 666};
  marked.then = policy::Then::Reject;
  policy::RuleOptions rest;
  rest.match.as_path.length = {{0, 50}};
  rest.then = policy::Then::Accept;
  options.policies["p"] = {bogon, marked, rest};
  return policy::compile(options).at("p");
}

/// A full table into an empty RIB. 0: every route is accepted, 1: through three_rules().
void full_table_with_policy(benchmark::State& state) {
  updates();
  const policy::PolicyRef policy = state.range(0) == 0 ? policy::accept_all() : three_rules();
  for (auto _ : state) {
    Bench bench;
    bench.rib.sources()[bench.sources[0]].import_policy = policy;
    bench.load(bench.sources[0]);
    benchmark::DoNotOptimize(bench.rib.backlog());
  }
  per_item(state, nlri_count());
}

/// The policy alone, a route at a time.
void policy_alone(benchmark::State& state) {
  const policy::PolicyRef policy = three_rules();
  bgp::PathAttributes attributes;
  for (auto _ : state) {
    for (const bgp::UpdateMessage& update : updates()) {
      attributes.assign(update.attributes.view());
      for (const bgp::Nlri& one : update.reachable[0].nlri) {
        benchmark::DoNotOptimize(policy->evaluate({.prefix = one.prefix}, attributes).accepted);
      }
    }
  }
  per_item(state, nlri_count());
}

/// The decision process alone, over so many paths of a destination that only the router id tells
/// apart.
void decision(benchmark::State& state) {
  std::vector<rib::Candidate> paths(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < paths.size(); ++i) {
    paths[i].facts.as_path_length = 4;
    paths[i].facts.neighbor_as = 64501;
    paths[i].path = static_cast<std::uint32_t>(i);
    paths[i].router_id = static_cast<std::uint32_t>(paths.size() - i);
    paths[i].external = true;
  }
  std::vector<rib::Candidate> candidates;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kDecisions; ++i) {
      candidates = paths;
      benchmark::DoNotOptimize(rib::decide(candidates, {}));
    }
  }
  per_item(state, kDecisions);
}

void next_hop_change(benchmark::State& state) {
  Bench bench;
  bench.load(bench.sources[0]);
  std::uint32_t metric = 2;
  for (auto _ : state) {
    bench.igp.set_metric(metric++);
    bench.loop.settle();
  }
  per_item(state, nlri_count());
}

void journal_append_and_read(benchmark::State& state) {
  rib::DestinationTable table(net::kIpv4Unicast);
  std::vector<rib::DestinationId> ids;
  for (std::uint32_t i = 0; i < kPrefixes; ++i) {
    ids.push_back(table.insert(table.key(net::Prefix(net::IpAddress::v4(i << 8), 24))));
  }
  rib::ChangeJournal journal(table);
  const rib::CursorId cursor = journal.add_cursor(journal.end());
  for (auto _ : state) {
    for (const rib::DestinationId id : ids) {
      table[id].set_last_change(journal.append(id));
    }
    while (journal.next(cursor)) {
    }
  }
  per_item(state, ids.size());
}

BENCHMARK(intern_new)->Unit(benchmark::kMillisecond);
BENCHMARK(intern_hit)->Unit(benchmark::kMillisecond);
BENCHMARK(table_insert)->Unit(benchmark::kMillisecond);
BENCHMARK(table_find)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(table_erase)->Unit(benchmark::kMillisecond);
BENCHMARK(full_table)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);
BENCHMARK(announce_again)->Unit(benchmark::kMillisecond);
BENCHMARK(peer_down)->Unit(benchmark::kMillisecond);
BENCHMARK(full_table_with_policy)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(policy_alone)->Unit(benchmark::kMillisecond);
BENCHMARK(decision)->Arg(1)->Arg(2)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK(next_hop_change)->Unit(benchmark::kMillisecond);
BENCHMARK(journal_append_and_read)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
