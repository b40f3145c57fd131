#include "net/address.hpp"

#include "tests/unit/catch.hpp"

using pipit::net::Endpoint;
using pipit::net::IpAddress;
using pipit::net::Prefix;
using pipit::net::ScopedAddress;

TEST_CASE("Prefix: host bits are masked off, so equal prefixes compare equal") {
  CHECK(Prefix::parse("10.1.2.3/8")->to_string() == "10.0.0.0/8");
  CHECK(Prefix::parse("10.1.2.3/31")->to_string() == "10.1.2.2/31");
  CHECK(Prefix::parse("2001:db8:ffff::1/33")->to_string() == "2001:db8:8000::/33");
  CHECK(*Prefix::parse("0.0.0.0/0") == Prefix{});
  CHECK(Prefix::parse("10.0.0.1")->to_string() == "10.0.0.1/32");
  CHECK(Prefix::parse("::1")->length() == 128);
}

TEST_CASE("Prefix: text that is not a prefix is refused") {
  for (const char* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/8x",
                           "10.0.0.0/-1", "x", "10.0.0.0/ 8"}) {
    INFO(text);
    CHECK_FALSE(Prefix::parse(text));
  }
}

TEST_CASE("Prefix: contains addresses and longer prefixes of its own family only") {
  const Prefix block = *Prefix::parse("10.244.0.0/16");
  CHECK(block.contains(*IpAddress::parse("10.244.255.1")));
  CHECK_FALSE(block.contains(*IpAddress::parse("10.245.0.1")));
  CHECK_FALSE(block.contains(*IpAddress::parse("::")));
  CHECK(block.contains(block));
  CHECK(block.contains(*Prefix::parse("10.244.7.0/24")));
  CHECK_FALSE(block.contains(*Prefix::parse("10.0.0.0/8")));
  CHECK(Prefix::parse("::/0")->contains(*IpAddress::parse("ff02::1")));
}

TEST_CASE("IpAddress: classes of addresses") {
  CHECK(IpAddress::parse("127.1.2.3")->is_loopback());
  CHECK(IpAddress::parse("::1")->is_loopback());
  CHECK(IpAddress::parse("224.0.0.1")->is_multicast());
  CHECK(IpAddress::parse("ff02::1")->is_multicast());
  CHECK(IpAddress::parse("fe80::1")->is_link_local());
  CHECK_FALSE(IpAddress::parse("fec0::1")->is_link_local());
  CHECK(IpAddress{}.is_unspecified());
  CHECK(IpAddress::v4(0xc0000201).to_string() == "192.0.2.1");
  CHECK(*IpAddress::parse("255.255.255.255") < *IpAddress::parse("::"));
}

TEST_CASE("ScopedAddress: an interface belongs to a link-local address only") {
  CHECK(ScopedAddress::parse("fe80::1%eth0")->interface == "eth0");
  CHECK(ScopedAddress::parse("fe80::1%eth0")->to_string() == "fe80::1%eth0");
  CHECK(ScopedAddress::parse("192.0.2.1")->interface.empty());
  CHECK_FALSE(ScopedAddress::parse("192.0.2.1%eth0"));
  CHECK_FALSE(ScopedAddress::parse("fe80::1%"));
}

TEST_CASE("Endpoint: address and port in both notations") {
  CHECK(Endpoint::parse("0.0.0.0:179")->to_string() == "0.0.0.0:179");
  CHECK(Endpoint::parse("[::]:1790")->to_string() == "[::]:1790");
  CHECK(Endpoint::parse("[fe80::1%eth0]:179")->host.interface == "eth0");
  for (const char* text : {"::1:179", "192.0.2.1", "192.0.2.1:65536", "[::1]", "192.0.2.1:"}) {
    INFO(text);
    CHECK_FALSE(Endpoint::parse(text));
  }
}
