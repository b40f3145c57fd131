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
    moved = 0;
    const auto hash_of = [&](std::uint32_t one) {
      strange = strange || one == id || !in[one];
      ++moved;
      return hash(one);
    };
    if (in[id]) {
      index.erase(hash(id), id, hash_of);
    } else {
      index.insert(hash(id), id, hash_of);
    }
    in[id] = !in[id];
  }

  bool agrees() const {
    if (strange) {
      return false;
    }
    for (std::uint32_t id = 0; id < in.size(); ++id) {
      if (find(id) != (in[id] ? id : IdIndex::kNone)) {
        return false;
      }
    }
    return true;
  }

  IdIndex index;
  std::vector<bool> in;
  std::size_t moved = 0;  // ids that the last change asked the hash of
  bool strange = false;   // of one that is not in the index

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
  CHECK(model.index.memory() == kSlots * sizeof(std::uint32_t));
  std::size_t largest_step = 0;
  for (std::uint32_t id = kSlots * 6 / 10; id < kFull; ++id) {
    const std::size_t before = model.index.memory();
    model.change(id);
    largest_step = std::max(largest_step, model.index.memory() - before);
  }
  CHECK(largest_step == 4096);
  CHECK(model.index.memory() == 3 * kSlots * sizeof(std::uint32_t));

  SECTION("and grows into it") {
    model.change(kFull);
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

TEST_CASE("An index of ids touches the next one ahead, too, when it fills up with ids that went") {
  constexpr std::uint32_t kSlots = 1U << 16;
  Model model(8 * kSlots, 1000000);
  std::uint32_t next = 0;
  for (; next < kSlots * 3 / 10; ++next) {
    model.change(next);
  }
  std::size_t most = 0;
  std::size_t largest_step = 0;
  for (; next < model.in.size(); ++next) {
    const std::size_t before = model.index.memory();
    model.change(next - kSlots * 3 / 10);
    model.change(next);
    const std::size_t after = model.index.memory();
    largest_step = std::max(largest_step, after > before ? after - before : 0);
    most = std::max(most, model.index.memory());
  }
  CHECK(model.agrees());
  CHECK(most == 2 * kSlots * sizeof(std::uint32_t));
  CHECK(largest_step == 4096);
}

TEST_CASE("No change of an index of ids moves more than 64 of them, up and down") {
  Model model(500'000, 1000000);
  std::size_t most = 0;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t id = 0; id < model.in.size(); ++id) {
      model.change(id);
      most = std::max(most, model.moved);
    }
  }
  CHECK(most > 32);
  CHECK(most <= 64);
  CHECK(model.agrees());
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
