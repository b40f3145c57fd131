#include "bgp/wire/open.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;
using std::chrono::seconds;

namespace {

/// Version 4, AS 64501, hold time 90, identifier 10.0.0.1.
const std::string kFixed = "04 fbf5 005a 0a000001";

Notification open_error(std::uint8_t subcode, Bytes data = {}) {
  return {ErrorCode::OpenMessage, subcode, std::move(data)};
}

Open decoded(const std::string& text) {
  const auto open = decode_open(hex(text));
  REQUIRE(open);
  return *open;
}

Open valid() {
  Open open;
  open.my_as = 64501;
  open.hold_time = 90;
  open.id = 0x0a000001;
  return open;
}

}  // namespace

TEST_CASE("OPEN: golden octets, both ways") {
  Open open;
  open.my_as = 65536;
  open.hold_time = 180;
  open.id = 0x0a000001;
  open.capabilities = {multiprotocol(net::kIpv6Unicast), plain(CapabilityCode::RouteRefresh),
                       four_octet_as(65536), fqdn("node1", "example")};
  Bytes out;
  encode_open(open, out);
  CHECK(to_hex(out) ==
        "ffffffffffffffffffffffffffffffff"
        "003d01"
        "04"
        "5ba0"
        "00b4"
        "0a000001"
        "20"
        "021e"
        "010400020001"
        "0200"
        "410400010000"
        "490e"
        "056e6f646531"
        "076578616d706c65");
  const auto back = decode_open(body_of(out));
  REQUIRE(back);
  CHECK(*back == open);
}

TEST_CASE("OPEN: without parameters") {
  const Open open = decoded(kFixed + "00");
  CHECK(open == valid());
  Bytes out;
  encode_open(open, out);
  CHECK(out.size() == 29);
}

TEST_CASE("OPEN: several parameters, duplicates and unknown capabilities are taken") {
  const Open open = decoded(kFixed + "14 0206 0104 00020001 020a 0104 00020001 c802 0102");
  REQUIRE(open.capabilities.size() == 3);
  CHECK(open.capabilities[0] == open.capabilities[1]);
  CHECK(to_string(open.capabilities[2]) == "capability 200 0102");
}

TEST_CASE("OPEN: the extended parameter length of RFC 9072, in any size") {
  const Open small = decoded(kFixed + "ff ff 0005 02 0002 0200");
  CHECK(small.capabilities == Capabilities{plain(CapabilityCode::RouteRefresh)});
  // Whatever the first length says.
  CHECK(decoded(kFixed + "05 ff 0005 02 0002 0200") == small);
  Open large = valid();
  for (std::uint8_t i = 0; i < 15; ++i) {
    large.capabilities.push_back({static_cast<std::uint8_t>(200 + i), Bytes(255, i)});
  }
  Bytes out;
  encode_open(large, out);
  CHECK(out.size() <= kMaxMessage);
  CHECK(decode_open(body_of(out)).value() == large);
}

TEST_CASE("OPEN: parameters of 253 octets are the most that the short form holds") {
  Open open = valid();
  const auto size = static_cast<std::size_t>(GENERATE(250, 251, 252, 253));
  open.capabilities = {{200, Bytes(size, 1)}};
  Bytes out;
  encode_open(open, out);
  CHECK(out.size() == 29 + 2 + size + (size + 2 > 253 ? 6 : 2));
  CHECK(decode_open(body_of(out)).value() == open);
}

TEST_CASE("OPEN: A. lengths that overrun are 2/0, wherever they stand") {
  const std::string tail = GENERATE(as<std::string>{},
                                    "",                         // ends before the length octet
                                    "01",                       // one octet announced, none there
                                    "02 02",                    //
                                    "00 0200",                  // octets behind no parameters
                                    "04 0200",                  // fewer than announced
                                    "02 0200 00",               // more than announced
                                    "02 0205",                  // parameter overruns
                                    "04 0202 0104",             // capability overruns
                                    "03 0201 01",               // capability without its length
                                    "ff",                       //
                                    "ff ff",                    //
                                    "ff ff 00",                 // half an extended length
                                    "ff ff 0001",               //
                                    "ff ff ffff 02 0002 0200",  //
                                    "ff ff 0005 02 0003 0200",  // extended parameter overruns
                                    "ff ff 0005 02 ffff 0200",  //
                                    "ff ff 0002 02 00",         // half a parameter length
                                    "05 0203 4101 01",          // four-octet AS of one octet
                                    "04 0202 4100");
  CAPTURE(tail);
  const auto open = decode_open(hex(tail.empty() ? kFixed : kFixed + tail));
  REQUIRE_FALSE(open);
  CHECK(open.error() == open_error(0));
}

TEST_CASE("OPEN: A. every truncation of a good one is an error and nothing worse") {
  Open open = valid();
  open.capabilities = {multiprotocol(net::kIpv4Unicast), fqdn("a", "b"), four_octet_as(1)};
  Bytes out;
  encode_open(open, out);
  const net::ByteView body = body_of(out);
  for (std::size_t size = 0; size < body.size(); ++size) {
    CHECK_FALSE(decode_open(body.first(size)));
  }
}

TEST_CASE("OPEN: an unknown optional parameter is 2/4, the old authentication too") {
  CHECK(decode_open(hex(kFixed + "02 0300")).error() == open_error(4));
  CHECK(decode_open(hex(kFixed + "03 0101 00")).error() == open_error(4));
}

TEST_CASE("OPEN: a wrong version is 2/1 and tells the one supported") {
  CHECK(decode_open(hex("03 fbf5 005a 0a000001 00")).error() == open_error(1, {0, 4}));
  CHECK(decode_open(hex("05 fbf5 005a 0a000001 ff")).error() == open_error(1, {0, 4}));
}

TEST_CASE("OPEN: A. malformed known capabilities count as not sent") {
  const Open open = decoded(kFixed + "15 0213 0103 000200 0205 0102030405 4905 05 61626364");
  CHECK(open.capabilities.size() == 3);
  CHECK(families(open.capabilities).empty());
  CHECK_FALSE(has_plain(open.capabilities, CapabilityCode::RouteRefresh));
  CHECK_FALSE(hostname(open.capabilities));
}

TEST_CASE("OPEN: the checks of meaning") {
  const OpenExpectations external{.local_asn = 64500, .local_id = 0x0a000002, .peer_asn = 64501};
  const OpenExpectations any_external{.local_asn = 64500, .local_id = 0x0a000001, .peer_asn = {}};
  const OpenExpectations internal{.local_asn = 64501, .local_id = 0x0a000002, .peer_asn = 64501};
  Open open = valid();
  CHECK_FALSE(check_open(open, external));
  CHECK_FALSE(check_open(open, internal));
  SECTION("the same identifier is allowed in another AS (RFC 6286)") {
    CHECK_FALSE(check_open(open, any_external));
  }
  SECTION("our own identifier in our AS is 2/3") {
    open.id = internal.local_id;
    CHECK(check_open(open, internal) == open_error(3));
  }
  SECTION("an identifier of zero is 2/3") {
    open.id = 0;
    CHECK(check_open(open, external) == open_error(3));
  }
  SECTION("another AS is 2/2") {
    open.my_as = 64502;
    CHECK(check_open(open, external) == open_error(2));
    CHECK_FALSE(check_open(open, any_external));
    open.my_as = 64500;
    CHECK(check_open(open, any_external) == open_error(2));
  }
  SECTION("AS 0 is 2/2, in either field (RFC 7607)") {
    open.my_as = 0;
    CHECK(check_open(open, any_external) == open_error(2));
    CHECK(decoded("04 0000 005a 0a000001 08 0206 4104 0000fbf5").my_as == 0);
    CHECK(decoded("04 5ba0 005a 0a000001 08 0206 4104 00000000").my_as == 0);
  }
  SECTION("hold times of 1 and 2 seconds are 2/6, 0 and 3 are good") {
    for (const std::uint16_t hold : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{2},
                                     std::uint16_t{3}, std::uint16_t{65535}}) {
      open.hold_time = hold;
      const bool bad = hold == 1 || hold == 2;
      CHECK(check_open(open, external).has_value() == bad);
      CHECK(check_open(open, external).value_or(open_error(6)) == open_error(6));
    }
  }
}

TEST_CASE("negotiate: hold time and keepalive") {
  struct Case {
    std::uint16_t ours;
    std::uint16_t theirs;
    int configured;
    int hold;
    int keepalive;
  };

  const auto c = GENERATE(values<Case>({{90, 180, 30, 90, 30},
                                        {180, 90, 60, 90, 30},
                                        {90, 90, 10, 90, 10},
                                        {90, 90, 0, 90, 30},
                                        {90, 3, 30, 3, 1},
                                        {90, 0, 30, 0, 0},
                                        {0, 90, 30, 0, 0}}));
  Open sent = valid();
  Open received = valid();
  sent.hold_time = c.ours;
  received.hold_time = c.theirs;
  const Negotiated session = negotiate(sent, received, seconds(c.configured));
  CHECK(session.hold_time == seconds(c.hold));
  CHECK(session.keepalive_time == seconds(c.keepalive));
}

TEST_CASE("negotiate: families are the intersection, no Multiprotocol means IPv4 unicast") {
  Open sent = valid();
  Open received = valid();
  sent.capabilities = {multiprotocol(net::kIpv4Unicast), multiprotocol(net::kIpv6Unicast)};
  const auto active = [&] {
    const Negotiated session = negotiate(sent, received, seconds(30));
    return std::pair(session.families[0].active, session.families[1].active);
  };
  CHECK(active() == std::pair(true, false));
  received.capabilities = {multiprotocol(net::kIpv6Unicast)};
  CHECK(active() == std::pair(false, true));
  received.capabilities = {multiprotocol({net::Afi{25}, net::Safi{70}})};
  CHECK(active() == std::pair(false, false));
}

TEST_CASE("negotiate: what needs both and what needs only the peer") {
  Open sent = valid();
  sent.my_as = 64500;
  sent.id = 2;
  sent.capabilities = {four_octet_as(64500), plain(CapabilityCode::ExtendedMessage),
                       plain(CapabilityCode::EnhancedRouteRefresh)};
  Open received = valid();
  received.capabilities = {plain(CapabilityCode::RouteRefresh), fqdn("n\x1b[1m1", "example.net")};
  Negotiated session = negotiate(sent, received, seconds(30));
  CHECK(session.local_asn == 64500);
  CHECK(session.peer_asn == 64501);
  CHECK(session.local_id == 2);
  CHECK(session.peer_id == 0x0a000001);
  CHECK_FALSE(session.four_octet_as);
  CHECK_FALSE(session.extended_message);
  CHECK_FALSE(session.enhanced_route_refresh);
  CHECK(session.route_refresh);
  CHECK(session.peer_hostname == "n\\x1b[1m1.example.net");
  received.capabilities = sent.capabilities;
  session = negotiate(sent, received, seconds(30));
  CHECK(session.four_octet_as);
  CHECK(session.extended_message);
  CHECK(session.max_message() == kMaxExtendedMessage);
  CHECK(session.enhanced_route_refresh);
  CHECK_FALSE(session.route_refresh);
}

TEST_CASE("Capabilities: text") {
  CHECK(to_string(multiprotocol(net::kIpv6Unicast)) == "multiprotocol ipv6-unicast");
  CHECK(to_string(plain(CapabilityCode::RouteRefresh)) == "route-refresh");
  CHECK(to_string(four_octet_as(65536)) == "four-octet-as 65536");
  CHECK(to_string({64, hex("0078")}) == "graceful-restart restart time 120s, helper only");
  CHECK(to_string({65, hex("00")}) == "four-octet-as 00");
  CHECK(to_string(fqdn("a\n", "")) == "fqdn a\\x0a");
  CHECK(fqdn(std::string(500, 'x'), std::string(500, 'y')).value.size() <= 255);
}

TEST_CASE("Capabilities: the content of those that others send is decoded") {
  struct Case {
    std::uint8_t code;
    const char* value;
    const char* text;
  };

  const auto c = GENERATE(values<Case>({
      {1, "0019 00 46", "multiprotocol l2vpn-evpn"},
      {1, "0063 00 07", "multiprotocol afi 99 safi 7"},
      {3, "0001 00 01 02 40 01 41 03",
       "outbound-route-filtering ipv4-unicast type 64 receive type 65 both"},
      {5, "0001 0001 0002 0001 0080 0002",
       "extended-next-hop ipv4-unicast over ipv6, ipv4-vpn over ipv6"},
      {7, "08 0001", "bgpsec version 0 send afi 1"},
      {8, "0001 04 0a", "multiple-labels ipv4-labeled-unicast 10 labels"},
      {9, "03", "role customer"},
      {9, "09", "role role 9"},
      {64, "c078 0001 01 80 0002 01 00",
       "graceful-restart restart time 120s, restarted, notification, ipv4-unicast forwarding kept, "
       "ipv6-unicast"},
      {67, "01 40", "dynamic-capability multiprotocol, graceful-restart"},
      {69, "0001 01 03 0002 01 01", "add-path ipv4-unicast both, ipv6-unicast receive"},
      {70, "", "enhanced-route-refresh"},
      {71, "0001 01 80 015180",
       "long-lived-graceful-restart ipv4-unicast stale time 86400s forwarding kept"},
      {73, "01 61 03 622e63", "fqdn a.b.c"},
      {75, "04 46525221", "software-version FRR!"},
      {76, "0001 01 0008", "paths-limit ipv4-unicast 8"},
      {77, "", "link-local-next-hop"},
      // Malformed: as they came.
      {64, "00", "graceful-restart 00"},
      {69, "0001 01", "add-path 000101"},
      {71, "0001 01 80 0151", "long-lived-graceful-restart 000101800151"},
      {73, "05 61", "fqdn 0561"},
      {77, "01", "link-local-next-hop 01"},
      {68, "0001", "multisession 0001"},
      {199, "ff", "capability 199 ff"},
  }));
  CHECK(to_string({c.code, hex(c.value)}) == c.text);
}

TEST_CASE("Capabilities: any content of any code gives words") {
  for (int code = 0; code < 256; ++code) {
    for (std::size_t size = 0; size < 24; ++size) {
      for (const int octet : {0x00, 0x01, 0x07, 0xff}) {
        const Capability made{static_cast<std::uint8_t>(code),
                              Bytes(size, static_cast<std::uint8_t>(octet))};
        CHECK(to_string(made).size() < 1000);
      }
    }
  }
}

TEST_CASE("OPEN: a refusal says what was expected and what came") {
  Open sent = valid();
  sent.my_as = 65000;
  sent.capabilities = {multiprotocol(net::kIpv4Unicast)};
  Open received = valid();
  received.capabilities = {multiprotocol({static_cast<net::Afi>(25), static_cast<net::Safi>(70)}),
                           multiprotocol(net::kIpv6Unicast)};
  const OpenExpectations one{65000, 1, 65001};
  const OpenExpectations any{64501, 0x0a000001, std::nullopt};
  const auto said = [&](const Notification& refusal, const OpenExpectations& expected) {
    return explain_refusal(refusal, sent, received, expected);
  };
  CHECK(said(*check_open(received, one), one) ==
        "expected AS 65001, but the neighbor says AS 64501");
  CHECK(said(*check_open(received, any), any) ==
        "expected any AS but our 64501, but the neighbor says AS 64501");
  const auto families = check_families(sent, received);
  REQUIRE(families);
  CHECK(*families == open_error(7, hex("01 04 0001 00 01")));
  CHECK(said(*families, one) ==
        "no common family: here ipv4-unicast, at the neighbor l2vpn-evpn, ipv6-unicast");
  received.hold_time = 2;
  received.my_as = 65001;
  CHECK(said(*check_open(received, one), one) ==
        "the neighbor offers 2s, but it must be 0 or at least 3s");
  received.id = 0;
  CHECK(said(*check_open(received, one), one) == "the neighbor says 0.0.0.0, which is none");
  received.capabilities.clear();  // IPv4 unicast (RFC 4760 §8)
  CHECK_FALSE(check_families(sent, received));
}
