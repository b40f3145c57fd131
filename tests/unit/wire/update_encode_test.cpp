// Encoding of UPDATEs: golden octets, size limits, and that decoding gives back what was encoded.
#include <random>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/message.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;
using net::ByteView;

namespace {

const std::string kMarker = "ffffffffffffffffffffffffffffffff";

PathAttributes simple_route() {
  PathAttributes attributes;
  attributes.as_path = *parse_as_path("64500 65536");
  attributes.next_hop = address("192.0.2.1");
  return attributes;
}

std::vector<Bytes> cut(const Bytes& stream, std::size_t max_message) {
  std::vector<Bytes> messages;
  FrameBuffer buffer;
  buffer.set_max_message(max_message);
  REQUIRE(buffer.feed(stream, [&](const Frame& frame) {
    REQUIRE(frame.type == MessageType::Update);
    messages.emplace_back(frame.whole.begin(), frame.whole.end());
    return true;
  }));
  CHECK(buffer.held() == 0);
  return messages;
}

std::vector<Nlri> hosts(std::size_t count, bool v6) {
  std::vector<Nlri> nlri;
  for (std::size_t i = 0; i < count; ++i) {
    if (v6) {
      std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8};
      octets[14] = static_cast<std::uint8_t>(i >> 8);
      octets[15] = static_cast<std::uint8_t>(i);
      nlri.push_back({net::Prefix::host(net::IpAddress::v6(octets)), 0});
    } else {
      const auto value = static_cast<std::uint32_t>(0x0a000000 + i);
      nlri.push_back({net::Prefix::host(net::IpAddress::v4(value)), 0});
    }
  }
  return nlri;
}

/// Random but valid attributes, reproducible by seed.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }

  bool coin() { return below(2) == 0; }

  Bytes octets(std::size_t count) {
    Bytes out(count);
    for (std::uint8_t& octet : out) {
      octet = static_cast<std::uint8_t>(below(256));
    }
    return out;
  }

  std::uint32_t asn() { return 1 + below(coin() ? 65000 : 4000000000); }

  Bytes as_path(std::uint32_t first) {
    Bytes path;
    const std::uint32_t segments = below(4);
    for (std::uint32_t s = 0; s < segments; ++s) {
      const std::uint32_t count = 1 + below(coin() ? 3 : 200);
      path.push_back(static_cast<std::uint8_t>(1 + below(2)));
      path.push_back(static_cast<std::uint8_t>(count));
      for (std::uint32_t i = 0; i < count; ++i) {
        net::ByteWriter(path).u32(asn());
      }
    }
    prepend(path, first);
    return path;
  }

  PathAttributes attributes(std::uint32_t first, bool v6) {
    PathAttributes a;
    a.origin = static_cast<Origin>(below(3));
    a.as_path = as_path(first);
    a.atomic_aggregate = coin();
    if (v6) {
      a.next_hop = address("2001:db8::1");
      if (coin()) {
        a.link_local_next_hop = address("fe80::1");
      }
    } else {
      a.next_hop = net::IpAddress::v4(0xc0000200 + below(256));
    }
    if (coin()) {
      a.med = below(4000000000);
    }
    if (coin()) {
      a.local_preference = below(4000000000);
    }
    if (coin()) {
      a.originator_id = below(4000000000);
      a.cluster_list = octets(4 * (1 + std::size_t{below(4)}));
    }
    if (coin()) {
      a.aggregator = Aggregator{asn(), below(4000000000)};
      a.partial.aggregator = coin();
    }
    a.communities = octets(4 * std::size_t{below(coin() ? 4 : 100)});
    a.partial.communities = !a.communities.empty() && coin();
    a.extended_communities = octets(8 * std::size_t{below(4)});
    a.large_communities = octets(12 * std::size_t{below(3)});
    for (const unsigned code : {13U, 20U, 30U, 99U, 255U}) {
      if (coin()) {
        const Bytes value = octets(below(code == 99 ? 600 : 20));
        const bool wide = value.size() > 255;
        net::ByteWriter writer(a.unknown);
        writer.u8(wide ? 0xf0 : 0xe0);
        writer.u8(static_cast<std::uint8_t>(code));
        if (wide) {
          writer.u8(static_cast<std::uint8_t>(value.size() >> 8));
        }
        writer.u8(static_cast<std::uint8_t>(value.size()));
        writer.bytes(value);
      }
    }
    return a;
  }

  std::vector<Nlri> nlri(bool v6, bool add_path) {
    std::vector<Nlri> list(1 + below(3000));
    for (Nlri& item : list) {
      const Bytes raw = octets(v6 ? 16 : 4);
      const auto bits = static_cast<std::uint8_t>(below(v6 ? 129 : 33));
      item.prefix = net::Prefix(*net::IpAddress::from_octets(raw), bits);
      item.path_id = add_path ? below(1000) : 0;
    }
    return list;
  }

 private:
  std::mt19937 engine_;
};

}  // namespace

TEST_CASE("Encode: golden octets of an IPv4 announcement") {
  Bytes out;
  const std::vector<Nlri> nlri{{prefix("198.51.100.0/24"), 0}, {prefix("10.0.0.0/8"), 0}};
  REQUIRE(encode_announcements(simple_route().view(), net::kIpv4Unicast, nlri, {}, out));
  CHECK(to_hex(out) == kMarker + "003502" + "0000" + "0018" + "40010100" +
                           "40020a02020000fbf400010000" +
                           "400304c0000201"
                           "18c63364"
                           "080a");
}

TEST_CASE("Encode: a 2-octet speaker gets AS_TRANS, AS4_PATH and AS4_AGGREGATOR") {
  PathAttributes attributes = simple_route();
  attributes.aggregator = Aggregator{65536, 0xc0000201};
  Bytes out;
  const Nlri nlri{prefix("10.0.0.0/8"), 0};
  REQUIRE(encode_announcements(attributes.view(), net::kIpv4Unicast, std::span(&nlri, 1),
                               {.four_octet_as = false}, out));
  const std::string text = to_hex(out);
  CHECK(text.find("4002060202fbf45ba0") != std::string::npos);
  CHECK(text.find("c007065ba0c0000201") != std::string::npos);
  CHECK(text.find("c0110a02020000fbf400010000") != std::string::npos);
  CHECK(text.find("c0120800010000c0000201") != std::string::npos);
}

TEST_CASE("Encode: golden octets of an IPv6 announcement, MP_REACH_NLRI first") {
  PathAttributes attributes = simple_route();
  attributes.next_hop = address("2001:db8::1");
  attributes.link_local_next_hop = address("fe80::1");
  Bytes out;
  const Nlri nlri{prefix("2001:db8:1::/48"), 0};
  REQUIRE(encode_announcements(attributes.view(), net::kIpv6Unicast, std::span(&nlri, 1), {}, out));
  CHECK(to_hex(out) == kMarker + "005702" + "0000" + "0040" + "800e2c" + "00020120" +
                           "20010db8000000000000000000000001" + "fe800000000000000000000000000001" +
                           "00" + "3020010db80001" + "40010100" + "40020a02020000fbf400010000");
}

TEST_CASE("Encode: golden octets of withdrawals and End-of-RIB") {
  Bytes out;
  const Nlri v4{prefix("10.0.0.0/8"), 0};
  encode_withdrawals(net::kIpv4Unicast, std::span(&v4, 1), {}, out);
  CHECK(to_hex(out) == kMarker + "001902" + "0002" + "080a" + "0000");
  out.clear();
  const Nlri v6{prefix("2001:db8::/32"), 7};
  encode_withdrawals(net::kIpv6Unicast, std::span(&v6, 1), {.add_path = true}, out);
  CHECK(to_hex(out) ==
        kMarker + "002602" + "0000" + "000f" + "800f0c" + "000201" + "00000007" + "2020010db8");
  out.clear();
  encode_end_of_rib(net::kIpv4Unicast, out);
  CHECK(to_hex(out) == kMarker + "001702" + "00000000");
  out.clear();
  encode_end_of_rib(net::kIpv6Unicast, out);
  CHECK(to_hex(out) == kMarker + "001d02" + "0000" + "0006" + "800f03000201");
}

TEST_CASE("Encode: what is for internal peers only stays inside") {
  PathAttributes attributes = simple_route();
  attributes.local_preference = 100;
  attributes.originator_id = 1;
  attributes.cluster_list = hex("00000001");
  const Nlri nlri{prefix("10.0.0.0/8"), 0};
  Bytes outside;
  Bytes inside;
  REQUIRE(
      encode_announcements(attributes.view(), net::kIpv4Unicast, std::span(&nlri, 1), {}, outside));
  REQUIRE(encode_announcements(attributes.view(), net::kIpv4Unicast, std::span(&nlri, 1),
                               {.internal = true}, inside));
  CHECK(inside.size() == outside.size() + 3 * 7);
  CHECK(decode({body_of(outside).begin(), body_of(outside).end()}, ibgp()).message.errors.empty());
}

TEST_CASE("Encode: messages are filled to the last octet that an NLRI can use") {
  const bool v6 = GENERATE(false, true);
  const std::size_t max = GENERATE(as<std::size_t>{}, kMaxMessage, kMaxExtendedMessage);
  PathAttributes attributes = simple_route();
  if (v6) {
    attributes.next_hop = address("2001:db8::1");
  }
  const net::Family family = v6 ? net::kIpv6Unicast : net::kIpv4Unicast;
  const std::vector<Nlri> nlri = hosts(30000, v6);
  const std::size_t item = v6 ? 17 : 5;
  Bytes out;
  REQUIRE(encode_announcements(attributes.view(), family, nlri, {.max_message = max}, out));
  encode_withdrawals(family, nlri, {.max_message = max}, out);
  const std::vector<Bytes> messages = cut(out, max);
  std::size_t announced = 0;
  std::size_t withdrawn = 0;
  for (const Bytes& message : messages) {
    Negotiated extended = ibgp();
    extended.extended_message = true;
    const Decoded decoded = decode({message.begin() + kHeaderSize, message.end()}, extended);
    REQUIRE_FALSE(decoded.reset);
    const std::size_t reach =
        decoded.message.reachable.empty() ? 0 : decoded.message.reachable[0].nlri.size();
    const std::size_t unreach =
        decoded.message.unreachable.empty() ? 0 : decoded.message.unreachable[0].nlri.size();
    announced += reach;
    withdrawn += unreach;
    const bool last = announced == nlri.size() && (withdrawn == 0 || withdrawn == nlri.size());
    CHECK((last || max - message.size() < item));
  }
  CHECK(announced == nlri.size());
  CHECK(withdrawn == nlri.size());
}

TEST_CASE("Encode: U. attributes that leave no room for one NLRI are refused, to the octet") {
  const bool v6 = GENERATE(false, true);
  const net::Family family = v6 ? net::kIpv6Unicast : net::kIpv4Unicast;
  const std::vector<Nlri> nlri = hosts(1, v6);
  PathAttributes attributes = simple_route();
  attributes.next_hop = v6 ? address("2001:db8::1") : attributes.next_hop;
  Bytes out;
  REQUIRE(encode_announcements(attributes.view(), family, nlri, {}, out));
  const std::size_t small = out.size();
  out.assign(3, 0x77);
  // One unknown attribute with a header of 4 octets fills the message exactly.
  for (const std::size_t excess : {0U, 1U}) {
    attributes.unknown = hex("f0ff");
    const std::size_t size = kMaxMessage - small - 4 + excess;
    net::ByteWriter(attributes.unknown).u16(static_cast<std::uint16_t>(size));
    attributes.unknown.resize(4 + size);
    out.resize(3);
    const bool fits = encode_announcements(attributes.view(), family, nlri, {}, out);
    CHECK(fits == (excess == 0));
    CHECK(out.size() == 3 + (excess == 0 ? kMaxMessage : 0));
  }
}

TEST_CASE("Encode: L. attributes larger than any message are refused") {
  PathAttributes attributes = simple_route();
  attributes.communities.resize(4 * 17000);
  Bytes out;
  const std::vector<Nlri> nlri = hosts(1, false);
  CHECK_FALSE(encode_announcements(attributes.view(), net::kIpv4Unicast, nlri,
                                   {.max_message = kMaxExtendedMessage}, out));
  CHECK(out.empty());
}

TEST_CASE("Encode: a next hop of the other family is refused") {
  Bytes out;
  const std::vector<Nlri> nlri = hosts(1, true);
  CHECK_FALSE(encode_announcements(simple_route().view(), net::kIpv6Unicast, nlri, {}, out));
  CHECK(out.empty());
}

TEST_CASE("Encode: decoding gives back random attributes and NLRI") {
  const std::size_t max = GENERATE(as<std::size_t>{}, kMaxMessage, kMaxExtendedMessage);
  for (std::uint32_t seed = 0; seed < 120; ++seed) {
    Generator random(seed);
    const bool external = random.coin();
    const bool v6 = random.coin();
    const bool wide = random.coin();
    const bool add_path = random.coin();
    const net::Family family = v6 ? net::kIpv6Unicast : net::kIpv4Unicast;
    Negotiated with = session(external);
    with.four_octet_as = wide;
    with.extended_message = true;
    with.families[v6 ? 1 : 0].add_path_receive = add_path;
    PathAttributes attributes = random.attributes(64501, v6);
    const std::vector<Nlri> nlri = random.nlri(v6, add_path);
    CAPTURE(seed, external, v6, wide, add_path);
    Bytes out;
    const EncodeOptions options{
        .four_octet_as = wide, .internal = !external, .add_path = add_path, .max_message = max};
    if (!encode_announcements(attributes.view(), family, nlri, options, out)) {
      CHECK(max == kMaxMessage);
      continue;
    }
    std::vector<Nlri> all;
    PathAttributes expected = attributes;
    expected.next_hop = {};
    expected.link_local_next_hop.reset();
    if (external) {
      expected.local_preference.reset();
      expected.originator_id.reset();
      expected.cluster_list.clear();
    }
    for (const Bytes& message : cut(out, max)) {
      const Decoded decoded = decode({message.begin() + kHeaderSize, message.end()}, with);
      REQUIRE_FALSE(decoded.reset);
      REQUIRE(decoded.message.errors.empty());
      REQUIRE(decoded.message.reachable.size() == 1);
      const Reachable& reachable = decoded.message.reachable[0];
      CHECK(reachable.next_hop == attributes.next_hop);
      CHECK(reachable.link_local_next_hop == attributes.link_local_next_hop);
      REQUIRE(decoded.message.attributes == expected);
      all.insert(all.end(), reachable.nlri.begin(), reachable.nlri.end());
    }
    CHECK(all == nlri);
  }
}
