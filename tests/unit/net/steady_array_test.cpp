#include "net/steady_array.hpp"

#include "tests/unit/catch.hpp"

using namespace pipit::net;

TEST_CASE("Elements of a steady array keep their addresses while it grows") {
  SteadyArray<int> array;
  array.push_back(7);
  const int* const first = &array[0];
  for (int i = 1; i < 100'000; ++i) {
    array.push_back(i);
  }
  REQUIRE(array.size() == 100'000);
  REQUIRE(&array[0] == first);
  REQUIRE(*first == 7);
  REQUIRE(array[99'999] == 99'999);
}

TEST_CASE("A steady array makes only the blocks that are touched") {
  SteadyArray<std::uint64_t> array;
  REQUIRE(array.touch(1'000'000) == 0);
  REQUIRE(array.size() == 1'000'001);
  const std::size_t one_block = array.memory();
  array.touch(1'000'000) = 5;
  REQUIRE(array.touch(1'000'000) == 5);
  REQUIRE(array.memory() == one_block);
  REQUIRE(one_block < 100'000);
}
