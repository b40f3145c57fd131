// Collision detection as a pure decision, and the write queue.
#include "bgp/session/collision.hpp"

#include "bgp/session/write_queue.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/update.hpp"
#include "tests/unit/catch.hpp"

namespace pipit::bgp {
namespace {

using S = State;
using V = CollisionVerdict;

constexpr SpeakerIdentity kLow{1, 64512};
constexpr SpeakerIdentity kHigh{2, 64512};

TEST_CASE("The speaker with the higher identifier is dominant, of equal ones the higher AS") {
  CHECK(is_dominant(kHigh, kLow));
  CHECK_FALSE(is_dominant(kLow, kHigh));
  CHECK(is_dominant({7, 64513}, {7, 64512}));
  CHECK_FALSE(is_dominant({7, 64512}, {7, 64513}));
  CHECK(is_dominant({0x80000000, 1}, {1, 4200000000}));
}

TEST_CASE("The dominant speaker keeps its own connection and decides early") {
  const auto out = [](State other_state) {
    return resolve_collision(kHigh, kLow, Way::Outgoing, other_state);
  };
  CHECK(out(S::Idle) == V::NoCollision);
  CHECK(out(S::Active) == V::NoCollision);
  CHECK(out(S::OpenSent) == V::CloseOther);
  CHECK(out(S::OpenConfirm) == V::CloseOther);
  CHECK(out(S::Established) == V::CloseThis);
  const auto in = [](State other_state) {
    return resolve_collision(kHigh, kLow, Way::Incoming, other_state);
  };
  CHECK(in(S::Idle) == V::NoCollision);
  CHECK(in(S::Connect) == V::CloseOther);
  CHECK(in(S::Active) == V::CloseOther);
  CHECK(in(S::OpenSent) == V::CloseThis);
  CHECK(in(S::OpenConfirm) == V::CloseThis);
  CHECK(in(S::Established) == V::CloseThis);
}

TEST_CASE("The other speaker keeps the neighbor's connection and waits while that is undecided") {
  const auto out = [](State other_state) {
    return resolve_collision(kLow, kHigh, Way::Outgoing, other_state);
  };
  CHECK(out(S::Idle) == V::NoCollision);
  CHECK(out(S::Active) == V::NoCollision);
  CHECK(out(S::OpenSent) == V::Wait);
  CHECK(out(S::OpenConfirm) == V::CloseThis);
  CHECK(out(S::Established) == V::CloseThis);
  const auto in = [](State other_state) {
    return resolve_collision(kLow, kHigh, Way::Incoming, other_state);
  };
  CHECK(in(S::Idle) == V::NoCollision);
  CHECK(in(S::Connect) == V::CloseOther);
  CHECK(in(S::Active) == V::CloseOther);
  CHECK(in(S::OpenSent) == V::CloseOther);
  CHECK(in(S::OpenConfirm) == V::CloseOther);
  CHECK(in(S::Established) == V::CloseThis);
}

TEST_CASE("Both sides keep the same connection, whatever their identifiers and AS numbers") {
  for (const auto& [a, b] : {std::pair{kLow, kHigh}, std::pair{kHigh, kLow},
                             std::pair{SpeakerIdentity{5, 1}, SpeakerIdentity{5, 2}},
                             std::pair{SpeakerIdentity{5, 2}, SpeakerIdentity{5, 1}}}) {
    // a's outgoing connection is b's incoming one; both are in OpenConfirm.
    const V at_a = resolve_collision(a, b, Way::Outgoing, S::OpenConfirm);
    const V at_b = resolve_collision(b, a, Way::Incoming, S::OpenConfirm);
    CHECK(at_a == at_b);
  }
}

net::Slice keepalives(int count) {
  net::Bytes octets;
  for (int i = 0; i < count; ++i) {
    encode_keepalive(octets);
  }
  return net::Slice::whole(std::move(octets));
}

TEST_CASE("WriteQueue gathers many slices and forgets what was written") {
  WriteQueue queue;
  WriteQueue::Gathered views;
  CHECK(queue.empty());
  CHECK(queue.gather(views).empty());
  queue.push(keepalives(2));
  queue.push({});
  queue.push(keepalives(1));
  CHECK(queue.octets() == 57);
  CHECK(queue.gather(views).size() == 2);
  queue.consume(40);
  const auto rest = queue.gather(views);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].size() == 17);
  queue.consume(17);
  CHECK(queue.empty());
}

TEST_CASE("WriteQueue knows the rest of a message that was written in part") {
  for (std::size_t written = 0; written <= 57; ++written) {
    WriteQueue queue;
    queue.push(keepalives(2));
    queue.push(keepalives(1));
    queue.consume(written);
    CHECK(queue.unfinished_message().size() == (19 - written % 19) % 19);
  }
}

TEST_CASE("WriteQueue offers at most its limit at once") {
  WriteQueue queue;
  WriteQueue::Gathered views;
  for (int i = 0; i < 1000; ++i) {
    queue.push(keepalives(1));
  }
  CHECK(queue.gather(views).size() == WriteQueue::kGatherSlices);
  queue.clear();
  CHECK(queue.empty());
  CHECK(queue.unfinished_message().empty());
}

}  // namespace
}  // namespace pipit::bgp
