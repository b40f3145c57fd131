#include "bgp/wire/notification.hpp"

#include "bgp/wire/message.hpp"
#include "bgp/wire/route_refresh.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;

namespace {

Notification make(int code, int subcode, Bytes data = {}) {
  return {static_cast<ErrorCode>(code), static_cast<std::uint8_t>(subcode), std::move(data)};
}

Bytes communication(std::size_t length, std::string_view text) {
  Bytes data{static_cast<std::uint8_t>(length)};
  data.insert(data.end(), text.begin(), text.end());
  return data;
}

}  // namespace

TEST_CASE("NOTIFICATION: names") {
  CHECK(name_of(make(6, 2)) == "Cease/Administrative Shutdown");
  CHECK(name_of(make(1, 2)) == "Message Header Error/Bad Message Length");
  CHECK(name_of(make(2, 11)) == "OPEN Message Error/Role Mismatch");
  CHECK(name_of(make(3, 11)) == "UPDATE Message Error/Malformed AS_PATH");
  CHECK(name_of(make(3, 7)) == "UPDATE Message Error/subcode 7");
  CHECK(name_of(make(4, 0)) == "Hold Timer Expired");
  CHECK(name_of(make(5, 3)) ==
        "Finite State Machine Error/Receive Unexpected Message in Established State");
  CHECK(name_of(make(6, 200)) == "Cease/subcode 200");
  CHECK(name_of(make(7, 1)) == "ROUTE-REFRESH Message Error/Invalid Message Length");
  CHECK(name_of(make(8, 0)) == "Send Hold Timer Expired");
  CHECK(name_of(make(99, 1)) == "code 99 subcode 1");
}

TEST_CASE("NOTIFICATION: octets both ways, any code, 21 octets at least") {
  Bytes out;
  encode_notification(make(6, 4), out);
  CHECK(to_hex(out) == "ffffffffffffffffffffffffffffffff0015030604");
  CHECK(decode_notification(body_of(out)) == make(6, 4));
  CHECK(decode_notification(hex("ff fe 01 02")) == make(255, 254, {1, 2}));
  CHECK(decode_notification({}) == make(0, 0));
}

TEST_CASE("NOTIFICATION: N. data is cut to what a message holds") {
  Bytes out;
  encode_notification(make(3, 1, Bytes(65535, 7)), out);
  CHECK(out.size() == kMaxMessage);
  CHECK(decode_header(out, kMaxMessage).value().length == kMaxMessage);
}

TEST_CASE("NOTIFICATION: shutdown communication, sent and received (RFC 9003)") {
  const Notification bye = cease(CeaseSubcode::AdministrativeShutdown, "maintenance until 12:00");
  CHECK(shutdown_communication(bye) == "maintenance until 12:00");
  CHECK(describe(bye) == "Cease/Administrative Shutdown: \"maintenance until 12:00\"");
  CHECK(cease(CeaseSubcode::AdministrativeReset).data.empty());
  CHECK(cease(CeaseSubcode::MaximumPrefixesReached, "not for this one").data.empty());
  const std::string long_text(300, 'x');
  CHECK(cease(CeaseSubcode::AdministrativeReset, long_text).data.size() == 256);
  for (const std::size_t size : {128U, 255U}) {
    const std::string text(size, 'y');
    CHECK(shutdown_communication(make(6, 2, communication(size, text))) == text);
  }
}

TEST_CASE("NOTIFICATION: a long communication is cut between characters") {
  std::string text(254, 'x');
  text += "\xc3\xa9";  // its second octet would be the 256th
  const Notification cut = cease(CeaseSubcode::AdministrativeShutdown, text);
  CHECK(cut.data.size() == 255);
  CHECK(shutdown_communication(cut) == std::string(254, 'x'));
  // What never was UTF-8 is not cut away without end.
  const Notification garbage =
      cease(CeaseSubcode::AdministrativeShutdown, std::string(300, '\x80'));
  CHECK(garbage.data.size() > 250);
}

TEST_CASE("NOTIFICATION: N. malformed communications") {
  CHECK(shutdown_communication(make(6, 2)).empty());
  CHECK(shutdown_communication(make(6, 2, {0})).empty());
  CHECK(shutdown_communication(make(6, 2, {1})).empty());
  CHECK(shutdown_communication(make(6, 2, communication(255, "short"))).empty());
  CHECK(shutdown_communication(make(6, 2, communication(2, "long"))) == "lo");
  CHECK(shutdown_communication(make(6, 1, communication(4, "long"))).empty());
  CHECK(shutdown_communication(make(3, 2, communication(4, "long"))).empty());
  CHECK(shutdown_communication(make(6, 4, communication(7, "a\n\xff\x1b[2J"))) ==
        "a\\x0a\\xff\\x1b[2J");
}

TEST_CASE("NOTIFICATION: U. a description is bounded") {
  CHECK(describe(make(3, 1, {0xab, 0xcd})) ==
        "UPDATE Message Error/Malformed Attribute List, data abcd");
  CHECK(describe(make(2, 7, Bytes(65000, 1))).size() < 600);
  CHECK(describe(make(3, 1, Bytes(65000, 1))).size() < 300);
  CHECK(describe(make(6, 2, Bytes(256, 0xff))).size() < 4 * 256 + 100);
}

TEST_CASE("NOTIFICATION: data whose form is known is told in words") {
  CHECK(describe(make(1, 2, {0, 18})) == "Message Header Error/Bad Message Length: length 18");
  CHECK(describe(make(1, 3, {9})) == "Message Header Error/Bad Message Type: type 9");
  CHECK(describe(make(2, 1, {0, 4})) ==
        "OPEN Message Error/Unsupported Version Number: version 4 is the highest supported");
  CHECK(describe(make(2, 2, {0, 0, 0xfd, 0xe8})) == "OPEN Message Error/Bad Peer AS: not AS 65000");
  CHECK(describe(make(2, 2, {0xfd, 0xe8})) == "OPEN Message Error/Bad Peer AS: not AS 65000");
  CHECK(describe(make(2, 3, {10, 0, 0, 1})) ==
        "OPEN Message Error/Bad BGP Identifier: not 10.0.0.1");
  CHECK(describe(make(2, 6, {0, 2})) == "OPEN Message Error/Unacceptable Hold Time: not 2s");
  CHECK(describe(make(2, 7, {1, 4, 0, 2, 0, 1, 65, 4, 0, 0, 0, 7})) ==
        "OPEN Message Error/Unsupported Capability: multiprotocol ipv6-unicast, four-octet-as 7");
  CHECK(describe(make(3, 4, {0x40, 3, 4, 10, 0, 0, 1})) ==
        "UPDATE Message Error/Attribute Flags Error: NEXT_HOP 4003040a000001");
  CHECK(describe(make(6, 1, {0, 1, 1, 0, 0, 0, 100})) ==
        "Cease/Maximum Number of Prefixes Reached: ipv4-unicast, limit 100");
  CHECK(describe(make(6, 9, {6, 4})) == "Cease/Hard Reset: Cease/Administrative Reset");
  // What is no such thing is shown as it came.
  CHECK(describe(make(2, 2, {1, 2, 3})) == "OPEN Message Error/Bad Peer AS, data 010203");
  CHECK(describe(make(2, 7, {1, 9, 0})) ==
        "OPEN Message Error/Unsupported Capability, data 010900");
  CHECK(describe(make(6, 1, {0, 1})) == "Cease/Maximum Number of Prefixes Reached, data 0001");
}

TEST_CASE("ROUTE-REFRESH: C. what is taken, ignored and refused") {
  struct Case {
    const char* name;
    const char* body;
    bool enhanced;
    bool refused;
    std::optional<RefreshSubtype> subtype;
  };

  const auto c = GENERATE(values<Case>({
      {"request", "0001 00 01", false, false, RefreshSubtype::Request},
      {"begin without RFC 7313", "0001 01 01", false, false, {}},
      {"begin", "0001 01 01", true, false, RefreshSubtype::Begin},
      {"end", "0001 02 01", true, false, RefreshSubtype::End},
      {"unknown subtype", "0001 03 01", true, false, {}},
      {"reserved octet of RFC 2918 set", "0001 ff 01", false, false, {}},
      {"unknown family", "0019 00 46", true, false, {}},
      {"family not negotiated", "0002 00 01", true, false, {}},
      {"ORF that was not negotiated", "0001 00 01 01 80 ffff 00", true, false, {}},
      {"too short without RFC 7313", "0001 00", false, false, {}},
      {"empty without RFC 7313", "", false, false, {}},
      {"too short", "0001 00", true, true, {}},
      {"empty", "", true, true, {}},
      {"begin with octets behind", "0001 01 01 00", true, true, {}},
  }));
  Negotiated session = ebgp();
  session.families[1].active = false;
  session.enhanced_route_refresh = c.enhanced;
  CAPTURE(c.name);
  const Bytes body = hex(c.body);
  const auto result = decode_route_refresh(body, session);
  REQUIRE(result.has_value() == !c.refused);
  if (c.refused) {
    Bytes whole;
    encode_header(MessageType::RouteRefresh, body.size(), whole);
    whole.insert(whole.end(), body.begin(), body.end());
    CHECK(result.error() == Notification{ErrorCode::RouteRefresh, 1, whole});
    return;
  }
  REQUIRE(result->has_value() == c.subtype.has_value());
  if (c.subtype) {
    CHECK(**result == RouteRefresh{net::kIpv4Unicast, *c.subtype});
  }
}

TEST_CASE("ROUTE-REFRESH: octets") {
  Bytes out;
  encode_route_refresh({net::kIpv6Unicast, RefreshSubtype::End}, out);
  CHECK(to_hex(out) == "ffffffffffffffffffffffffffffffff00170500020201");
}
