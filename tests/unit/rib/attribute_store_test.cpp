#include "rib/store/attribute_store.hpp"

#include <map>
#include <random>

#include "bgp/wire/as_path.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

net::Bytes octets(std::mt19937& random, std::size_t unit, std::size_t most) {
  net::Bytes made(unit * (random() % (most + 1)));
  for (std::uint8_t& octet : made) {
    octet = static_cast<std::uint8_t>(random());
  }
  return made;
}

net::IpAddress random_address(std::mt19937& random) {
  if (random() % 2 == 0) {
    return net::IpAddress::v4(static_cast<std::uint32_t>(random() % 8));
  }
  std::array<std::uint8_t, 16> v6{0x20, 0x01};
  v6[15] = static_cast<std::uint8_t>(random() % 8);
  return net::IpAddress::v6(v6);
}

bgp::PathAttributes random_attributes(std::mt19937& random) {
  bgp::PathAttributes made;
  const auto chance = [&random] { return random() % 2 == 0; };
  made.origin = static_cast<bgp::Origin>(random() % 3);
  made.atomic_aggregate = chance();
  made.next_hop = random_address(random);
  if (chance()) {
    made.link_local_next_hop = net::IpAddress::parse("fe80::1");
  }
  if (chance()) {
    made.med = random() % 2;
  }
  if (chance()) {
    made.local_preference = 100 + random() % 2;
  }
  if (chance()) {
    made.originator_id = random() % 2;
  }
  if (chance()) {
    made.aggregator = bgp::Aggregator{.asn = 64500, .address = 1};
    made.partial.aggregator = chance();
  }
  for (std::size_t hops = random() % 4; hops > 0; --hops) {
    bgp::prepend(made.as_path, static_cast<std::uint32_t>(1 + random() % 3));
  }
  made.communities = octets(random, 4, 2);
  made.extended_communities = octets(random, 8, 1);
  made.large_communities = octets(random, 12, 1);
  made.partial.communities = !made.communities.empty() && chance();
  made.partial.extended_communities = !made.extended_communities.empty() && chance();
  made.partial.large_communities = !made.large_communities.empty() && chance();
  made.cluster_list = octets(random, 4, 2);
  made.unknown = octets(random, 1, 5);
  return made;
}

bgp::PathAttributes copy(const AttributeStore& store, AttributeHandle handle) {
  bgp::PathAttributes made;
  made.assign(store.view(handle));
  return made;
}

}  // namespace

TEST_CASE("Attributes that differ in the Partial bit alone are two", "[rfc4271-5]") {
  AttributeStore store;
  bgp::PathAttributes attributes;
  attributes.communities = {0xfb, 0xf4, 0, 1};
  const AttributeHandle without = store.intern(attributes.view());
  attributes.partial.communities = true;
  const AttributeHandle with = store.intern(attributes.view());
  CHECK(with != without);
  CHECK(store.view(with).partial.communities);
  CHECK_FALSE(store.view(without).partial.any());
  // Without its attribute the bit says nothing.
  attributes.communities.clear();
  const AttributeHandle none = store.intern(attributes.view());
  attributes.partial = {};
  CHECK(store.intern(attributes.view()) == none);
}

TEST_CASE("What is interned comes back the same, and equal attributes have one handle") {
  std::mt19937 random(3);
  AttributeStore store;
  std::vector<std::pair<bgp::PathAttributes, AttributeHandle>> known;
  for (int i = 0; i < 3000; ++i) {
    if (!known.empty() && random() % 3 == 0) {
      const auto& [attributes, handle] = known[random() % known.size()];
      REQUIRE(store.intern(attributes.view()) == handle);
      store.release(handle);
      continue;
    }
    bgp::PathAttributes attributes = random_attributes(random);
    const AttributeHandle handle = store.intern(attributes.view());
    REQUIRE(copy(store, handle) == attributes);
    for (const auto& [other, other_handle] : known) {
      if (handle == other_handle) {
        REQUIRE(other == attributes);
      }
    }
    known.emplace_back(std::move(attributes), handle);
  }
  for (const auto& [attributes, handle] : known) {
    REQUIRE(copy(store, handle) == attributes);
  }
  for (const auto& [attributes, handle] : known) {
    store.release(handle);
  }
  REQUIRE(store.size() == 0);
}

TEST_CASE("A record lives as long as its last reference, then its handle is used again") {
  AttributeStore store;
  bgp::PathAttributes attributes;
  const AttributeHandle handle = store.intern(attributes.view());
  REQUIRE(handle != AttributeHandle::None);
  store.acquire(handle, 3);
  store.release(handle, 2);
  store.release(handle);
  REQUIRE(store.size() == 1);
  REQUIRE(store.contains(handle));
  store.release(handle);
  REQUIRE(store.size() == 0);
  REQUIRE_FALSE(store.contains(handle));
  attributes.med = 5;
  REQUIRE(store.intern(attributes.view()) == handle);
  REQUIRE(store.next_hop_index(handle) == 0);
  REQUIRE(store.capacity() == 2);
  store.release(AttributeHandle::None);
  store.acquire(AttributeHandle::None);
}

TEST_CASE("Random interning and releasing agrees with a map") {
  std::mt19937 random(11);
  AttributeStore store;
  std::map<std::uint32_t, std::pair<AttributeHandle, int>> model;  // by MED
  for (int i = 0; i < 50000; ++i) {
    const auto med = static_cast<std::uint32_t>(random() % 700);
    if (random() % 2 == 0) {
      bgp::PathAttributes attributes;
      attributes.med = med;
      auto& [handle, references] = model[med];
      const AttributeHandle got = store.intern(attributes.view());
      REQUIRE((references == 0 || got == handle));
      handle = got;
      ++references;
    } else if (const auto found = model.find(med); found != model.end()) {
      REQUIRE(store.view(found->second.first).med == med);
      store.release(found->second.first);
      if (--found->second.second == 0) {
        model.erase(found);
      }
    }
    REQUIRE(store.size() == model.size());
  }
  REQUIRE(store.memory() > 0);
}

TEST_CASE("The facts of a record are what the decision process reads") {
  AttributeStore store;
  bgp::PathAttributes attributes;
  attributes.as_path = *bgp::parse_as_path("64501 64502 {64503 64504}");
  attributes.cluster_list = net::Bytes(12);
  attributes.med = 9;
  attributes.origin = bgp::Origin::Incomplete;
  attributes.originator_id = 77;
  const AttributeStore::Facts facts = store.facts(store.intern(attributes.view()));
  CHECK(facts.as_path_length == 3);
  CHECK(facts.neighbor_as == 64501);
  CHECK(facts.cluster_list_length == 3);
  CHECK(facts.local_preference == kDefaultLocalPreference);
  CHECK(facts.med == 9);
  CHECK(facts.origin == bgp::Origin::Incomplete);
  CHECK(facts.originator_id == 77);
}

TEST_CASE("Attributes longer than any message can carry are stored whole") {
  AttributeStore store;
  bgp::PathAttributes attributes;
  bgp::prepend(attributes.as_path, 64500, 40000);
  attributes.communities = net::Bytes(70000, 7);
  const AttributeHandle handle = store.intern(attributes.view());
  REQUIRE(copy(store, handle) == attributes);
  REQUIRE(store.facts(handle).as_path_length == 40000);
}
