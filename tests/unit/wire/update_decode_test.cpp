// UPDATE as a whole: sections, End-of-RIB, the order of errors, 2-octet AS numbers, families.
#include "bgp/wire/as_path.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;

namespace {

const Bytes kAttributes = hex("400101 00 400206 0201 0000fbf5 400304 c0000201");
const Bytes kNoNextHop = hex("400101 00 400206 0201 0000fbf5");
const Bytes kPrefix = hex("18 c63364");
const Bytes kReach6 =
    hex("800e1e 0002 01 10 20010db8000000000000000000000001 00 40 20010db800000001");

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("UPDATE: I. lengths that exceed the message reset the session with 3/1") {
  const auto body =
      GENERATE(as<std::string>{}, "", "00", "0000", "000000", "0001", "0005 18c633 0000",
               "ffff 0000", "0000 0001", "0000 ffff 400101", "0004 18c63364 0001");
  const Decoded decoded = decode(hex(body), ebgp());
  CAPTURE(body);
  REQUIRE(decoded.reset);
  CHECK(decoded.reset->code == ErrorCode::UpdateMessage);
  CHECK(decoded.reset->subcode == 1);
}

TEST_CASE("UPDATE: J. a prefix length beyond 32 or missing octets reset the session with 3/10") {
  const Bytes bad =
      hex(GENERATE(as<std::string>{}, "21 c633640000", "ff 00", "18 c633", "18 c63364 01"));
  CHECK(decode(update_body(bad, {}, {}), ebgp()).reset->subcode == 10);
  CHECK(decode(update_body({}, kAttributes, bad), ebgp()).reset->subcode == 10);
}

TEST_CASE("UPDATE: bits after the prefix length are masked off") {
  const Decoded decoded =
      decode(update_body({}, kAttributes, hex("09 0aff 17 c63365 01 ff 1f c6336465")), ebgp());
  CHECK(text_of(decoded.message.reachable.front().nlri) ==
        "10.128.0.0/9 198.51.100.0/23 128.0.0.0/1 198.51.100.100/31");
  const Bytes v6 =
      hex("800e20 0002 01 10 20010db8000000000000000000000001 00 41 20010db800000001ff 00");
  const Decoded decoded6 = decode(update_body({}, kNoNextHop + v6, {}), ebgp());
  CHECK(text_of(decoded6.message.reachable.front().nlri) == "2001:db8:0:1:8000::/65 ::/0");
}

TEST_CASE("UPDATE: a prefix that is withdrawn and announced is announced") {
  const Decoded decoded =
      decode(update_body(hex("18 c63364 18 c63365"), kAttributes, kPrefix), ebgp());
  CHECK(text_of(decoded.message.reachable.front().nlri) == "198.51.100.0/24");
  CHECK(text_of(decoded.message.unreachable.front().nlri) == "198.51.101.0/24");
}

TEST_CASE("UPDATE: F. End-of-RIB in both forms") {
  CHECK(decode(hex("0000 0000"), ebgp()).message.end_of_rib == net::kIpv4Unicast);
  CHECK(decode(update_body({}, hex("800f03 000201"), {}), ebgp()).message.end_of_rib ==
        net::kIpv6Unicast);
  CHECK(decode(update_body({}, hex("900f0003 000101"), {}), ebgp()).message.end_of_rib ==
        net::kIpv4Unicast);
}

TEST_CASE("UPDATE: F. what only looks like End-of-RIB is none") {
  Negotiated only_ipv4 = ebgp();
  only_ipv4.families[1].active = false;
  CHECK_FALSE(decode(update_body({}, hex("800f03 000201"), {}), only_ipv4).message.end_of_rib);
  CHECK_FALSE(decode(update_body({}, hex("800f03 001946"), {}), ebgp()).message.end_of_rib);
  const Decoded with_attribute =
      decode(update_body({}, hex("800f03 000201 400101 00"), {}), ebgp());
  CHECK_FALSE(with_attribute.message.end_of_rib);
  CHECK_FALSE(with_attribute.reset);
  CHECK_FALSE(decode(update_body(kPrefix, hex("800f03 000201"), {}), ebgp()).message.end_of_rib);
  CHECK(decode(update_body({}, hex("800f02 0002"), {}), ebgp()).reset);
}

TEST_CASE("UPDATE: F. missing mandatory attributes are treat-as-withdraw") {
  const std::string text = GENERATE(as<std::string>{}, "", "400101 00", "400206 0201 0000fbf5",
                                    "400101 00 400206 0201 0000fbf5", "c0ff00");
  const Decoded decoded = decode(update_body({}, hex(text), kPrefix), ebgp());
  CAPTURE(text);
  REQUIRE_FALSE(decoded.reset);
  CHECK(decoded.action() == ErrorAction::TreatAsWithdraw);
  CHECK(decoded.message.reachable.empty());
  CHECK(text_of(decoded.message.unreachable.front().nlri) == "198.51.100.0/24");
}

TEST_CASE("UPDATE: MP_REACH_NLRI alone needs no NEXT_HOP and ignores its value") {
  CHECK(decode(update_body({}, kNoNextHop + kReach6, {}), ebgp()).message.errors.empty());
  const Bytes zero = hex("400304 00000000");
  CHECK(decode(update_body({}, kNoNextHop + zero + kReach6, {}), ebgp()).message.errors.empty());
}

TEST_CASE("UPDATE: F. withdrawals need no attributes") {
  const Decoded decoded =
      decode(update_body(kPrefix, hex("800f0c 0002 01 40 20010db800000001"), {}), ebgp());
  CHECK(decoded.message.errors.empty());
  REQUIRE(decoded.message.unreachable.size() == 2);
  CHECK(text_of(decoded.message.unreachable[0].nlri) == "198.51.100.0/24");
  CHECK(text_of(decoded.message.unreachable[1].nlri) == "2001:db8:0:1::/64");
}

TEST_CASE("UPDATE: an attribute error without NLRI resets the session (RFC 7606 5.2)") {
  const Decoded decoded = decode(update_body({}, hex("400101 09"), {}), ebgp());
  REQUIRE(decoded.reset);
  CHECK(decoded.reset->subcode == 6);
  CHECK(decoded.reset->data == hex("400101 09"));
  const Decoded withdrawn_only = decode(update_body(kPrefix, hex("400101 09"), {}), ebgp());
  CHECK(withdrawn_only.reset);
  const Decoded discard_only = decode(update_body({}, hex("400601 09"), {}), ebgp());
  CHECK_FALSE(discard_only.reset);
}

TEST_CASE("UPDATE: F. an attribute that swallows all others resets without NLRI (RFC 7606 5.2)") {
  // An MP_REACH_NLRI behind it would be lost, and its prefixes could not be withdrawn.
  const std::string text =
      GENERATE(as<std::string>{}, "4001ff 00", "40", "4001", "5001ff", "800f03 000201 4001ff 00");
  CAPTURE(text);
  const Decoded alone = decode(update_body({}, hex(text), {}), ebgp());
  const Decoded with_nlri = decode(update_body({}, hex(text), kPrefix), ebgp());
  CHECK(alone.reset);
  CHECK_FALSE(with_nlri.reset);
  CHECK(text_of(with_nlri.message.unreachable.back().nlri) == "198.51.100.0/24");
}

TEST_CASE("UPDATE: treat-as-withdraw moves the prefixes of all families") {
  const Decoded decoded =
      decode(update_body(hex("08 0a"), kAttributes + kReach6 + hex("c00800"), kPrefix), ebgp());
  REQUIRE_FALSE(decoded.reset);
  CHECK(decoded.message.reachable.empty());
  REQUIRE(decoded.message.unreachable.size() == 3);
  CHECK(text_of(decoded.message.unreachable[0].nlri) == "10.0.0.0/8");
  CHECK(text_of(decoded.message.unreachable[1].nlri) == "2001:db8:0:1::/64");
  CHECK(text_of(decoded.message.unreachable[2].nlri) == "198.51.100.0/24");
  CHECK(decoded.message.attributes == PathAttributes{});
}

TEST_CASE("UPDATE: several errors are all told, the strongest decides") {
  const Decoded decoded =
      decode(update_body({}, kAttributes + hex("400601 00 c00800 c02000"), kPrefix), ebgp());
  CHECK(decoded.message.errors.size() == 3);
  CHECK(decoded.action() == ErrorAction::TreatAsWithdraw);
  const Decoded reset =
      decode(update_body({}, kAttributes + hex("c00800 403f00 400601 00"), kPrefix), ebgp());
  REQUIRE(reset.reset);
  CHECK(*reset.reset == Notification{ErrorCode::UpdateMessage, 2, hex("403f00")});
}

TEST_CASE("UPDATE: G. of duplicates the first one holds, MP duplicates reset with 3/1") {
  const Decoded decoded = decode(
      update_body({}, kAttributes + hex("800404 00000001 800404 00000002 400101 07"), kPrefix),
      ebgp());
  CHECK(decoded.action() == ErrorAction::DiscardAttribute);
  CHECK(decoded.message.attributes.med == 1U);
  const Decoded reach = decode(update_body({}, kAttributes + kReach6 + kReach6, {}), ebgp());
  REQUIRE(reach.reset);
  CHECK(reach.reset->subcode == 1);
  const Bytes unreach = hex("800f0c 0002 01 40 20010db800000001");
  CHECK(decode(update_body({}, unreach + unreach, {}), ebgp()).reset);
}

TEST_CASE("UPDATE: G. attributes mean the same in any order") {
  const Decoded usual = decode(update_body({}, kAttributes + kReach6, kPrefix), ebgp());
  const Bytes reversed = hex("400304 c0000201") + kReach6 + hex("400206 0201 0000fbf5 400101 00");
  const Decoded other = decode(update_body({}, reversed, kPrefix), ebgp());
  CHECK(other.message.attributes == usual.message.attributes);
  CHECK(other.message.errors.empty());
  CHECK(other.message.reachable.size() == 2);
}

TEST_CASE("UPDATE: G. AS4_PATH is merged wherever it stands") {
  Negotiated old_peer = ibgp();
  old_peer.four_octet_as = false;
  const Bytes origin = hex("400101 00 400304 c0000201");
  const Bytes path = hex("400208 0203 fbf5 5ba0 5ba0");
  const Bytes path4 = hex("c0110a 0202 00010000 00010001");
  for (const Bytes& block : {origin + path + path4, path4 + path + origin}) {
    const Decoded decoded = decode(update_body({}, block, kPrefix), old_peer);
    CHECK(decoded.message.errors.empty());
    CHECK(AsPathView(decoded.message.attributes.as_path).to_string() == "64501 65536 65537");
  }
}

TEST_CASE("UPDATE: merging of AS4_PATH and AS4_AGGREGATOR (RFC 6793 4.2.3)") {
  struct Case {
    const char* name;
    const char* attributes;
    const char* path;
    std::optional<std::uint32_t> aggregator;
    std::size_t errors;
  };

  const auto c = GENERATE(values<Case>({
      {"no AS4_PATH", "400204 0201 fbf5", "64501", {}, 0},
      {"AS4_PATH longer: ignored",
       "400204 0201 fbf5 c0110a 0202 00010000 00010001",
       "64501",
       {},
       0},
      {"equal length", "400204 0201 5ba0 c01106 0201 00010000", "65536", {}, 0},
      {"AS_SET counts one",
       "40020c 0202 fbf5 5ba0 0102 0001 5ba0 c01110 0201 00010000 0102 00000001 00010001",
       "64501 65536 {1,65537}",
       {},
       0},
      {"malformed AS4_PATH: discarded", "400204 0201 5ba0 c01105 0201 000100", "23456", {}, 1},
      {"AS 0 in AS4_PATH: discarded", "400204 0201 5ba0 c01106 0201 00000000", "23456", {}, 1},
      {"confederation segments of AS4_PATH: dropped",
       "400204 0201 5ba0 c0110c 0301 00010002 0201 00010000",
       "65536",
       {},
       0},
      {"AGGREGATOR is AS_TRANS",
       "400204 0201 5ba0 c00706 5ba0 c0000201 c01106 0201 00010000 c01208 00010000 c0000201",
       "65536", 65536, 0},
      {"AGGREGATOR is not AS_TRANS: both ignored",
       "400204 0201 5ba0 c00706 fbf5 c0000201 c01106 0201 00010000 c01208 00010000 c0000201",
       "23456", 64501, 0},
      {"AS4_AGGREGATOR alone", "400204 0201 fbf5 c01208 00010000 c0000201", "64501", {}, 0},
      {"AS4_AGGREGATOR too short: discarded",
       "400204 0201 fbf5 c00706 5ba0 c0000201 c01206 00010000 c000", "64501", 23456, 1},
      {"AS4_AGGREGATOR of AS 0: discarded",
       "400204 0201 fbf5 c00706 5ba0 c0000201 c01208 00000000 c0000201", "64501", 23456, 1},
  }));
  Negotiated old_peer = ibgp();
  old_peer.four_octet_as = false;
  const Bytes block = hex("400101 00 400304 c0000201") + hex(c.attributes);
  const Decoded decoded = decode(update_body({}, block, kPrefix), old_peer);
  CAPTURE(c.name);
  CHECK(decoded.message.errors.size() == c.errors);
  CHECK(AsPathView(decoded.message.attributes.as_path).to_string() == c.path);
  const auto& aggregator = decoded.message.attributes.aggregator;
  CHECK(aggregator.has_value() == c.aggregator.has_value());
  if (aggregator && c.aggregator) {
    CHECK(aggregator->asn == *c.aggregator);
  }
}

TEST_CASE("UPDATE: a confederation segment in AS_PATH is treat-as-withdraw after a merge, too",
          "[rfc5065-5]") {
  const auto external = GENERATE(false, true);
  Negotiated old_peer = session(external);
  old_peer.four_octet_as = false;
  const auto* path =
      GENERATE("400208 0301 fde8 0201 5ba0 c01106 0201 00010000",
               "400208 0201 5ba0 0401 fde8 c01106 0201 00010000", "400204 0301 fde8");
  const Decoded decoded =
      decode(update_body({}, hex("400101 00 400304 c0000201") + hex(path), kPrefix), old_peer);
  CAPTURE(path, external);
  REQUIRE_FALSE(decoded.reset);
  CHECK(decoded.action() == ErrorAction::TreatAsWithdraw);
  CHECK(decoded.message.reachable.empty());
  CHECK(text_of(decoded.message.unreachable.front().nlri) == "198.51.100.0/24");
}

TEST_CASE("UPDATE: an internal neighbor's path through a confederation goes nowhere",
          "[rfc5065-5]") {
  const Bytes message =
      hex("ffffffffffffffffffffffffffffffff003a020000001f4001010040020a03020000fd840000fd85"
          "4003040a6301034005040000006418646400");
  const Decoded decoded = decode({message.begin() + 19, message.end()}, ibgp());
  REQUIRE_FALSE(decoded.reset);
  CHECK(decoded.message.reachable.empty());
  CHECK(text_of(decoded.message.unreachable.front().nlri) == "100.100.0.0/24");
  REQUIRE(decoded.message.errors.size() == 1);
  CHECK(decoded.message.errors.front().reason ==
        "AS_PATH: confederation segment from outside of a confederation (RFC 5065 5) "
        "(RFC 7606 7.2)");
}

TEST_CASE("UPDATE: families that were not negotiated are left out") {
  Negotiated only_ipv6 = ebgp();
  only_ipv6.families[0].active = false;
  const Decoded decoded =
      decode(update_body(hex("08 0a"), kAttributes + kReach6, kPrefix), only_ipv6);
  REQUIRE_FALSE(decoded.reset);
  CHECK(decoded.message.unreachable.empty());
  REQUIRE(decoded.message.reachable.size() == 1);
  CHECK(decoded.message.reachable[0].family == net::kIpv6Unicast);
}

TEST_CASE("UPDATE: IPv4 unicast is also legal inside MP_REACH_NLRI") {
  const Bytes reach = hex("800e0d 0001 01 04 c0000202 00 18 c63364");
  const Decoded decoded = decode(update_body({}, kNoNextHop + reach, {}), ebgp());
  CHECK(decoded.message.errors.empty());
  CHECK(decoded.message.reachable[0].next_hop == address("192.0.2.2"));
  CHECK(text_of(decoded.message.reachable[0].nlri) == "198.51.100.0/24");
  const Bytes wrong = hex("800e19 0001 01 10 20010db8000000000000000000000001 00 18 c63364");
  CHECK(decode(update_body({}, kNoNextHop + wrong, {}), ebgp()).reset);
}

TEST_CASE("UPDATE: next hops of IPv6") {
  struct Case {
    const char* octets;
    const char* next_hop;
    const char* link_local;
  };

  const auto c = GENERATE(values<Case>({
      {"10 20010db8000000000000000000000001", "2001:db8::1", nullptr},
      {"10 fe800000000000000000000000000001", "fe80::1", nullptr},
      {"20 20010db8000000000000000000000001 fe800000000000000000000000000001", "2001:db8::1",
       "fe80::1"},
      {"20 00000000000000000000000000000000 fe800000000000000000000000000001", "fe80::1", nullptr},
      {"20 20010db8000000000000000000000001 20010db8000000000000000000000002", "2001:db8::1",
       nullptr},
  }));
  const Bytes value = hex("0002 01") + hex(c.octets) + hex("07 00");
  const Bytes reach = hex("800e") + Bytes{static_cast<std::uint8_t>(value.size())} + value;
  const Decoded decoded = decode(update_body({}, kNoNextHop + reach, {}), ebgp());
  REQUIRE(decoded.message.reachable.size() == 1);
  const Reachable& reachable = decoded.message.reachable[0];
  CHECK(reachable.next_hop == address(c.next_hop));
  CHECK(reachable.link_local_next_hop.has_value() == (c.link_local != nullptr));
  if (c.link_local != nullptr && reachable.link_local_next_hop) {
    CHECK(*reachable.link_local_next_hop == address(c.link_local));
  }
}

TEST_CASE("UPDATE: with ADD-PATH each NLRI has a Path Identifier") {
  Negotiated add_path = ebgp();
  add_path.families[0].add_path_receive = true;
  const Decoded decoded = decode(
      update_body(hex("00000007 08 0a"), kAttributes, hex("00000001 18 c63364 00000002 18 c63364")),
      add_path);
  CHECK(text_of(decoded.message.unreachable[0].nlri) == "10.0.0.0/8#7");
  CHECK(text_of(decoded.message.reachable[0].nlri) == "198.51.100.0/24#1 198.51.100.0/24#2");
  CHECK(decode(update_body({}, kAttributes, hex("00000001")), add_path).reset);
}

TEST_CASE("UPDATE: U. errors and their octets are bounded") {
  Bytes block = kAttributes;
  const Bytes again = hex("400101 00");
  while (block.size() + again.size() < 60000) {
    block = std::move(block) + again;
  }
  const Decoded decoded = decode(update_body({}, block, kPrefix), ebgp());
  CHECK(decoded.message.errors.size() == kMaxUpdateErrors);
  Bytes huge = hex("50fe e000");
  huge.resize(huge.size() + 0xe000);
  const Decoded reset = decode(update_body({}, kAttributes + huge, kPrefix), ebgp());
  REQUIRE(reset.reset);
  CHECK(reset.reset->data.size() == kMaxMessage - kHeaderSize - 2);
  CHECK(reset.message.errors[0].octets.size() == 4096);
}

TEST_CASE("UPDATE: U. thousands of the shortest NLRI on both sides take no long time") {
  Bytes body = update_body(Bytes(30000, 0), kAttributes, Bytes(30000, 0));
  const Decoded decoded = decode(body, ebgp());
  CHECK(decoded.message.reachable[0].nlri.size() == 30000);
  CHECK(decoded.message.unreachable[0].nlri.empty());
}

TEST_CASE("UPDATE: a reused message shows nothing of the one before and keeps its memory") {
  UpdateMessage message;
  const Bytes full = update_body(hex("08 0a"), kAttributes + kReach6 + hex("400601 00"), kPrefix);
  REQUIRE(decode_update(full, ebgp(), message));
  CHECK(message.errors.size() == 1);
  const Nlri* memory = message.reachable[0].nlri.prefixes().data();
  const Bytes other = update_body({}, kAttributes, hex("18 c63365"));
  REQUIRE(decode_update(other, ebgp(), message));
  CHECK(message.errors.empty());
  CHECK(message.unreachable.empty());
  REQUIRE(message.reachable.size() == 1);
  CHECK(text_of(message.reachable[0].nlri) == "198.51.101.0/24");
  CHECK_FALSE(message.reachable[0].link_local_next_hop);
  CHECK(message.reachable[0].nlri.prefixes().data() == memory);
  REQUIRE(decode_update(hex("0000 0000"), ebgp(), message));
  CHECK(message.attributes == PathAttributes{});
  CHECK(message.reachable.empty());
}

TEST_CASE("UPDATE: L. an AS_PATH of more than 2,048 hops") {
  Bytes segments;
  for (int i = 0; i < 12; ++i) {
    prepend(segments, 64501, 255);
  }
  Bytes block = hex("400101 00 400304 c0000201 5002");
  net::ByteWriter writer(block);
  writer.u16(static_cast<std::uint16_t>(segments.size()));
  writer.bytes(segments);
  const Decoded decoded = decode(update_body({}, block, kPrefix), ebgp());
  CHECK(decoded.message.errors.empty());
  CHECK(AsPathView(decoded.message.attributes.as_path).length() == 12 * 255);
}
