#include "rib/out/pending_set.hpp"

#include <map>
#include <random>

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

struct Random {
  std::mt19937 engine;

  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine()); }
};

/// What a plain map would remember.
struct Plain {
  bool held = false;
  bool by_source = false;
};

using Model = std::map<std::uint32_t, Plain>;

void compare(const PendingSet& set, const Model& model) {
  REQUIRE(set.size() == model.size());
  auto at = model.begin();
  for (std::uint32_t i = set.next(0); i != PendingSet::kEnd; i = set.next(i + 1), ++at) {
    REQUIRE(at != model.end());
    REQUIRE(i == at->first);
    REQUIRE(set.held(i).any == at->second.held);
    REQUIRE(set.held(i).by_source == at->second.by_source);
  }
  REQUIRE(at == model.end());
}

StoredRoute route(Random& random) {
  const auto source = static_cast<SourceId>(random() % 3);
  return random() % 3 == 0 ? StoredRoute{} : StoredRoute{AttributeHandle{1}, source};
}

}  // namespace

TEST_CASE("A pending set remembers what a plain map does") {
  Random random{std::mt19937(11)};
  PendingSet set;
  Model model;
  for (int step = 0; step < 30'000; ++step) {
    const std::uint32_t i = random() % 50'000;
    const bool held = random() % 2 == 0;
    switch (random() % 6) {
      case 0:
        set.add(i, held);
        model[i] = {held, false};
        break;
      case 1: {
        const StoredRoute before = route(random);
        const StoredRoute now = route(random);
        const auto [at, made] = model.try_emplace(i);
        if (made) {
          at->second = {static_cast<bool>(before), before && before.source != now.source};
        } else if (before.source != now.source) {
          at->second.by_source = at->second.held;
        }
        set.changed(i, before, now);
        break;
      }
      case 2: {
        const std::uint64_t bits = (std::uint64_t{random()} << 32) | random();
        for (std::uint32_t bit = 0; bit < 64; ++bit) {
          if ((bits >> bit & 1) != 0) {
            model[i / 64 * 64 + bit] = {held, false};
          }
        }
        set.add_word(i / 64, bits, held);
        break;
      }
      case 3:
        if (set.has(i)) {
          set.hold(i);
          model[i] = {true, true};
        }
        break;
      default:  // more leave than come, else all would be pending soon
        for (std::uint32_t next = i; next < i + 40; ++next) {
          set.remove(next);
          model.erase(next);
        }
    }
    if (step % 3000 == 0) {
      compare(set, model);
      const PendingSet copy = set;
      compare(copy, model);
    }
  }
  compare(set, model);
  REQUIRE(!set.empty());
}

TEST_CASE("A pending set with one far destination stays small") {
  PendingSet set;
  set.add(3'000'000, true);
  REQUIRE(set.next(0) == 3'000'000);
  REQUIRE(set.memory() < 10'000);
}
