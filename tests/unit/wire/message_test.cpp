#include "bgp/wire/message.hpp"

#include "bgp/wire/open.hpp"
#include "bgp/wire/route_refresh.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::bgp;
using net::Bytes;
using net::ByteView;

namespace {

Bytes keepalive() {
  Bytes out;
  encode_keepalive(out);
  return out;
}

Notification header_error(Bytes octets, std::size_t max_message = kMaxMessage) {
  const auto header = decode_header(octets, max_message);
  REQUIRE_FALSE(header);
  return header.error();
}

Bytes header(std::uint16_t length, std::uint8_t type) {
  Bytes octets(16, 0xff);
  octets.push_back(static_cast<std::uint8_t>(length >> 8));
  octets.push_back(static_cast<std::uint8_t>(length));
  octets.push_back(type);
  return octets;
}

struct Collected {
  std::vector<MessageType> types;
  Bytes octets;
};

std::expected<void, Notification> feed(FrameBuffer& buffer, ByteView chunk, Collected& into) {
  return buffer.feed(chunk, [&](const Frame& frame) {
    into.types.push_back(frame.type);
    into.octets.insert(into.octets.end(), frame.whole.begin(), frame.whole.end());
    return true;
  });
}

}  // namespace

TEST_CASE("Header: a marker that is not all ones is 1/1") {
  Bytes octets = keepalive();
  octets[3] = 0;
  CHECK(header_error(octets) == Notification{ErrorCode::MessageHeader, 1, {}});
}

TEST_CASE("Header: I. lengths out of bounds are 1/2 with the length as data") {
  struct Case {
    std::uint16_t length;
    std::uint8_t type;
    std::size_t max;
    bool good;
  };

  const auto c = GENERATE(values<Case>({{0, 2, kMaxMessage, false},
                                        {18, 4, kMaxMessage, false},
                                        {19, 4, kMaxMessage, true},
                                        {20, 4, kMaxMessage, false},
                                        {28, 1, kMaxMessage, false},
                                        {29, 1, kMaxMessage, true},
                                        {4097, 1, kMaxExtendedMessage, false},
                                        {22, 2, kMaxMessage, false},
                                        {23, 2, kMaxMessage, true},
                                        {4096, 2, kMaxMessage, true},
                                        {4097, 2, kMaxMessage, false},
                                        {4097, 2, kMaxExtendedMessage, true},
                                        {65535, 2, kMaxExtendedMessage, true},
                                        {20, 3, kMaxMessage, false},
                                        {21, 3, kMaxMessage, true},
                                        {19, 5, kMaxMessage, true},
                                        {18, 77, kMaxMessage, false}}));
  CAPTURE(c.length, static_cast<unsigned>(c.type), c.max);
  const auto decoded = decode_header(header(c.length, c.type), c.max);
  CHECK(decoded.has_value() == c.good);
  if (!c.good) {
    CHECK(decoded.error() == Notification{ErrorCode::MessageHeader,
                                          2,
                                          {static_cast<std::uint8_t>(c.length >> 8),
                                           static_cast<std::uint8_t>(c.length)}});
  }
}

TEST_CASE("Header: an unknown type is 1/3 with the type as data") {
  CHECK(header_error(header(19, 0)) == Notification{ErrorCode::MessageHeader, 3, {0}});
  CHECK(header_error(header(40, 6)) == Notification{ErrorCode::MessageHeader, 3, {6}});
}

TEST_CASE("FrameBuffer: any way to cut the stream gives the same messages") {
  Bytes stream;
  Open open;
  open.my_as = 64512;
  open.id = 1;
  open.capabilities = {four_octet_as(64512)};
  encode_open(open, stream);
  encode_keepalive(stream);
  encode_notification(cease(CeaseSubcode::AdministrativeShutdown, "bye"), stream);
  encode_route_refresh({}, stream);
  const auto size = static_cast<std::size_t>(GENERATE(1, 2, 7, 18, 19, 20, 30, 64, 1000));
  FrameBuffer buffer;
  Collected collected;
  for (std::size_t at = 0; at < stream.size(); at += size) {
    REQUIRE(
        feed(buffer, ByteView(stream).subspan(at, std::min(size, stream.size() - at)), collected));
  }
  CHECK(collected.octets == stream);
  CHECK(collected.types == std::vector{MessageType::Open, MessageType::Keepalive,
                                       MessageType::Notification, MessageType::RouteRefresh});
  CHECK(buffer.held() == 0);
}

TEST_CASE("FrameBuffer: complete messages are handed out in place") {
  const Bytes octets = keepalive();
  FrameBuffer buffer;
  const std::uint8_t* seen = nullptr;
  REQUIRE(buffer.feed(octets, [&](const Frame& frame) {
    seen = frame.whole.data();
    return true;
  }));
  CHECK(seen == octets.data());
}

TEST_CASE("FrameBuffer: a bad header ends the stream, also when it comes in pieces") {
  Bytes stream = keepalive();
  const Bytes bad = header(5000, 2);
  stream.insert(stream.end(), bad.begin(), bad.end());
  FrameBuffer buffer;
  Collected collected;
  for (const std::uint8_t& octet : std::span(stream).first(stream.size() - 1)) {
    REQUIRE(feed(buffer, {&octet, 1}, collected));
  }
  const auto result = feed(buffer, {&stream.back(), 1}, collected);
  REQUIRE_FALSE(result);
  CHECK(result.error() == Notification{ErrorCode::MessageHeader, 2, {0x13, 0x88}});
  CHECK(collected.types.size() == 1);
}

TEST_CASE("FrameBuffer: the limit can change between two messages of one chunk") {
  Bytes stream = keepalive();
  Bytes longer = header(5000, 2);
  longer.resize(5000);
  stream.insert(stream.end(), longer.begin(), longer.end());
  FrameBuffer buffer;
  int messages = 0;
  const auto on_frame = [&](const Frame&) {
    buffer.set_max_message(kMaxExtendedMessage);
    return ++messages < 100;
  };
  CHECK(buffer.feed(stream, on_frame));
  CHECK(messages == 2);
}

TEST_CASE("FrameBuffer: O. the callback may destroy the buffer when it says stop") {
  auto buffer = std::make_unique<FrameBuffer>();
  Bytes stream = keepalive();
  stream.insert(stream.end(), 3, 0xff);
  const auto stop = [&](const Frame&) {
    buffer.reset();
    return false;
  };
  FrameBuffer& alive = *buffer;
  const auto go_on = [](const Frame&) { return true; };
  REQUIRE(alive.feed(ByteView(stream).first(5), go_on));
  CHECK(alive.feed(ByteView(stream).subspan(5), stop));
  CHECK(buffer == nullptr);
}

TEST_CASE("FrameBuffer: only the incomplete tail is held") {
  FrameBuffer buffer;
  buffer.set_max_message(kMaxExtendedMessage);
  Bytes octets = header(60000, 2);
  octets.resize(59999);
  Collected collected;
  REQUIRE(feed(buffer, octets, collected));
  CHECK(buffer.held() == 59999);
  const std::uint8_t last = 0;
  REQUIRE(feed(buffer, {&last, 1}, collected));
  CHECK(buffer.held() == 0);
  CHECK(collected.octets.size() == 60000);
}
