// Every row of the attribute table: one good case, and what each error leads to (RFC 7606).
#include "bgp/wire/as_path.hpp"
#include "bgp/wire/attribute_table.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;

namespace {

constexpr const char* kOrigin = "400101 00";
constexpr const char* kPathExternal = "400206 0201 0000fbf5";
constexpr const char* kNextHop = "400304 c0000201";

/// ORIGIN, AS_PATH, NEXT_HOP, save for the one that the case brings.
Bytes with_mandatory(const Bytes& attribute) {
  Bytes block;
  for (const char* text : {kOrigin, kPathExternal, kNextHop}) {
    const Bytes octets = hex(text);
    if (attribute.size() < 2 || attribute[1] != octets[1]) {
      block.insert(block.end(), octets.begin(), octets.end());
    }
  }
  block.insert(block.end(), attribute.begin(), attribute.end());
  return block;
}

Decoded decode_with(const Bytes& attribute, const Negotiated& with) {
  return decode(update_body({}, with_mandatory(attribute), hex("18 c63364")), with);
}

constexpr auto kKeep = ErrorAction::Keep;
constexpr auto kDiscard = ErrorAction::DiscardAttribute;
constexpr auto kWithdraw = ErrorAction::TreatAsWithdraw;
constexpr auto kReset = ErrorAction::ResetSession;

struct Case {
  const char* name;
  const char* octets;
  ErrorAction external;
  ErrorAction internal;
};

// clang-format off
const Case kCases[] = {
    {"ORIGIN: good", "400101 02", kKeep, kKeep},
    {"ORIGIN: too long", "400102 0000", kWithdraw, kWithdraw},
    {"ORIGIN: empty", "400100", kWithdraw, kWithdraw},
    {"ORIGIN: undefined value", "400101 03", kWithdraw, kWithdraw},
    {"ORIGIN: optional", "c00101 00", kWithdraw, kWithdraw},
    {"ORIGIN: extended length is no error", "50010001 00", kKeep, kKeep},
    {"ORIGIN: the Partial and the unused bits are no error", "6f0101 00", kKeep, kKeep},
    {"AS_PATH: good", "40020a 0202 0000fbf5 00010000", kKeep, kKeep},
    {"AS_PATH: empty", "400200", kKeep, kKeep},
    {"AS_PATH: unknown segment type", "400206 0501 0000fbf5", kWithdraw, kWithdraw},
    {"AS_PATH: segment type 0", "400206 0001 0000fbf5", kWithdraw, kWithdraw},
    {"AS_PATH: segment runs past the end", "400206 0202 0000fbf5", kWithdraw, kWithdraw},
    {"AS_PATH: one octet left over", "400207 0201 0000fbf5 02", kWithdraw, kWithdraw},
    {"AS_PATH: empty segment", "400208 0201 0000fbf5 0200", kWithdraw, kWithdraw},
    {"AS_PATH: AS 0 (RFC 7607)", "40020a 0202 0000fbf5 00000000", kWithdraw, kWithdraw},
    {"AS_PATH: whose first AS is not the peer's is refused by import", "400206 0201 0000fbf6", kKeep, kKeep},
    {"AS_PATH: with a set, too", "400206 0101 0000fbf5", kKeep, kKeep},
    {"AS_PATH: confederation sequence in front", "40020c 0301 0000fde9 0201 0000fbf5", kWithdraw, kWithdraw},
    {"AS_PATH: confederation set behind", "40020c 0201 0000fbf5 0401 0000fde9", kWithdraw, kWithdraw},
    {"NEXT_HOP: too short", "400303 c00002", kWithdraw, kWithdraw},
    {"NEXT_HOP: H. too long", "400305 c000020101", kWithdraw, kWithdraw},
    {"NEXT_HOP: unspecified", "400304 00000000", kWithdraw, kWithdraw},
    {"NEXT_HOP: multicast", "400304 e0000001", kWithdraw, kWithdraw},
    {"NEXT_HOP: broadcast", "400304 ffffffff", kWithdraw, kWithdraw},
    {"MULTI_EXIT_DISC: good", "800404 00000007", kKeep, kKeep},
    {"MULTI_EXIT_DISC: too short", "800403 000007", kWithdraw, kWithdraw},
    {"MULTI_EXIT_DISC: transitive", "c00404 00000007", kWithdraw, kWithdraw},
    {"LOCAL_PREF: good, discarded from outside", "400504 00000064", kDiscard, kKeep},
    {"LOCAL_PREF: too long", "400505 0000006400", kDiscard, kWithdraw},
    {"ATOMIC_AGGREGATE: good", "400600", kKeep, kKeep},
    {"ATOMIC_AGGREGATE: not empty", "400601 00", kDiscard, kDiscard},
    {"AGGREGATOR: good", "c00708 0000fbf5 c0000201", kKeep, kKeep},
    {"AGGREGATOR: of a 2-octet speaker", "c00706 fbf5 c0000201", kDiscard, kDiscard},
    {"AGGREGATOR: AS 0 (RFC 7607)", "c00708 00000000 c0000201", kDiscard, kDiscard},
    {"AGGREGATOR: flags of a well-known attribute", "400708 0000fbf5 c0000201", kWithdraw, kWithdraw},
    {"COMMUNITIES: good", "c00808 fbf40001 ffffff01", kKeep, kKeep},
    {"COMMUNITIES: M. empty", "c00800", kWithdraw, kWithdraw},
    {"COMMUNITIES: M. not a multiple of 4", "c00806 fbf40001 ffff", kWithdraw, kWithdraw},
    {"ORIGINATOR_ID: good, discarded from outside", "800904 0a000001", kDiscard, kKeep},
    {"ORIGINATOR_ID: too long", "800908 0a0000010a000001", kDiscard, kWithdraw},
    {"CLUSTER_LIST: good, discarded from outside", "800a08 0a0000010a000002", kDiscard, kKeep},
    {"CLUSTER_LIST: G. empty", "800a00", kDiscard, kWithdraw},
    {"CLUSTER_LIST: not a multiple of 4", "800a05 0a00000100", kDiscard, kWithdraw},
    {"EXTENDED_COMMUNITIES: good", "c01008 0002fbf400000007", kKeep, kKeep},
    {"EXTENDED_COMMUNITIES: M. not a multiple of 8", "c01007 0002fbf4000000", kWithdraw, kWithdraw},
    {"EXTENDED_COMMUNITIES: M. empty", "c01000", kWithdraw, kWithdraw},
    {"EXTENDED_COMMUNITIES: unknown types are fine", "c01008 ff77010203040506", kKeep, kKeep},
    {"AS4_PATH: from a 4-octet speaker (RFC 6793)", "c01106 0201 0000fbf5", kDiscard, kDiscard},
    {"AS4_AGGREGATOR: from a 4-octet speaker", "c01208 00010000 c0000201", kDiscard, kDiscard},
    {"PMSI_TUNNEL: ingress replication", "c01609 00 06 000100 c0000201", kKeep, kKeep},
    {"PMSI_TUNNEL: no tunnel information", "c01605 00 00 000000", kKeep, kKeep},
    {"PMSI_TUNNEL: RSVP-TE", "c01611 00 01 000000 c0000201 0000 0001 00000001", kKeep, kKeep},
    {"PMSI_TUNNEL: mLDP", "c01611 00 02 000000 06 0001 04 c0000201 0002 abcd", kKeep, kKeep},
    {"PMSI_TUNNEL: PIM-SSM over IPv6", "c01625 00 03 000000 20010db8000000000000000000000001 ff3e0000000000000000000000000001", kKeep, kKeep},
    {"PMSI_TUNNEL: composite", "c0160e 00 86 000100 c0000201 0102030405", kKeep, kKeep},
    {"PMSI_TUNNEL: experimental type", "c01606 00 7b 000100 01", kKeep, kKeep},
    {"PMSI_TUNNEL: D. too short", "c01604 00 06 0001", kWithdraw, kWithdraw},
    {"PMSI_TUNNEL: D. empty", "c01600", kWithdraw, kWithdraw},
    {"PMSI_TUNNEL: undefined type", "c01609 00 70 000100 c0000201", kWithdraw, kWithdraw},
    {"PMSI_TUNNEL: D. ingress replication with half an address", "c01607 00 06 000100 c000", kWithdraw, kWithdraw},
    {"PMSI_TUNNEL: D. mLDP root runs past the end", "c0160f 00 02 000000 06 0001 10 c0000201 0000", kWithdraw, kWithdraw},
    {"TUNNEL_ENCAPSULATION: good", "c01711 0001 000d 0106 c0000201 0000 80 0002 0102", kKeep, kKeep},
    {"TUNNEL_ENCAPSULATION: of an unknown type", "c01708 ffee 0004 7f02 abcd", kKeep, kKeep},
    {"TUNNEL_ENCAPSULATION: a tunnel without sub-TLVs", "c01704 0001 0000", kKeep, kKeep},
    {"TUNNEL_ENCAPSULATION: D. empty", "c01700", kWithdraw, kWithdraw},
    {"TUNNEL_ENCAPSULATION: D. half a header", "c01703 0001 00", kWithdraw, kWithdraw},
    {"TUNNEL_ENCAPSULATION: D. TLV runs past the end", "c01706 0001 0004 0100", kWithdraw, kWithdraw},
    {"TUNNEL_ENCAPSULATION: D. sub-TLV runs past its TLV", "c01708 0001 0002 0103 abcd", kWithdraw, kWithdraw},
    {"TUNNEL_ENCAPSULATION: D. half a wide length", "c01706 0001 0002 8000", kWithdraw, kWithdraw},
    {"IPV6_EXTENDED_COMMUNITIES: good", "c01914 0002 20010db8000000000000000000000001 0007", kKeep, kKeep},
    {"IPV6_EXTENDED_COMMUNITIES: D. not a multiple of 20", "c01908 0002fbf400000007", kWithdraw, kWithdraw},
    {"AIGP: good", "801a0b 01 000b 0000000000000064", kKeep, kKeep},
    {"AIGP: other TLVs", "801a0e 07 0003 01 000b 0000000000000064", kKeep, kKeep},
    {"AIGP: D. empty", "801a00", kDiscard, kDiscard},
    {"AIGP: D. TLV runs past the end", "801a0b 01 000c 0000000000000064", kDiscard, kDiscard},
    {"AIGP: D. TLV shorter than its header", "801a03 02 0002", kDiscard, kDiscard},
    {"AIGP: D. metric of 4 octets", "801a07 01 0007 00000064", kDiscard, kDiscard},
    {"AIGP: transitive", "c01a0b 01 000b 0000000000000064", kDiscard, kDiscard},
    {"LARGE_COMMUNITIES: good", "c0200c 0000fbf40000000100000002", kKeep, kKeep},
    {"LARGE_COMMUNITIES: not a multiple of 12", "c02008 0000fbf400000001", kWithdraw, kWithdraw},
    {"LARGE_COMMUNITIES: empty", "c02000", kWithdraw, kWithdraw},
    {"ONLY_TO_CUSTOMER: good", "c02304 0000fbf5", kKeep, kKeep},
    {"ONLY_TO_CUSTOMER: E. a length of 1024", "d0230400", kWithdraw, kWithdraw},
    {"ONLY_TO_CUSTOMER: too short", "c02302 fbf5", kWithdraw, kWithdraw},
    {"ONLY_TO_CUSTOMER: AS 0 (RFC 7607)", "c02304 00000000", kWithdraw, kWithdraw},
    {"PREFIX_SID: Label-Index and SRGB", "c02815 01 0007 00000000000064 03 0008 0000 003e80001f40", kKeep, kKeep},
    {"PREFIX_SID: unknown TLV", "c02805 ff 0002 abcd", kKeep, kKeep},
    {"PREFIX_SID: SRv6 service", "c0281c 05 0019 00 01 0015 00 20010db8000000000000000000000001 00 0013 00", kKeep, kKeep},
    {"PREFIX_SID: D. empty", "c02800", kDiscard, kDiscard},
    {"PREFIX_SID: D. half a header", "c02802 01 00", kDiscard, kDiscard},
    {"PREFIX_SID: D. TLV runs past the end", "c02806 ff 0004 abcdef", kDiscard, kDiscard},
    {"PREFIX_SID: D. Label-Index of 4 octets", "c02807 01 0004 00000064", kDiscard, kDiscard},
    {"PREFIX_SID: D. SRGB of 7 octets", "c0280c 03 0009 0000 003e80001f40 01", kDiscard, kDiscard},
    {"PREFIX_SID: D. SRv6 service without its reserved octet", "c02803 05 0000", kWithdraw, kWithdraw},
    {"PREFIX_SID: D. SRv6 SID cut off", "c02808 05 0005 00 01 0015 20", kWithdraw, kWithdraw},
    {"ATTR_SET: good", "c08007 0000fbf5 400100", kKeep, kKeep},
    {"ATTR_SET: nothing in it", "c08004 0000fbf5", kKeep, kKeep},
    {"ATTR_SET: D. too short", "c08003 0000fb", kWithdraw, kWithdraw},
    {"ATTR_SET: D. attribute runs past the end", "c08007 0000fbf5 400101", kWithdraw, kWithdraw},
    {"unknown: optional transitive", "c0ff03 010203", kKeep, kKeep},
    {"unknown: E. optional transitive and empty", "c01e00", kKeep, kKeep},
    {"unknown: optional non-transitive", "80ff03 010203", kKeep, kKeep},
    {"unknown: well-known", "40fe03 010203", kReset, kReset},
    {"MP_REACH_NLRI: good IPv6", "800e1e 0002 01 10 20010db8000000000000000000000001 00 40 20010db800000001", kKeep, kKeep},
    {"MP_REACH_NLRI: F. empty", "800e00", kReset, kReset},
    {"MP_REACH_NLRI: F. only family and length", "800e04 0002 01 10", kReset, kReset},
    {"MP_REACH_NLRI: H. next hop of 15 octets", "800e14 0002 01 0f 20010db80000000000000000000000 00", kReset, kReset},
    {"MP_REACH_NLRI: H. next hop of 4 octets", "800e09 0002 01 04 c0000201 00", kReset, kReset},
    {"MP_REACH_NLRI: next hop runs past the end", "800e09 0002 01 20 c0000201 00", kReset, kReset},
    {"MP_REACH_NLRI: J. prefix length 129", "800e27 0002 01 10 20010db8000000000000000000000001 00 81 20010db8000000010000000000000000 00", kReset, kReset},
    {"MP_REACH_NLRI: NLRI cut off", "800e19 0002 01 10 20010db8000000000000000000000001 00 40 200100", kReset, kReset},
    {"MP_REACH_NLRI: unspecified next hop", "800e1e 0002 01 10 00000000000000000000000000000000 00 40 20010db800000001", kWithdraw, kWithdraw},
    {"MP_REACH_NLRI: multicast next hop", "800e1e 0002 01 10 ff020000000000000000000000000001 00 40 20010db800000001", kWithdraw, kWithdraw},
    {"MP_REACH_NLRI: a family that was not negotiated is not looked into", "800e07 0019 46 01 ff 00 ff", kKeep, kKeep},
    {"MP_REACH_NLRI: transitive", "c00e1e 0002 01 10 20010db8000000000000000000000001 00 40 20010db800000001", kWithdraw, kWithdraw},
    {"MP_UNREACH_NLRI: good", "800f0c 0002 01 40 20010db800000001", kKeep, kKeep},
    {"MP_UNREACH_NLRI: F. too short", "800f02 0002", kReset, kReset},
    {"MP_UNREACH_NLRI: J. prefix length 255", "800f0c 0002 01 ff 20010db800000001", kReset, kReset},
    {"MP_UNREACH_NLRI: a family that was not negotiated is not looked into", "800f04 0001 02 ff", kKeep, kKeep},
    {"header: I. one octet instead of a header", "c0", kWithdraw, kWithdraw},
    {"header: I. flags and code only", "c008", kWithdraw, kWithdraw},
    {"header: I. half of an extended length", "d00800", kWithdraw, kWithdraw},
    {"header: D. value runs past Total Path Attribute Length", "c00808 fbf40001", kWithdraw, kWithdraw},
};
// clang-format on

}  // namespace

TEST_CASE("Attributes: every row and every error of RFC 7606, from outside and from inside") {
  for (const Case& c : kCases) {
    for (const bool external : {true, false}) {
      const ErrorAction expected = external ? c.external : c.internal;
      const Decoded decoded = decode_with(hex(c.octets), session(external));
      CAPTURE(c.name, external);
      CHECK(decoded.action() == expected);
      CHECK(decoded.reset.has_value() == (expected == kReset));
      if (decoded.reset) {
        CHECK(decoded.reset->code == ErrorCode::UpdateMessage);
        continue;
      }
      const bool withdrawn = expected == kWithdraw;
      REQUIRE(decoded.message.reachable.empty() == withdrawn);
      const auto& shown = withdrawn ? decoded.message.unreachable.back().nlri
                                    : decoded.message.reachable.back().nlri;
      CHECK(text_of(shown) == "198.51.100.0/24");
    }
  }
}

TEST_CASE("Attributes: every row has a case") {
  for (const AttributeRow& row : attribute_table()) {
    bool found = false;
    for (const Case& c : kCases) {
      const Bytes octets = hex(c.octets);
      found = found || (octets.size() > 1 && octets[1] == static_cast<std::uint8_t>(row.code));
    }
    CAPTURE(row.name);
    CHECK(found);
  }
}

TEST_CASE("Attributes: E. errors keep the whole attribute and say why") {
  const Decoded decoded = decode_with(hex("c00806 fbf40001 ffff"), ebgp());
  REQUIRE(decoded.message.errors.size() == 1);
  const UpdateError& error = decoded.message.errors.front();
  CHECK(error.attribute == 8);
  CHECK(error.octets == hex("c00806 fbf40001 ffff"));
  CHECK(error.reason == "COMMUNITIES: wrong length (RFC 7606 7.8)");
}

TEST_CASE("Attributes: golden values of an iBGP route") {
  const Bytes attributes =
      hex("400101 01 40020e 0203 0000fc00 00010000 0000fde8 400304 c0000201 800404 00000005"
          "400504 000000c8 400600 c00708 00010000 c6336401 c00804 fc000064 800904 0a000009"
          "800a08 0a0000010a000002 c01008 0002fc0000000007 c0200c 000100000000000100000002");
  const Decoded decoded =
      decode(update_body({}, attributes, hex("00 19 c6336480 20 cb007101")), ibgp());
  REQUIRE_FALSE(decoded.reset);
  CHECK(decoded.message.errors.empty());
  const PathAttributes& a = decoded.message.attributes;
  CHECK(a.origin == Origin::Egp);
  CHECK(AsPathView(a.as_path).to_string() == "64512 65536 65000");
  CHECK(a.med == 5U);
  CHECK(a.local_preference == 200U);
  CHECK(a.atomic_aggregate);
  CHECK(a.aggregator == Aggregator{65536, 0xc6336401});
  CHECK(a.communities == hex("fc000064"));
  CHECK(a.originator_id == 0x0a000009U);
  CHECK(a.cluster_list == hex("0a0000010a000002"));
  CHECK(a.extended_communities == hex("0002fc0000000007"));
  CHECK(a.large_communities == hex("000100000000000100000002"));
  REQUIRE(decoded.message.reachable.size() == 1);
  CHECK(decoded.message.reachable.front().next_hop == address("192.0.2.1"));
  CHECK(text_of(decoded.message.reachable.front().nlri) ==
        "0.0.0.0/0 198.51.100.128/25 203.0.113.1/32");
}

TEST_CASE("Attributes: unknown transitive ones come out sorted, Partial, with the same value") {
  Bytes attribute = hex("c0ff03 010203 e01e00 d01f0002 aabb c02304 0000fbf5 80f001 00");
  const Bytes octets = hex("d0c80100");
  attribute.insert(attribute.end(), octets.begin(), octets.end());
  attribute.resize(attribute.size() + 256, 0x55);
  const Decoded decoded = decode_with(attribute, ebgp());
  REQUIRE_FALSE(decoded.reset);
  CHECK(decoded.message.errors.empty());
  const std::string unknown = to_hex(decoded.message.attributes.unknown);
  std::string expected = "e01e00e01f02aabbc023040000fbf5f0c80100";
  for (int i = 0; i < 256; ++i) {
    expected += "55";
  }
  CHECK(unknown == expected + "e0ff03010203");
}

TEST_CASE("Attributes: the Partial bit of a recognized attribute is passed on") {
  const Decoded decoded = decode_with(hex("e00804 fbf40001 c01008 0002fbf400000007"), ebgp());
  CHECK(decoded.message.attributes.partial.communities);
  CHECK_FALSE(decoded.message.attributes.partial.extended_communities);
  AttributesView view = decoded.message.attributes.view();
  view.next_hop = address("192.0.2.1");
  Bytes out;
  const Nlri nlri{prefix("198.51.100.0/24"), 0};
  REQUIRE(encode_announcements(view, net::kIpv4Unicast, std::span(&nlri, 1), {}, out));
  CHECK(to_hex(out).find("e00804fbf40001") != std::string::npos);
}

TEST_CASE(
    "Attributes: every optional transitive attribute leaves with the Partial bit it came with",
    "[rfc4271-5]") {
  const char* with_bit =
      "e00708 0000fbf5 c0000201 e00804 fbf40001 e01008 0002fbf400000007 e01609 0006000100c0000201"
      "e0200c 0000fbf40000000100000002 e02304 0000fbf5";
  Bytes out;
  AttributesView view;
  const Decoded decoded = decode_with(hex(with_bit), ebgp());
  REQUIRE(decoded.message.errors.empty());
  view = decoded.message.attributes.view();
  view.next_hop = address("192.0.2.1");
  const Nlri nlri{prefix("198.51.100.0/24"), 0};
  REQUIRE(encode_announcements(view, net::kIpv4Unicast, std::span(&nlri, 1), {}, out));
  CHECK(to_hex(out).find(to_hex(hex(with_bit))) != std::string::npos);
}

TEST_CASE("Attributes: the Partial bit of AS4_AGGREGATOR outlives the merge", "[rfc4271-5]") {
  Negotiated old_peer = ebgp();
  old_peer.four_octet_as = false;
  const Bytes block =
      hex("400101 00 400204 0201 fbf5 400304 c0000201 c00706 5ba0 c0000201"
          "e01208 00010000 c0000201");
  const Decoded decoded = decode(update_body({}, block, hex("18 c63364")), old_peer);
  CHECK(decoded.message.errors.empty());
  AttributesView view = decoded.message.attributes.view();
  view.next_hop = address("192.0.2.1");
  const Nlri nlri{prefix("198.51.100.0/24"), 0};
  Bytes wide;
  REQUIRE(encode_announcements(view, net::kIpv4Unicast, std::span(&nlri, 1), {}, wide));
  CHECK(to_hex(wide).find("e0070800010000c0000201") != std::string::npos);
  Bytes narrow;
  REQUIRE(encode_announcements(view, net::kIpv4Unicast, std::span(&nlri, 1),
                               {.four_octet_as = false}, narrow));
  CHECK(to_hex(narrow).find("e007065ba0c0000201") != std::string::npos);
  CHECK(to_hex(narrow).find("e0120800010000c0000201") != std::string::npos);
}

TEST_CASE("Attributes: redundant large communities are removed (RFC 8092)") {
  const Decoded decoded = decode_with(
      hex("c02024 0000fbf40000000100000002 0000fbf40000000100000001 0000fbf40000000100000002"),
      ebgp());
  CHECK(to_hex(decoded.message.attributes.large_communities) ==
        "0000fbf400000001000000010000fbf40000000100000002");
}

TEST_CASE("Attributes: names") {
  CHECK(attribute_name(2) == "AS_PATH");
  CHECK(attribute_name(42) == "attribute 42");
  CHECK(attribute_keyword(32) == "large-communities");
  CHECK(attribute_keyword(4) == "med");
  CHECK(attribute_keyword(42).empty());
  for (const AttributeRow& row : attribute_table()) {
    const auto code = static_cast<std::uint8_t>(row.code);
    CHECK(attribute_code(attribute_keyword(code)) == code);
  }
  CHECK_FALSE(attribute_code("AS_PATH"));
  CHECK_FALSE(attribute_code(""));
}
