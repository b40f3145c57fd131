#include "rib/table/attribute_walk.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/rib/rib_fixture.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

struct Fixture {
  AttributeStore store;
  NextHops hops{NextHopOptions{}};
  AttributeWalk walk{store, hops};

  NextHopKey key(std::uint32_t n) const { return {net::IpAddress::v4(0x0a000000 + n), 0}; }

  AttributeHandle record(std::uint32_t next_hop, std::uint32_t med) {
    bgp::PathAttributes made = attributes({.med = med});
    made.next_hop = key(next_hop).address;
    const AttributeHandle handle = store.intern(made.view());
    store.set_next_hop_index(handle, hops.track(key(next_hop)));
    return handle;
  }

  HandleSet finish_search() {
    for (int i = 0; i < 100'000; ++i) {
      walk.run(3);
      if (auto found = walk.take_found()) {
        return *found;
      }
      if (walk.idle()) {
        return {};
      }
    }
    FAIL("the search does not end");
    return {};
  }
};

std::size_t number(AttributeHandle handle) {
  return static_cast<std::size_t>(handle);
}

}  // namespace

TEST_CASE("A search in slices finds exactly the records over changed next hops") {
  Fixture f;
  std::vector<AttributeHandle> over_changed;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const AttributeHandle made = f.record(i % 10, i);
    if (i % 10 == 3 || i % 10 == 7) {
      over_changed.push_back(made);
    }
  }
  f.walk.search({f.key(3), f.key(7)});
  const HandleSet found = f.finish_search();
  REQUIRE(found.count() == over_changed.size());
  for (const AttributeHandle handle : over_changed) {
    REQUIRE(found.test(number(handle)));
  }
}

TEST_CASE("A change during a search adds to what it finds") {
  Fixture f;
  std::vector<AttributeHandle> made;
  for (std::uint32_t i = 0; i < 60; ++i) {
    made.push_back(f.record(i % 3, i));
  }
  f.walk.search({f.key(1)});
  f.walk.run(40);
  REQUIRE_FALSE(f.walk.take_found());
  f.walk.search({f.key(2)});
  const HandleSet found = f.finish_search();
  REQUIRE(found.count() == 40);
  REQUIRE(found.test(number(made[1])));
  REQUIRE(found.test(number(made[2])));
  REQUIRE_FALSE(found.test(number(made[3])));
}

TEST_CASE("A collection forgets next hops that no record names, and none that come into use") {
  Fixture f;
  for (std::uint32_t i = 0; i < 100; ++i) {
    f.hops.track(f.key(1000 + i));
  }
  for (std::uint32_t i = 0; i < 50; ++i) {
    f.record(i, i);
  }
  f.walk.collect();
  f.walk.run(20);  // it has passed the first records
  const AttributeHandle late = f.record(1005, 9999);
  const std::uint32_t index = f.store.next_hop_index(late);
  const std::uint32_t fresh = f.hops.track(f.key(5000));
  while (!f.walk.idle()) {
    f.walk.run(7);
  }
  REQUIRE(f.walk.take_collected());
  REQUIRE_FALSE(f.walk.take_collected());
  REQUIRE(f.hops.size() == 52);
  REQUIRE(f.hops.tracked(index).key == f.key(1005));
  REQUIRE(f.hops.track(f.key(5000)) == fresh);
}
