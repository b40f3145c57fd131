#include "kernel/netlink/read_ahead.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "kernel/monitor/dump_plan.hpp"
#include "kernel/netlink/message.hpp"
#include "kernel/netlink/route_message.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/lab.hpp"

using namespace pipit;
using namespace pipit::kernel;
using namespace pipit::kernel::test;
using Received = NetlinkSocket::Received;

namespace {

constexpr int kRoutes = 40'000;  // more than a ring of steps holds
constexpr std::uint32_t kSequence = 7;

void make_routes() {
  ip_batch(kRoutes, [](int i) {
    return fmt::format("route add blackhole 10.{}.{}.{}/32 proto static", i >> 16, i >> 8 & 255,
                       i & 255);
  });
}

net::Bytes dump_request() {
  MessageBatch batch(256);
  put_dump(batch, {DumpKind::Routes, {.afi = net::Afi::Ipv4, .table = 254}}, kSequence);
  return {batch.octets().begin(), batch.octets().end()};
}

NetlinkSocket open_socket(int receive_buffer) {
  const std::array<unsigned, 1> groups{RTNLGRP_IPV4_ROUTE};
  auto socket = NetlinkSocket::open(groups, receive_buffer);
  REQUIRE(socket);
  return std::move(*socket);
}

/// What one reader took in, up to Empty or Failed.
struct Taken {
  std::vector<net::Prefix> dumped;
  std::vector<net::Prefix> told;  // by notifications
  bool done = false;              // NLMSG_DONE was there
  int losses = 0;
  std::optional<Received> last;

  void take(ReadAhead& ahead) {
    while ((!last || (*last != Received::Empty && *last != Received::Failed))) {
      const auto received = ahead.receive();
      if (!received) {
        return;
      }
      last = received;
      losses += received == Received::Lost ? 1 : 0;
      for (const net::ByteView datagram : ahead.datagrams()) {
        take(datagram);
      }
    }
  }

  void take(net::ByteView datagram) {
    MessageReader reader(datagram);
    Route route;
    while (const auto message = reader.next()) {
      done = done || message->type == NLMSG_DONE;
      if (message->type == RTM_NEWROUTE &&
          parse_route(message->payload, {}, route) == ParsedRoute::Ok) {
        (message->sequence == kSequence ? dumped : told).push_back(route.key.prefix);
      }
    }
  }
};

/// One handler after the other until the condition holds. False: not within 20 s.
bool run_until(boost::asio::io_context& context, const std::function<bool()>& condition) {
  const auto end = net::Clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (net::Clock::now() > end) {
      return false;
    }
    context.run_one_for(std::chrono::milliseconds(50));
  }
  return true;
}

}  // namespace

TEST_CASE("ReadAhead: gives a whole dump in the kernel's order, however late it is taken",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_routes();
  boost::asio::io_context context;
  NetlinkSocket socket = open_socket(1 << 20);
  Taken taken;
  ReadAhead ahead(context, socket, dump_request(), [&] { taken.take(ahead); });
  std::vector<net::Prefix> told;
  SECTION("at once") {}
  SECTION("with notifications in between") {
    // Nothing is taken until both are done: the thread waits for room.
    for (const char* const prefix : {"172.17.0.0/16", "172.16.0.0/16"}) {
      sh(fmt::format("ip route add blackhole {}", prefix));
      told.push_back(net::Prefix::parse(prefix).value());
    }
  }
  REQUIRE(run_until(context, [&] { return taken.last == Received::Empty; }));
  CHECK(ahead.error() == 0);
  CHECK(taken.done);
  CHECK(taken.losses == 0);
  const std::set<net::Prefix> distinct(taken.dumped.begin(), taken.dumped.end());
  CHECK(distinct.size() == taken.dumped.size());
  CHECK(distinct.size() >= kRoutes);
  CHECK(std::ranges::is_sorted(taken.dumped));
  CHECK(taken.told == told);
}

TEST_CASE("ReadAhead: ends in the middle of a dump, and no call comes afterwards",
          "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  make_routes();
  boost::asio::io_context context;
  NetlinkSocket socket = open_socket(1 << 20);
  int calls = 0;
  {
    ReadAhead ahead(context, socket, dump_request(), [&] { ++calls; });
    REQUIRE(run_until(context, [&] { return calls != 0; }));
    REQUIRE(ahead.receive() == Received::Data);
  }
  calls = 0;
  context.run();
  CHECK(calls == 0);
}

TEST_CASE("ReadAhead: tells of a loss where it happened", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  NetlinkSocket socket = open_socket(4096);
  make_routes();  // far more notifications than there is room for
  boost::asio::io_context context;
  Taken taken;
  ReadAhead ahead(context, socket, dump_request(), [&] { taken.take(ahead); });
  REQUIRE(run_until(context, [&] { return taken.last == Received::Empty; }));
  CHECK(taken.losses != 0);
}

TEST_CASE("ReadAhead: says which error a request met that could not be sent", "[kernel][netns]") {
  if (!enter_namespace()) {
    return;
  }
  boost::asio::io_context context;
  NetlinkSocket socket = open_socket(1 << 20);
  Taken taken;
  const net::Bytes too_long(std::size_t{8} << 20);
  ReadAhead ahead(context, socket, too_long, [&] { taken.take(ahead); });
  REQUIRE(run_until(context, [&] { return taken.last.has_value(); }));
  CHECK(taken.last == Received::Empty);
  CHECK(ahead.error() == EMSGSIZE);
}
