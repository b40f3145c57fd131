// One route in what waits to be written.
#include "bgp/session/queued_route.hpp"

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/update.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::bgp;

namespace {

net::Prefix prefix(const char* text) {
  return *net::Prefix::parse(text);
}

std::vector<Nlri> nlri(std::initializer_list<const char*> prefixes) {
  std::vector<Nlri> list;
  for (const char* one : prefixes) {
    list.push_back({.prefix = prefix(one)});
  }
  return list;
}

net::Slice announce(std::initializer_list<const char*> prefixes) {
  const auto list = nlri(prefixes);
  PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(list.front().prefix.afi());
  net::Bytes octets;
  REQUIRE(encode_announcements(attributes.view(), list.front().prefix.family(), list, {}, octets));
  return net::Slice::whole(std::move(octets));
}

net::Slice withdraw(std::initializer_list<const char*> prefixes) {
  const auto list = nlri(prefixes);
  net::Bytes octets;
  encode_withdrawals(list.front().prefix.family(), list, {}, octets);
  return net::Slice::whole(std::move(octets));
}

}  // namespace

TEST_CASE("A route is found in the queue until the socket has taken the whole message") {
  WriteQueue queue;
  CHECK(find_queued(queue, prefix("10.1.0.0/16")) == QueuedRoute::None);
  const net::Slice first = announce({"10.0.0.0/16", "10.1.0.0/16"});
  queue.push(first);
  queue.push(announce({"2001:db8::/32", "2001:db8:1::/48"}));
  CHECK(find_queued(queue, prefix("10.1.0.0/16")) == QueuedRoute::Announced);
  CHECK(find_queued(queue, prefix("2001:db8:1::/48")) == QueuedRoute::Announced);
  CHECK(find_queued(queue, prefix("10.1.0.0/17")) == QueuedRoute::None);
  CHECK(find_queued(queue, prefix("10.2.0.0/16")) == QueuedRoute::None);
  CHECK(find_queued(queue, prefix("0.0.0.0/0")) == QueuedRoute::None);
  queue.consume(first.length - 1);
  CHECK(find_queued(queue, prefix("10.1.0.0/16")) == QueuedRoute::Announced);
  queue.consume(1);
  CHECK(find_queued(queue, prefix("10.1.0.0/16")) == QueuedRoute::None);
  CHECK(find_queued(queue, prefix("2001:db8::/32")) == QueuedRoute::Announced);
}

TEST_CASE("The last message about a route counts, also inside of one slice") {
  WriteQueue queue;
  queue.push(announce({"10.1.0.0/16"}));
  queue.push(withdraw({"10.1.0.0/16", "10.3.0.0/16"}));
  CHECK(find_queued(queue, prefix("10.1.0.0/16")) == QueuedRoute::Withdrawn);
  net::Bytes both;
  for (const net::Slice& slice : {withdraw({"10.1.0.0/16"}), announce({"10.1.0.0/16"})}) {
    const net::ByteView view = slice.view();
    both.insert(both.end(), view.begin(), view.end());
  }
  queue.push(net::Slice::whole(std::move(both)));
  CHECK(find_queued(queue, prefix("10.1.0.0/16")) == QueuedRoute::Announced);
  CHECK(find_queued(queue, prefix("10.3.0.0/16")) == QueuedRoute::Withdrawn);
  queue.push(withdraw({"2001:db8::/32"}));
  CHECK(find_queued(queue, prefix("2001:db8::/32")) == QueuedRoute::Withdrawn);
}

TEST_CASE("Octets that look like the prefix and are none are not taken for it") {
  WriteQueue queue;
  // 16 10 1 is MED 0x00100a01's end, and the end of 10.16.10.0/24 and the begin of the next one.
  PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(net::Afi::Ipv4);
  attributes.med = 0x00100a01;
  const auto list = nlri({"10.16.10.0/24"});
  net::Bytes octets;
  REQUIRE(encode_announcements(attributes.view(), net::kIpv4Unicast, list, {}, octets));
  queue.push(net::Slice::whole(std::move(octets)));
  CHECK(find_queued(queue, prefix("10.1.0.0/16")) == QueuedRoute::None);
  CHECK(find_queued(queue, prefix("10.16.10.0/24")) == QueuedRoute::Announced);
}
