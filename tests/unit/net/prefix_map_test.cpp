#include "net/prefix_map.hpp"

#include <map>
#include <random>

#include "tests/unit/catch.hpp"

using namespace pipit;

TEST_CASE("A prefix map agrees with a sorted map under random changes") {
  std::mt19937 random(41);
  net::PrefixMap<int> map(1);
  std::map<net::Prefix, int> model;
  for (int i = 0; i < 40'000; ++i) {
    const auto bits = static_cast<std::uint8_t>(8 + random() % 25);
    net::Prefix prefix(net::IpAddress::v4(static_cast<std::uint32_t>(random() % 4096 << 20)), bits);
    if (random() % 3 == 0) {
      std::array<std::uint8_t, 16> octets{0x20, 0x01, static_cast<std::uint8_t>(random() % 64)};
      prefix = {net::IpAddress::v6(octets), bits};
    }
    const auto known = model.find(prefix);
    const int* const found = map.find(prefix);
    REQUIRE((found != nullptr) == (known != model.end()));
    REQUIRE((found == nullptr || *found == known->second));
    if (random() % 100 < (i % 10'000 < 5'000 ? 70U : 30U)) {
      const auto [value, made] = map.try_emplace(prefix);
      REQUIRE(made == (known == model.end()));
      value = i;
      model[prefix] = i;
    } else {
      REQUIRE(map.erase(prefix) == (model.erase(prefix) == 1));
    }
    REQUIRE(map.size() == model.size());
  }
  std::map<net::Prefix, int> walked;
  std::as_const(map).for_each(
      [&](const net::Prefix& prefix, int value) { walked.emplace(prefix, value); });
  CHECK(walked == model);
  walked.clear();
  std::size_t position = 0;
  while (std::as_const(map).walk(
      position, 7, [&](const net::Prefix& prefix, int value) { walked.emplace(prefix, value); })) {
  }
  CHECK(walked == model);
}

TEST_CASE("Values of a prefix map stay where they are while it grows") {
  net::PrefixMap<int> map(1);
  int& first = map.try_emplace(*net::Prefix::parse("10.0.0.0/8")).first;
  first = 7;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    map.try_emplace(net::Prefix::host(net::IpAddress::v4(i)));
  }
  CHECK(map.find(*net::Prefix::parse("10.0.0.0/8")) == &first);
  CHECK(first == 7);
}
