#include "rib/store/record_blocks.hpp"

#include <cstring>
#include <random>
#include <vector>

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

struct Given {
  std::uint8_t* at;
  std::size_t octets;
  std::uint8_t mark;
};

bool untouched(const Given& one) {
  for (std::size_t i = 0; i < one.octets; ++i) {
    if (one.at[i] != one.mark) {
      return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("Records of blocks do not overlap, whatever comes and goes") {
  std::mt19937 random(5);
  RecordBlocks blocks;
  std::vector<Given> given;
  for (int step = 0; step < 60'000; ++step) {
    const bool shrink = step / 10'000 % 2 == 1;
    if (given.empty() || random() % 3 != (shrink ? 0U : 2U)) {
      if (shrink && !given.empty()) {
        std::swap(given[random() % given.size()], given.back());
        REQUIRE(untouched(given.back()));
        blocks.free(given.back().at, given.back().octets);
        given.pop_back();
        continue;
      }
      const std::size_t octets = 40 + random() % (random() % 20 == 0 ? 3000 : 200);
      auto* const at = static_cast<std::uint8_t*>(blocks.allocate(octets));
      REQUIRE(reinterpret_cast<std::uintptr_t>(at) % 16 == 0);
      given.push_back({at, octets, static_cast<std::uint8_t>(random())});
      std::memset(at, given.back().mark, octets);
    }
  }
  for (const Given& one : given) {
    REQUIRE(untouched(one));
    blocks.free(one.at, one.octets);
  }
}

TEST_CASE("Blocks go back to the system when their last record goes") {
  RecordBlocks blocks;
  std::vector<void*> given;
  for (int i = 0; i < 100'000; ++i) {
    given.push_back(blocks.allocate(100));
  }
  REQUIRE(blocks.memory() > 10'000'000);
  for (void* const one : given) {
    blocks.free(one, 100);
  }
  REQUIRE(blocks.memory() <= 256 * 1024);
}
