#include "rib/table/destination_table.hpp"

#include <map>
#include <random>

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::rib;

namespace {

net::Prefix random_prefix(std::mt19937& random, net::Afi afi) {
  if (afi == net::Afi::Ipv4) {
    return {net::IpAddress::v4(static_cast<std::uint32_t>(random() % 64) << 24 |
                               static_cast<std::uint32_t>(random() % 64) << 8),
            static_cast<std::uint8_t>(random() % 33)};
  }
  std::array<std::uint8_t, 16> octets{0x20, 0x01};
  octets[5] = static_cast<std::uint8_t>(random() % 64);
  octets[15] = static_cast<std::uint8_t>(random() % 64);
  return {net::IpAddress::v6(octets), static_cast<std::uint8_t>(random() % 129)};
}

}  // namespace

TEST_CASE("The destination table agrees with a map under random inserts and erasures") {
  for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
    std::mt19937 random(23);
    DestinationTable table({afi, net::Safi::Unicast});
    std::map<net::Prefix, DestinationId> model;
    for (int i = 0; i < 60000; ++i) {
      // Grows in the first half, shrinks in the second.
      const net::Prefix prefix = random_prefix(random, afi);
      const auto known = model.find(prefix);
      REQUIRE(table.find(table.key(prefix)) ==
              (known == model.end() ? kNoDestination : known->second));
      if (random() % 10 < (i < 30000 ? 8U : 3U)) {
        const DestinationId id = table.insert(table.key(prefix));
        REQUIRE((known == model.end() || known->second == id));
        model[prefix] = id;
        REQUIRE(table.prefix(id) == prefix);
      } else if (!model.empty()) {
        auto victim = model.lower_bound(prefix);
        victim = victim == model.end() ? model.begin() : victim;
        table.erase(victim->second);
        REQUIRE_FALSE(table.contains(victim->second));
        model.erase(victim);
      }
      REQUIRE(table.size() == model.size());
    }
    std::size_t walked = 0;
    for (std::uint32_t id = 0; id < table.capacity(); ++id) {
      if (table.contains(DestinationId{id})) {
        REQUIRE(model.at(table.prefix(DestinationId{id})) == DestinationId{id});
        ++walked;
      }
    }
    REQUIRE(walked == model.size());
    for (const auto& [prefix, id] : model) {
      table.erase(id);
    }
    REQUIRE(table.size() == 0);
  }
}

TEST_CASE("The index of a destination table grows little by little") {
  DestinationTable table(net::kIpv4Unicast);
  const auto insert = [&table](std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t i = from; i < to; ++i) {
      table.insert(table.key(net::Prefix(net::IpAddress::v4(i << 8), 24)));
    }
  };
  const auto all_found = [&table](std::uint32_t to) {
    for (std::uint32_t i = 0; i < to; ++i) {
      if (table.find(table.key(net::Prefix(net::IpAddress::v4(i << 8), 24))) != DestinationId{i}) {
        return false;
      }
    }
    return true;
  };
  constexpr std::size_t kBefore = 131072 * 4;  // octets of slots for up to 91,750 rows
  insert(0, 78'000);
  CHECK(table.index_memory() == kBefore);
  insert(78'000, 91'750);
  CHECK(table.index_memory() == 3 * kBefore);  // the pages of the next one are there
  insert(91'750, 91'800);
  CHECK(table.index_memory() == 3 * kBefore);  // both
  CHECK(all_found(91'800));
  insert(91'800, 110'000);
  CHECK(table.index_memory() == 3 * kBefore);
  CHECK(all_found(110'000));
  insert(110'000, 125'000);
  CHECK(table.index_memory() == 2 * kBefore);
  CHECK(all_found(125'000));
}

TEST_CASE("The longest match is the one that a look at all prefixes finds") {
  for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
    std::mt19937 random(29);
    DestinationTable table({afi, net::Safi::Unicast});
    std::vector<net::Prefix> all;
    for (int i = 0; i < 300; ++i) {
      all.push_back(random_prefix(random, afi));
      table.insert(table.key(all.back()));
    }
    for (int i = 0; i < 500; ++i) {
      const net::IpAddress wanted = random_prefix(random, afi).address();
      const auto most = static_cast<std::uint8_t>(random() % (wanted.bits() + 1U));
      const net::Prefix* longest = nullptr;
      for (const net::Prefix& one : all) {
        if (one.length() <= most && one.contains(wanted) &&
            (longest == nullptr || longest->length() < one.length())) {
          longest = &one;
        }
      }
      const DestinationId found = table.longest_match(wanted, most);
      REQUIRE((found == kNoDestination) == (longest == nullptr));
      if (longest != nullptr) {
        REQUIRE(table.prefix(found) == *longest);
      }
    }
    REQUIRE(table.longest_match(
                net::IpAddress::any(afi == net::Afi::Ipv4 ? net::Afi::Ipv6 : net::Afi::Ipv4), 32) ==
            kNoDestination);
  }
}

TEST_CASE("Emptied chunks of a slab are given back and taken again") {
  Slab slab(24, 1000000);
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 50000; ++i) {
    ids.push_back(slab.allocate());
  }
  const std::size_t full = slab.memory();
  for (const std::uint32_t id : ids) {
    slab.free(id);
  }
  REQUIRE(slab.size() == 0);
  REQUIRE(slab.memory() < full / 4);
  std::vector<bool> taken(60000);
  for (int i = 0; i < 50000; ++i) {
    const std::uint32_t id = slab.allocate();
    REQUIRE(id < taken.size());
    REQUIRE_FALSE(taken[id]);
    taken[id] = true;
    REQUIRE(slab.backed(id));
  }
}

TEST_CASE("A slab gives out no more slots than its limit") {
  Slab slab(8, 10);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(slab.allocate() != kNoSlot);
  }
  REQUIRE(slab.allocate() == kNoSlot);
  slab.free(3);
  REQUIRE(slab.allocate() == 3);
}
