// Thousands of damaged messages: no crash, no report of a sanitizer, and output within its bounds.
#include <random>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "bgp/wire/open.hpp"
#include "bgp/wire/route_refresh.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/wire/recorded.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;

namespace {

constexpr std::size_t kRounds = 40000;

/// Damages messages in the ways that links, bugs and attackers do; repeats exactly by seed.
class Mutator {
 public:
  Mutator(const std::vector<Bytes>& seeds, std::uint32_t seed) : seeds_(seeds), engine_(seed) {}

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : engine_() % limit; }

  Bytes next() {
    Bytes message = seeds_[below(seeds_.size())];
    const std::size_t times = 1 + below(4);
    for (std::size_t i = 0; i < times && message.size() > kHeaderSize; ++i) {
      mutate(message);
    }
    // Mostly with a length that is right, so that what lies behind the header is reached.
    if (message.size() >= kHeaderSize && below(10) != 0) {
      net::ByteWriter(message).put_u16(16, static_cast<std::uint16_t>(message.size()));
    }
    return message;
  }

 private:
  void mutate(Bytes& message) {
    const std::size_t at = kHeaderSize + below(message.size() - kHeaderSize);
    const auto from = message.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(6)) {
      case 0:  // one bit
        message[at] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:  // truncation
        message.resize(at);
        break;
      case 2: {  // a value at the edge of lengths
        constexpr std::array<std::uint8_t, 8> kEdges{0, 1, 2, 4, 127, 128, 254, 255};
        message[at] = kEdges[below(kEdges.size())];
        break;
      }
      case 3: {  // a piece of another message
        const Bytes& other = seeds_[below(seeds_.size())];
        const std::size_t start = below(other.size());
        const std::size_t count = std::min(other.size() - start, 1 + below(64));
        message.insert(from, other.begin() + static_cast<std::ptrdiff_t>(start),
                       other.begin() + static_cast<std::ptrdiff_t>(start + count));
        break;
      }
      case 4:  // octets cut out
        message.erase(from, from + static_cast<std::ptrdiff_t>(
                                       1 + below(std::min<std::size_t>(16, message.size() - at))));
        break;
      default:  // a type of message that it was not
        message[18] = static_cast<std::uint8_t>(1 + below(5));
        break;
    }
  }

  const std::vector<Bytes>& seeds_;
  std::mt19937 engine_;
};

/// Names, texts and encodings of whatever was decoded.
void use_update(const UpdateMessage& message, std::size_t body_size) {
  REQUIRE(message.errors.size() <= kMaxUpdateErrors);
  std::size_t nlri = 0;
  Bytes out;
  for (const Reachable& reachable : message.reachable) {
    nlri += reachable.nlri.size();
    AttributesView view = message.attributes.view();
    view.next_hop = reachable.next_hop;
    encode_announcements(view, reachable.family, reachable.nlri, {.four_octet_as = false}, out);
  }
  for (const Unreachable& unreachable : message.unreachable) {
    nlri += unreachable.nlri.size();
    encode_withdrawals(unreachable.family, unreachable.nlri, {}, out);
  }
  REQUIRE(nlri <= body_size);
  const PathAttributes& attributes = message.attributes;
  REQUIRE(attributes.as_path.size() + attributes.unknown.size() <= 2 * body_size);
  const std::string path = AsPathView(attributes.as_path).to_string();
  REQUIRE(parse_as_path(path).has_value());
  for (const std::uint64_t value : extended_communities(attributes.extended_communities)) {
    REQUIRE(parse_extended_community(extended_community_to_string(value)) == value);
  }
}

void check_notification(const Notification& notification) {
  REQUIRE(notification.data.size() <= kMaxMessage - kHeaderSize - 2);
  REQUIRE(describe(notification).size() <= 2000);
}

/// Takes one message as a session would; counts by outcome.
void run(const Bytes& message, const Negotiated& with, UpdateMessage& update) {
  FrameBuffer buffer;
  buffer.set_max_message(with.max_message());
  const auto result = buffer.feed(message, [&](const Frame& frame) {
    switch (frame.type) {
      case MessageType::Open: {
        const auto open = decode_open(frame.body);
        if (!open) {
          check_notification(open.error());
          break;
        }
        check_open(*open, {.local_asn = 1, .local_id = 1, .peer_asn = {}});
        negotiate(*open, *open, std::chrono::seconds(30));
        for (const Capability& capability : open->capabilities) {
          REQUIRE(to_string(capability).size() <= 4 * 255 + 64);
        }
        break;
      }
      case MessageType::Update: {
        const auto decoded = decode_update(frame.body, with, update);
        if (!decoded) {
          check_notification(decoded.error());
        } else {
          use_update(update, frame.body.size());
        }
        break;
      }
      case MessageType::Notification:
        describe(decode_notification(frame.body));
        break;
      case MessageType::RouteRefresh:
        if (const auto refresh = decode_route_refresh(frame.body, with); !refresh) {
          check_notification(refresh.error());
        }
        break;
      case MessageType::Keepalive:
        break;
    }
    return true;
  });
  if (!result) {
    check_notification(result.error());
  }
}

}  // namespace

TEST_CASE("Mutations: A-N, R, U. damaged messages of every kind do no harm") {
  const auto path = shared_file("data/fuzz-seeds.tar.gz");
  if (!path) {
    WARN("skipped: no recorded messages");
    return;
  }
  const std::vector<Bytes> seeds = fuzz_seeds(*path);
  REQUIRE(seeds.size() == 950);
  Mutator mutator(seeds, 20260101);
  UpdateMessage update;
  for (std::size_t round = 0; round < kRounds; ++round) {
    Negotiated with = session(mutator.below(2) == 0);
    with.four_octet_as = mutator.below(2) == 0;
    with.extended_message = mutator.below(2) == 0;
    with.enhanced_route_refresh = mutator.below(2) == 0;
    for (NegotiatedFamily& family : with.families) {
      family.active = mutator.below(4) != 0;
      family.add_path_receive = mutator.below(4) == 0;
    }
    run(mutator.next(), with, update);
  }
}
