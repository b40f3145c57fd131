#include "kernel/netlink/message.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "kernel/netlink/interface_address.hpp"
#include "kernel/netlink/link.hpp"
#include "kernel/netlink/route_message.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::kernel;

namespace {

net::IpAddress address(const char* text) {
  return net::IpAddress::parse(text).value();
}

std::vector<Route> samples() {
  const RouteKey four{net::Prefix::parse("10.1.0.0/16").value(), 0, 254, 32};
  const RouteKey six{net::Prefix::parse("2001:db8::/32").value(), 0, 1000, 7};
  const RouteKey all{net::Prefix::parse("0.0.0.0/0").value(), 0, 254, 0};
  const Hop a{.gateway = address("192.0.2.1"), .interface_index = 3};
  const Hop b{.gateway = address("192.0.2.2"), .interface_index = 4, .onlink = true};
  const Hop heavy{.gateway = address("192.0.2.3"), .interface_index = 4, .weight = 256};
  const Hop c{.gateway = address("fe80::1"), .interface_index = 5};
  const Hop direct{.interface_index = 6};
  return {
      {four, {.protocol = 186, .hops = {a}}},
      {four, {.protocol = 186, .preferred_source = address("192.0.2.9"), .hops = {b}}},
      {four, {.protocol = 186, .hops = {a, b, c, heavy}}},
      {four, {.protocol = 4, .hops = {c}}},
      {four, {.protocol = 4, .scope = RT_SCOPE_LINK, .hops = {direct}}},
      {four, {.type = RouteType::Blackhole, .protocol = 80}},
      {all, {.type = RouteType::Unreachable, .protocol = 80}},
      {six, {.protocol = 186, .hops = {c}}},
      {six, {.type = RouteType::Prohibit, .protocol = 186}},
  };
}

net::Bytes payload_of(const Route& route) {
  MessageBatch batch(4096);
  REQUIRE(put_new_route(batch, route, NLM_F_CREATE, 9));
  MessageReader reader(batch.octets());
  const auto message = reader.next();
  REQUIRE(message);
  return {message->payload.begin(), message->payload.end()};
}

}  // namespace

TEST_CASE("Route messages: what is built is read back the same", "[kernel]") {
  for (const Route& route : samples()) {
    const net::Bytes payload = payload_of(route);
    Route read;
    REQUIRE(parse_route(payload, {}, read) == ParsedRoute::Ok);
    CHECK(to_string(read) == to_string(route));
    CHECK(read == route);
  }
}

TEST_CASE("Route messages: a request has exactly the octets that the kernel defines", "[kernel]") {
  MessageBatch batch(256);
  const Route route{
      {net::Prefix::parse("10.0.0.0/8").value(), 0, 254, 32},
      {.protocol = 186, .hops = {{.gateway = address("192.0.2.1"), .interface_index = 2}}}};
  REQUIRE(put_new_route(batch, route, NLM_F_CREATE | NLM_F_REPLACE, 7));
  const net::Bytes expected{
      68, 0, 0,  0, 24,  0,   1, 5, 7, 0, 0, 0, 0, 0, 0, 0,  // RTM_NEWROUTE
      2,  8, 0,  0, 254, 186, 0, 1, 0, 0, 0, 0,              // rtmsg
      8,  0, 1,  0, 10,  0,   0, 0,                          // RTA_DST
      8,  0, 15, 0, 254, 0,   0, 0,                          // RTA_TABLE
      8,  0, 6,  0, 32,  0,   0, 0,                          // RTA_PRIORITY
      8,  0, 4,  0, 2,   0,   0, 0,                          // RTA_OIF
      8,  0, 5,  0, 192, 0,   2, 1,                          // RTA_GATEWAY
  };
  CHECK(net::Bytes(batch.octets().begin(), batch.octets().end()) == expected);
}

TEST_CASE("Route messages: a batch that is full stays as it was", "[kernel]") {
  MessageBatch batch(150);
  const Route route = samples().front();
  REQUIRE(put_new_route(batch, route, NLM_F_CREATE, 1));
  REQUIRE(put_new_route(batch, route, NLM_F_CREATE, 2));
  const std::size_t before = batch.octets().size();
  CHECK_FALSE(put_new_route(batch, route, NLM_F_CREATE, 3));
  CHECK_FALSE(put_new_route(batch, samples()[2], NLM_F_CREATE, 3));
  CHECK(batch.octets().size() == before);
}

TEST_CASE("Route messages: tables, types and families of no interest are skipped", "[kernel]") {
  const Route route = samples().front();
  net::Bytes payload = payload_of(route);
  Route read;
  const std::vector<std::uint32_t> others{100};
  CHECK(parse_route(payload, others, read) == ParsedRoute::Skipped);
  net::Bytes local = payload;
  local[7] = RTN_LOCAL;
  CHECK(parse_route(local, {}, read) == ParsedRoute::Skipped);
  net::Bytes mpls = payload;
  mpls[0] = 28;
  CHECK(parse_route(mpls, {}, read) == ParsedRoute::Skipped);
}

TEST_CASE("Route messages: wrong lengths are refused", "[kernel]") {
  Route read;
  CHECK(parse_route({}, {}, read) == ParsedRoute::Malformed);
  net::Bytes payload = payload_of(samples().front());
  payload[1] = 33;  // an IPv4 prefix length that cannot be
  CHECK(parse_route(payload, {}, read) == ParsedRoute::Malformed);
  payload = payload_of(samples()[2]);
  const net::Bytes nest_type{RTA_MULTIPATH, 0x80};
  const auto nest = std::search(payload.begin(), payload.end(), nest_type.begin(), nest_type.end());
  REQUIRE(nest != payload.end());
  *(nest + 2) = 7;  // the first leg is shorter than its own header
  CHECK(parse_route(payload, {}, read) == ParsedRoute::Malformed);
  *(nest + 2) = 255;  // and longer than all of them
  *(nest + 3) = 255;
  CHECK(parse_route(payload, {}, read) == ParsedRoute::Malformed);
}

TEST_CASE("Netlink messages: mutated ones never lead past their end", "[kernel]") {
  std::mt19937 random(20261123);
  std::vector<net::Bytes> seeds;
  for (const Route& route : samples()) {
    seeds.push_back(payload_of(route));
  }
  for (int i = 0; i < 200'000; ++i) {
    // Exactly sized, so that the sanitizer sees one octet too many.
    net::Bytes payload = seeds[random() % seeds.size()];
    for (unsigned n = random() % 4; n > 0; --n) {
      payload[random() % payload.size()] = static_cast<std::uint8_t>(random());
    }
    payload.resize(random() % 8 == 0 ? random() % (payload.size() + 1) : payload.size());
    payload.shrink_to_fit();
    Route route;
    if (parse_route(payload, {}, route) == ParsedRoute::Ok) {
      CHECK(route.key.prefix.length() <= route.key.prefix.address().bits());
    }
    parse_link(payload);
    parse_interface_address(payload);
    parse_acknowledgement({.type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS, .payload = payload});
    MessageReader reader(payload);
    while (reader.next()) {
    }
  }
}

TEST_CASE("Netlink messages: an error is read with the kernel's own words", "[kernel]") {
  net::Bytes payload(4 + 16 + 4 + 8, 0);
  const std::int32_t code = -EINVAL;
  std::memcpy(payload.data(), &code, sizeof code);
  payload[4] = 16;
  payload[4 + 8] = 77;  // sequence
  payload[20] = 12;     // attribute of 4 + 8 octets
  payload[22] = 1;      // NLMSGERR_ATTR_MSG
  std::memcpy(payload.data() + 24, "no way", 7);
  const auto answer = parse_acknowledgement(
      {.type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS | NLM_F_CAPPED, .payload = payload});
  REQUIRE(answer);
  CHECK(answer->error == EINVAL);
  CHECK(answer->sequence == 77);
  CHECK(answer->text == "no way");
}
