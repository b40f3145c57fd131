// One route in what waits to be written.
#include "bgp/session/queued_route.hpp"

#include <algorithm>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/nlri_fields.hpp"
#include "bgp/wire/update.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/queued.hpp"

using namespace pipit;
using namespace pipit::bgp;

namespace {

net::Slice withdraw(std::initializer_list<const char*> prefixes) {
  const auto list = nlri(prefixes);
  net::Bytes octets;
  encode_withdrawals(family_of(list), list, {}, octets);
  return net::Slice::whole(std::move(octets));
}

}  // namespace

TEST_CASE("A route is found in the queue until the socket has taken the whole message") {
  WriteQueue queue;
  CHECK(find_queued(queue, route("10.1.0.0/16")) == QueuedRoute::None);
  const net::Slice first = announce({"10.0.0.0/16", "10.1.0.0/16"});
  queue.push(first);
  queue.push(announce({"2001:db8::/32", "2001:db8:1::/48"}));
  CHECK(find_queued(queue, route("10.1.0.0/16")) == QueuedRoute::Announced);
  CHECK(find_queued(queue, route("2001:db8:1::/48")) == QueuedRoute::Announced);
  CHECK(find_queued(queue, route("10.1.0.0/17")) == QueuedRoute::None);
  CHECK(find_queued(queue, route("10.2.0.0/16")) == QueuedRoute::None);
  CHECK(find_queued(queue, route("0.0.0.0/0")) == QueuedRoute::None);
  queue.consume(first.length - 1);
  CHECK(find_queued(queue, route("10.1.0.0/16")) == QueuedRoute::Announced);
  queue.consume(1);
  CHECK(find_queued(queue, route("10.1.0.0/16")) == QueuedRoute::None);
  CHECK(find_queued(queue, route("2001:db8::/32")) == QueuedRoute::Announced);
}

TEST_CASE("The last message about a route counts, also inside of one slice") {
  WriteQueue queue;
  queue.push(announce({"10.1.0.0/16"}));
  queue.push(withdraw({"10.1.0.0/16", "10.3.0.0/16"}));
  CHECK(find_queued(queue, route("10.1.0.0/16")) == QueuedRoute::Withdrawn);
  net::Bytes both;
  for (const net::Slice& slice : {withdraw({"10.1.0.0/16"}), announce({"10.1.0.0/16"})}) {
    const net::ByteView view = slice.view();
    both.insert(both.end(), view.begin(), view.end());
  }
  queue.push(net::Slice::whole(std::move(both)));
  CHECK(find_queued(queue, route("10.1.0.0/16")) == QueuedRoute::Announced);
  CHECK(find_queued(queue, route("10.3.0.0/16")) == QueuedRoute::Withdrawn);
  queue.push(withdraw({"2001:db8::/32"}));
  CHECK(find_queued(queue, route("2001:db8::/32")) == QueuedRoute::Withdrawn);
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
  CHECK(find_queued(queue, route("10.1.0.0/16")) == QueuedRoute::None);
  CHECK(find_queued(queue, route("10.16.10.0/24")) == QueuedRoute::Announced);
}

TEST_CASE("A VPN route is found by its key, whatever its label", "[vpn]") {
  NlriList list;
  for (const char* const key : {"65000:1:10.1.0.0/16", "65000:2:10.2.0.0/16"}) {
    const net::RouteKey one = route(key);
    list.push_back({.prefix = one.prefix}, {one.distinguisher, 16});
  }
  PathAttributes attributes;
  attributes.next_hop = *net::IpAddress::parse("192.0.2.1");
  net::Bytes octets;
  REQUIRE(encode_announcements(attributes.view(), net::kIpv4Vpn, list, {}, octets));
  WriteQueue queue;
  queue.push(net::Slice::whole(net::Bytes(octets)));
  CHECK(find_queued(queue, route("65000:1:10.1.0.0/16")) == QueuedRoute::Announced);
  CHECK(find_queued(queue, route("65000:2:10.1.0.0/16")) == QueuedRoute::None);
  CHECK(find_queued(queue, route("65000:1:10.1.0.0/17")) == QueuedRoute::None);
  CHECK(find_queued(queue, route("10.1.0.0/16")) == QueuedRoute::None);
  octets.clear();
  encode_withdrawals(net::kIpv4Vpn, NlriView(list).first(1), {}, octets);
  queue.push(net::Slice::whole(std::move(octets)));
  CHECK(find_queued(queue, route("65000:1:10.1.0.0/16")) == QueuedRoute::Withdrawn);
  CHECK(find_queued(queue, route("65000:2:10.2.0.0/16")) == QueuedRoute::Announced);
}

TEST_CASE("What is taken back of a queue is the newest, down to what must be written") {
  WriteQueue queue;
  net::Bytes keepalive;
  encode_keepalive(keepalive);
  const auto keep = [&] { queue.push(net::Slice::whole(net::Bytes(keepalive))); };
  const net::Slice first = announce({"10.0.0.0/16"});
  net::Bytes two(*first.buffer);
  const net::Slice second = withdraw({"10.1.0.0/16"});
  two.insert(two.end(), second.buffer->begin(), second.buffer->end());
  queue.push(net::Slice::whole(std::move(two)));
  keep();
  queue.push(announce({"2001:db8::/32"}));
  keep();
  const std::size_t all = queue.octets();
  queue.consume(1);  // of the first message

  const auto newest = queue.take_back();
  REQUIRE(newest);
  CHECK(nlri_fields(newest->view()).front().family == net::kIpv6Unicast);
  CHECK(queue.octets() == all - 1 - newest->length);
  const auto rest = queue.take_back();
  REQUIRE(rest);
  CHECK(std::ranges::equal(rest->view(), second.view()));
  CHECK_FALSE(queue.take_back());
  CHECK(queue.octets() == first.length - 1 + 2 * keepalive.size());
  WriteQueue::Gathered views;
  const auto left = queue.gather(views);
  REQUIRE(left.size() == 3);
  CHECK(std::ranges::equal(left[0], first.view().subspan(1)));
  CHECK(std::ranges::equal(left[2], keepalive));
}

TEST_CASE("Nothing is taken back from before an End-of-RIB marker") {
  WriteQueue queue;
  CHECK_FALSE(queue.take_back());
  for (const net::Family family : net::kFamilies) {
    queue.clear();
    queue.push(announce({"10.0.0.0/16"}));
    net::Bytes marker;
    encode_end_of_rib(family, marker);
    queue.push(net::Slice::whole(std::move(marker)));
    CHECK_FALSE(queue.take_back());
    queue.push(announce({"10.1.0.0/16"}));
    CHECK(queue.take_back());
    CHECK_FALSE(queue.take_back());
  }
}
