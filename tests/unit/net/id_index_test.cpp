#include "net/id_index.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "net/hash.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit::net;

namespace {

/// Ids with hashes that collide often; `in` says which are in the index.
struct Model {
  explicit Model(std::uint32_t ids, std::uint64_t spread) : in(ids), spread_(spread) {}

  std::uint64_t hash(std::uint32_t id) const { return mix((id % spread_) ^ kMixA, kMixB); }

  std::uint32_t find(std::uint32_t id) const {
    return index.find(hash(id), [id](std::uint32_t other) { return other == id; });
  }

  void change(std::uint32_t id) {
    if (in[id]) {
      index.erase(hash(id), id);
    } else {
      index.insert(hash(id), id);
    }
    in[id] = !in[id];
    if (index.moving()) {
      index.move_some(static_cast<std::uint32_t>(in.size()), [this](std::uint32_t one) {
        return in[one] ? std::optional(hash(one)) : std::nullopt;
      });
    }
  }

  bool agrees() const {
    for (std::uint32_t id = 0; id < in.size(); ++id) {
      if (find(id) != (in[id] ? id : IdIndex::kNone)) {
        return false;
      }
    }
    return true;
  }

  IdIndex index;
  std::vector<bool> in;

 private:
  std::uint64_t spread_;
};

}  // namespace

TEST_CASE("An index of ids agrees with a list under random changes") {
  for (const std::uint64_t spread : {7UL, 3000UL, 1000000UL}) {
    std::mt19937 random(31);
    Model model(5000, spread);
    for (int round = 0; round < 60; ++round) {
      const bool grow = round % 20 < 10;
      for (int i = 0; i < 500; ++i) {
        const auto id = static_cast<std::uint32_t>(random() % model.in.size());
        if (model.in[id] != grow || random() % 4 == 0) {
          model.change(id);
        }
      }
      REQUIRE(model.agrees());
    }
  }
}

TEST_CASE("Ids that come and go among few others never fill the index") {
  Model model(200'000, 1000000);
  for (std::uint32_t id = 0; id < 500; ++id) {
    model.change(id * 397);
  }
  const std::size_t octets = model.index.memory();
  std::mt19937 random(37);
  for (int i = 0; i < 300'000; ++i) {
    const auto id = static_cast<std::uint32_t>(random() % model.in.size());
    if (!model.in[id]) {
      model.change(id);
      model.change(id);
    }
  }
  CHECK(model.agrees());
  CHECK(model.index.memory() <= 2 * octets);  // twice while it is built anew
}

TEST_CASE("An index of ids that fills up has touched all of the next one when it needs it") {
  constexpr std::uint32_t kSlots = 1U << 17;
  constexpr std::uint32_t kFull = kSlots * 7 / 10;
  Model model(kSlots, 1000000);
  for (std::uint32_t id = 0; id < kSlots * 6 / 10; ++id) {
    model.change(id);
  }
  REQUIRE_FALSE(model.index.moving());
  CHECK(model.index.memory() == kSlots * sizeof(std::uint32_t));
  std::size_t largest_step = 0;
  for (std::uint32_t id = kSlots * 6 / 10; id < kFull; ++id) {
    const std::size_t before = model.index.memory();
    model.change(id);
    largest_step = std::max(largest_step, model.index.memory() - before);
  }
  REQUIRE_FALSE(model.index.moving());
  CHECK(largest_step == 4096);
  CHECK(model.index.memory() == 3 * kSlots * sizeof(std::uint32_t));

  SECTION("and grows into it") {
    model.change(kFull);
    CHECK(model.index.moving());
    CHECK(model.index.memory() == 3 * kSlots * sizeof(std::uint32_t));
    CHECK(model.agrees());
  }

  SECTION("and gives it back when it empties again") {
    for (std::uint32_t id = 0; id < kSlots / 4; ++id) {
      model.change(id);
    }
    CHECK(model.index.memory() == kSlots * sizeof(std::uint32_t));
    CHECK(model.agrees());
  }
}

TEST_CASE("An index of ids shrinks with what is in it, however high the ids are") {
  Model model(100'000, 1000000);
  const std::size_t empty = model.index.memory();
  for (std::uint32_t id = 0; id < model.in.size(); ++id) {
    model.change(id);
  }
  CHECK(model.index.memory() >= 100'000 * 4);
  CHECK(model.agrees());
  for (std::uint32_t id = 0; id < model.in.size(); ++id) {
    model.change(id);
  }
  CHECK(model.index.memory() <= 2 * empty);
  CHECK(model.agrees());
}
