// The list of prefixes that nobody should announce, against IANA's registries.
#include <algorithm>
#include <array>

#include "config/load.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;

namespace {

/// The registries of special-purpose addresses, and parts of them.
constexpr std::array<const char*, 41> kBogons{"0.0.0.0/8",
                                              "10.0.0.0/8",
                                              "10.1.2.0/24",
                                              "100.64.0.0/10",
                                              "100.127.255.0/24",
                                              "127.0.0.1/32",
                                              "169.254.0.0/16",
                                              "172.16.0.0/12",
                                              "172.31.0.0/16",
                                              "192.0.0.0/24",
                                              "192.0.2.0/24",
                                              "192.88.99.0/24",
                                              "192.168.7.0/24",
                                              "198.18.0.0/15",
                                              "198.19.5.0/24",
                                              "198.51.100.0/25",
                                              "203.0.113.0/24",
                                              "224.0.0.0/4",
                                              "239.1.1.0/24",
                                              "240.0.0.0/4",
                                              "255.255.255.255/32",
                                              "::/8",
                                              "::/128",
                                              "::1/128",
                                              "::ffff:192.0.2.0/120",
                                              "64:ff9b::/97",
                                              "64:ff9b:1::/48",
                                              "100::/64",
                                              "2001::/23",
                                              "2001:2::/48",
                                              "2001:10::/28",
                                              "2001:db8:1::/48",
                                              "2002:c000:204::/48",
                                              "3ffe::/16",
                                              "3fff::/20",
                                              "5f00::/16",
                                              "fc00::/7",
                                              "fd12:3456::/32",
                                              "fe80::/64",
                                              "fec0::/10",
                                              "ff02::/16"};

/// What lies beside them, and what may be announced although the registries name it.
constexpr std::array<const char*, 27> kRouted{"0.0.0.0/0",
                                              "1.0.0.0/8",
                                              "11.0.0.0/8",
                                              "100.0.0.0/10",
                                              "100.128.0.0/9",
                                              "128.0.0.0/16",
                                              "172.15.0.0/16",
                                              "172.32.0.0/11",
                                              "192.0.1.0/24",
                                              "192.31.196.0/24",
                                              "192.52.193.0/24",
                                              "192.175.48.0/24",
                                              "198.17.0.0/16",
                                              "198.20.0.0/16",
                                              "203.0.112.0/24",
                                              "223.255.255.0/24",
                                              "::/0",
                                              "64:ff9b::/96",
                                              "2001:3::/32",
                                              "2001:4:112::/48",
                                              "2001:20::/28",
                                              "2001:200::/32",
                                              "2001:4860::/32",
                                              "2003::/19",
                                              "2620:4f:8000::/48",
                                              "2a00::/12",
                                              "2c00::/12"};

}  // namespace

TEST_CASE("bogons.txt is the registries' special-purpose prefixes, and nothing that is routed") {
  const auto loaded =
      config::load_text("router: {asn: 64512}\nsets: {prefixes: {b: {file: bogons.txt}}}\n",
                        PIPIT_SOURCE_ROOT "/packaging/examples/test.yaml");
  REQUIRE(loaded);
  const auto holds = [&](const char* text) {
    const net::Prefix prefix = *net::Prefix::parse(text);
    const auto& ranges = loaded->config.policies.sets.prefixes.at("b").ranges;
    return std::any_of(ranges.begin(), ranges.end(), [&](const policy::PrefixRange& range) {
      return range.prefix.contains(prefix) && prefix.length() >= range.min_length &&
             prefix.length() <= range.max_length;
    });
  };
  for (const char* bogon : kBogons) {
    INFO(bogon);
    CHECK(holds(bogon));
  }
  for (const char* routed : kRouted) {
    INFO(routed);
    CHECK_FALSE(holds(routed));
  }
}

TEST_CASE("full.yaml has the AS numbers that no path of the global table has") {
  const auto loaded = config::load(PIPIT_SOURCE_ROOT "/packaging/examples/full.yaml");
  REQUIRE(loaded);
  const auto holds = [&](std::uint32_t asn) {
    const auto& ranges = loaded->config.policies.sets.as_numbers.at("bogon-asns");
    return std::any_of(ranges.begin(), ranges.end(), [&](const policy::NumberRange& range) {
      return asn >= range.low && asn <= range.high;
    });
  };
  for (const std::uint32_t bogon :
       {0U, 23456U, 64496U, 64511U, 64512U, 65534U, 65535U, 65536U, 65551U, 65552U, 131071U,
        4200000000U, 4294967294U, 4294967295U}) {
    INFO(bogon);
    CHECK(holds(bogon));
  }
  for (const std::uint32_t routed : {1U, 23455U, 23457U, 64495U, 131072U, 4199999999U}) {
    INFO(routed);
    CHECK_FALSE(holds(routed));
  }
}
