// Keys of routes and Route Distinguishers as text, both ways.
#include "net/route_key.hpp"

#include "tests/unit/catch.hpp"

using namespace pipit::net;

TEST_CASE("A Route Distinguisher of each type reads back", "[net][vpn]") {
  for (const char* const text :
       {"0:0", "65000:1", "65535:4294967295", "192.0.2.1:65535", "0.65000:1", "65536:7",
        "4294967295:65535", "0x0003000000000001", "0xffffffffffffffff"}) {
    CAPTURE(text);
    const auto rd = RouteDistinguisher::parse(text);
    REQUIRE(rd);
    CHECK(rd->to_string() == text);
  }
  using Octets = std::array<std::uint8_t, 8>;
  CHECK(RouteDistinguisher::parse("65000:1")->octets == Octets{0, 0, 0xfd, 0xe8, 0, 0, 0, 1});
  CHECK(RouteDistinguisher::parse("192.0.2.1:258")->octets == Octets{0, 1, 192, 0, 2, 1, 1, 2});
  CHECK(RouteDistinguisher::parse("65536:258")->octets == Octets{0, 2, 0, 1, 0, 0, 1, 2});
  CHECK(RouteDistinguisher::parse("1.0:258") == RouteDistinguisher::parse("65536:258"));
}

TEST_CASE("What is no Route Distinguisher is refused", "[net][vpn]") {
  for (const char* const text :
       {"", ":", "1", "1:", ":1", "65000:4294967296", "65536:65536", "192.0.2.1:65536",
        "4294967296:1", "1.2.3:4", "0x0003", "0x00030000000000011", "a:b", "1:2:3", "-1:2"}) {
    CAPTURE(text);
    CHECK_FALSE(RouteDistinguisher::parse(text));
  }
}

TEST_CASE("Keys read back as what they were", "[net][vpn]") {
  for (const char* const text :
       {"10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "65000:1:10.0.0.0/24", "192.0.2.1:7:0.0.0.0/0",
        "0x0003000000000001:10.0.0.1/32", "65000:1:[2001:db8::]/32", "100:1:[2001:db8::1]/128",
        "0.65000:1:[::]/0"}) {
    CAPTURE(text);
    const auto key = RouteKey::parse(text);
    REQUIRE(key);
    CHECK(key->to_string() == text);
    CHECK(RouteKey::parse(key->to_string()) == key);
  }
  CHECK(RouteKey::parse("10.0.0.1")->family == kIpv4Unicast);
  CHECK(RouteKey::parse("65000:1:10.0.0.1")->prefix == Prefix::parse("10.0.0.1/32"));
  CHECK(RouteKey::parse("65000:1:10.0.0.0/24")->family == kIpv4Vpn);
  // Without brackets where the whole is no IPv6 prefix; the host bits go.
  CHECK(RouteKey::parse("65000:1:2001:db8::1/32") == RouteKey::parse("65000:1:[2001:db8::]/32"));
  CHECK(RouteKey::parse("65000:1:[2001:db8::]/32")->family == kIpv6Vpn);
  CHECK(RouteKey::parse("100:1:2001:db8::/32")->family == kIpv6Unicast);
  for (const char* const text : {"", "65000:1", "65000:1:", "65000:1:[10.0.0.0]/8", "1:2:3:4",
                                 "65000:1:[2001:db8::/32", "65000:1:10.0.0.0/33"}) {
    CAPTURE(text);
    CHECK_FALSE(RouteKey::parse(text));
  }
}

TEST_CASE("An IPv4-mapped address stands for the IPv4 one, and no other does", "[net][vpn]") {
  CHECK(IpAddress::parse("::ffff:192.0.2.1")->unmapped() == IpAddress::parse("192.0.2.1"));
  CHECK(IpAddress::parse("::192.0.2.1")->unmapped() == IpAddress::parse("::192.0.2.1"));
  CHECK(IpAddress::parse("192.0.2.1")->unmapped() == IpAddress::parse("192.0.2.1"));
}
