#include "rib/out/adj_rib_out.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

constexpr std::uint32_t kDestinations = 9000;  // several blocks, the last one not full
constexpr SourceId kSources = 5;

/// An Adj-RIB-Out and what must be in it: by destination the MED and the source.
struct Modelled {
  std::unique_ptr<AdjRibOut> out;
  std::map<std::uint32_t, std::pair<std::uint32_t, SourceId>> model;
};

AttributeHandle intern(AttributeStore& store, std::uint32_t med) {
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::v4(0xc0000201);
  attributes.med = med;
  return store.intern(attributes.view());
}

void change(Modelled& one, AttributeStore& store, std::mt19937& random) {
  const auto destination = static_cast<std::uint32_t>(random() % kDestinations);
  if (random() % 4 == 0) {
    one.out->set(DestinationId{destination}, {});
    one.model.erase(destination);
    return;
  }
  const auto med = static_cast<std::uint32_t>(random() % 50);
  const auto source = static_cast<SourceId>(random() % kSources);
  const AttributeHandle handle = intern(store, med);
  const bool adopts = random() % 2 == 0;
  one.out->set(DestinationId{destination}, {handle, source},
               adopts ? AdjRibOut::Reference::Adopt : AdjRibOut::Reference::Take);
  one.model[destination] = {med, source};
  if (!adopts) {
    one.out->settle();
    store.release(handle);
  }
}

void shrink(Modelled& one, std::mt19937& random) {
  const std::uint32_t size = one.out->size();
  const auto budget = static_cast<std::uint32_t>(random() % 5000);
  CHECK(one.out->shrink(budget) == (size > budget));
  one.model.erase(one.model.lower_bound(size - std::min(budget, size)), one.model.end());
}

bool is_right(const Modelled& one, const AttributeStore& store) {
  std::vector<std::uint32_t> by_source(kSources);
  for (std::uint32_t i = 0; i < kDestinations; ++i) {
    const auto wanted = one.model.find(i);
    const StoredRoute route = one.out->at(DestinationId{i});
    if (one.out->has(i) != (wanted != one.model.end())) {
      return false;
    }
    if (wanted != one.model.end()) {
      const auto [med, source] = wanted->second;
      ++by_source[source];
      if (!store.contains(route.handle) || route.source != source ||
          store.facts(route.handle).med != med) {
        return false;
      }
    }
  }
  for (SourceId source = 0; source < kSources; ++source) {
    if (one.out->count_from(source) != by_source[source]) {
      return false;
    }
  }
  return one.out->count() == one.model.size();
}

}  // namespace

TEST_CASE("Copies of an Adj-RIB-Out share what neither changes, and each keeps its own routes",
          "[rib][property]") {
  std::mt19937 random(71);
  AttributeStore store;
  {
    std::vector<Modelled> all;
    all.push_back({std::make_unique<AdjRibOut>(store), {}});
    for (int step = 0; step < 120; ++step) {
      Modelled& one = all[random() % all.size()];
      for (auto i = random() % 3000; i > 0; --i) {
        change(one, store, random);
      }
      one.out->settle();
      if (random() % 4 == 0) {
        shrink(one, random);
      }
      if (all.size() < 5 && random() % 2 == 0) {
        all.push_back({std::make_unique<AdjRibOut>(*one.out), one.model});
      } else if (all.size() > 1 && random() % 4 == 0) {
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(random() % all.size()));
      }
      for (const Modelled& each : all) {
        REQUIRE(is_right(each, store));
      }
    }
  }
  CHECK(store.size() == 0);
}

TEST_CASE("A copy of an Adj-RIB-Out costs nothing until one of both changes", "[rib]") {
  AttributeStore store;
  AdjRibOut out(store);
  const AttributeHandle handle = intern(store, 1);
  for (std::uint32_t i = 0; i < kDestinations; ++i) {
    out.set(DestinationId{i}, {handle, SourceId{1}});
  }
  out.settle();
  store.release(handle);
  const std::size_t before = out.memory();
  const AdjRibOut copy(out);
  CHECK(out.memory() + copy.memory() < before + before / 10);
  out.set(DestinationId{0}, {});
  CHECK(out.memory() + copy.memory() < before + before / 2);
  CHECK(copy.has(0));
  const AdjRibOut second(out);
  const std::size_t both = out.memory() + second.memory();
  out.set(DestinationId{0}, {});  // is not there any more
  CHECK(out.memory() + second.memory() == both);
}
