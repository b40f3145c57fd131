// NLRI of the VPN families: golden octets as neighbors send them, what is malformed, and that
// decoding gives back what was encoded.
#include <random>

#include "bgp/wire/announced_routes.hpp"
#include "bgp/wire/family_table.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/nlri_fields.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;

namespace {

// ORIGIN, empty AS_PATH, LOCAL_PREF 100.
const std::string kAttributes = "40010100 400200 40050400000064";

/// An MP_REACH_NLRI with what follows its length.
Bytes reach(const std::string& value) {
  Bytes attributes = hex("800e");
  const Bytes octets = hex(value);
  attributes.push_back(static_cast<std::uint8_t>(octets.size()));
  attributes.insert(attributes.end(), octets.begin(), octets.end());
  const Bytes others = hex(kAttributes);
  attributes.insert(attributes.end(), others.begin(), others.end());
  return update_body({}, attributes, {});
}

Bytes unreach(const std::string& value) {
  Bytes attributes = hex("800f");
  const Bytes octets = hex(value);
  attributes.push_back(static_cast<std::uint8_t>(octets.size()));
  attributes.insert(attributes.end(), octets.begin(), octets.end());
  return update_body({}, attributes, {});
}

// AFI 1, SAFI 128, a next hop of 12 octets: RD 0, 192.0.2.1; reserved.
const std::string kHead4 = "0001 80 0c 0000000000000000 c0000201 00 ";
// 24 + 64 + 24 bits: label 16 at the bottom of the stack, RD 65000:1, 10.0.1.0/24.
const std::string kRoute4 = "70 000101 0000fde800000001 0a0001 ";

std::string keys_of(net::Family family, const NlriList& list) {
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i) {
    text += (i == 0 ? "" : " ") + NlriView(list).key(family, i).to_string() + "=" +
            std::to_string(list.vpn()[i].label);
  }
  return text;
}

std::string announced_of(const Decoded& decoded) {
  const auto& parts = decoded.message.reachable;
  return parts.empty() ? "" : keys_of(parts[0].family, parts[0].nlri);
}

}  // namespace

TEST_CASE("A VPNv4 route is read: label, Route Distinguisher, prefix, next hop", "[wire][vpn]") {
  const Decoded decoded = decode(reach(kHead4 + kRoute4), ibgp());
  REQUIRE_FALSE(decoded.reset);
  CHECK(decoded.message.errors.empty());
  REQUIRE(decoded.message.reachable.size() == 1);
  const Reachable& part = decoded.message.reachable[0];
  CHECK(part.family == net::kIpv4Vpn);
  CHECK(part.next_hop == address("192.0.2.1"));
  CHECK(announced_of(decoded) == "65000:1:10.0.1.0/24=16");
  CHECK_FALSE(decoded.message.attributes.label);
}

TEST_CASE("The last bits of a label are not looked at: one label, and no more", "[wire][vpn]") {
  // Traffic class 5, no bottom of stack; a withdrawn label's value in an announcement is a label.
  CHECK(announced_of(decode(reach(kHead4 + "70 00010a 0000fde800000001 0a0001"), ibgp())) ==
        "65000:1:10.0.1.0/24=16");
  CHECK(announced_of(decode(reach(kHead4 + "70 800000 0000fde800000001 0a0001"), ibgp())) ==
        "65000:1:10.0.1.0/24=524288");
}

TEST_CASE("A VPNv6 next hop: of a host, with a link-local one, or IPv4-mapped", "[wire][vpn]") {
  const std::string route = "78 000201 0001c00002010007 20010db8";  // RD 192.0.2.1:7, label 32
  const std::string rd = "0000000000000000 ";
  const Decoded one =
      decode(reach("0002 80 18" + rd + "20010db8000000000000000000000001 00" + route), ibgp());
  CHECK(announced_of(one) == "192.0.2.1:7:[2001:db8::]/32=32");
  CHECK(one.message.reachable[0].next_hop == address("2001:db8::1"));
  CHECK_FALSE(one.message.reachable[0].link_local_next_hop);
  const Decoded two = decode(reach("0002 80 30" + rd + "20010db8000000000000000000000001" + rd +
                                   "fe800000000000000000000000000001 00" + route),
                             ibgp());
  CHECK(two.message.reachable[0].next_hop == address("2001:db8::1"));
  CHECK(two.message.reachable[0].link_local_next_hop == address("fe80::1"));
  const Decoded mapped =
      decode(reach("0002 80 18" + rd + "00000000000000000000ffffc0000201 00" + route), ibgp());
  CHECK(mapped.message.reachable[0].next_hop == address("::ffff:192.0.2.1"));
}

TEST_CASE("A next hop of another length resets the session", "[wire][vpn]") {
  for (const char* const head :
       {"0001 80 04 c0000201 00", "0001 80 00 00", "0001 80 10 20010db8000000000000000000000001 00",
        "0002 80 0c 0000000000000000 c0000201 00"}) {
    CAPTURE(head);
    CHECK(decode(reach(head + kRoute4), ibgp()).reset);
  }
}

TEST_CASE("A withdrawal means its key, whatever stands in place of the label", "[wire][vpn]") {
  for (const char* const label : {"800000", "000000", "000101", "ffffff"}) {
    CAPTURE(label);
    const Decoded decoded =
        decode(unreach("0001 80 70" + std::string(label) + "0000fde800000001 0a0001"), ibgp());
    REQUIRE_FALSE(decoded.reset);
    REQUIRE(decoded.message.unreachable.size() == 1);
    CHECK(keys_of(net::kIpv4Vpn, decoded.message.unreachable[0].nlri) == "65000:1:10.0.1.0/24=0");
  }
  CHECK(decode(unreach("0001 80"), ibgp()).message.end_of_rib == net::kIpv4Vpn);
  CHECK(decode(unreach("0002 80"), ibgp()).message.end_of_rib == net::kIpv6Vpn);
}

TEST_CASE("Malformed VPN NLRI reset the session (RFC 7606 §5.3)", "[wire][vpn]") {
  for (const char* const nlri :
       {"57 000101 0000fde800000001",             // 87 bits: no whole Route Distinguisher
        "00", "18 0a0001",                        // none at all
        "79 000101 0000fde800000001 0a00010203",  // 33 bits of IPv4
        "70 000101 0000fde800000001 0a00",        // an octet is missing
        "70 000101 0000fde8"}) {
    CAPTURE(nlri);
    CHECK(decode(reach(kHead4 + kRoute4 + nlri), ibgp()).reset);
    CHECK(decode(unreach("0001 80 " + kRoute4 + nlri), ibgp()).reset);
  }
  // 88 bits are the default route of a VPN; bits behind the prefix are masked off.
  CHECK(announced_of(decode(reach(kHead4 + "58 000101 0000fde800000001"), ibgp())) ==
        "65000:1:0.0.0.0/0=16");
  CHECK(announced_of(decode(reach(kHead4 + "61 000101 0000fde800000001 0aff"), ibgp())) ==
        "65000:1:10.128.0.0/9=16");
}

TEST_CASE("Path Identifiers stand before the length", "[wire][vpn]") {
  Negotiated with = ibgp();
  with.families[*net::family_index(net::kIpv4Vpn)].add_path_receive = true;
  const Decoded decoded = decode(reach(kHead4 + "00000007" + kRoute4), with);
  REQUIRE(decoded.message.reachable.size() == 1);
  CHECK(decoded.message.reachable[0].nlri[0].path_id == 7);
  CHECK(announced_of(decoded) == "65000:1:10.0.1.0/24=16");
}

TEST_CASE("What is withdrawn and announced in one UPDATE is announced", "[wire][vpn]") {
  Bytes attributes = hex("800f 21 0001 80");
  for (const std::string& one : {kRoute4, std::string("70 800000 0000fde800000002 0a0001")}) {
    const Bytes octets = hex(one);
    attributes.insert(attributes.end(), octets.begin(), octets.end());
  }
  const Bytes announced = hex("800e 20" + kHead4 + kRoute4 + kAttributes);
  attributes.insert(attributes.end(), announced.begin(), announced.end());
  const Decoded decoded = decode(update_body({}, attributes, {}), ibgp());
  REQUIRE_FALSE(decoded.reset);
  CHECK(announced_of(decoded) == "65000:1:10.0.1.0/24=16");
  REQUIRE(decoded.message.unreachable.size() == 1);
  CHECK(keys_of(net::kIpv4Vpn, decoded.message.unreachable[0].nlri) == "65000:2:10.0.1.0/24=0");
}

TEST_CASE("Treated as withdraw, VPN routes keep their keys", "[wire][vpn]") {
  Bytes body = reach(kHead4 + kRoute4);
  const Bytes wrong = hex("40010109");  // ORIGIN 9
  const Bytes right = hex("40010100");
  const auto at = std::search(body.begin(), body.end(), right.begin(), right.end());
  REQUIRE(at != body.end());
  std::copy(wrong.begin(), wrong.end(), at);
  const Decoded decoded = decode(body, ibgp());
  CHECK(decoded.action() == ErrorAction::TreatAsWithdraw);
  REQUIRE(decoded.message.unreachable.size() == 1);
  CHECK(NlriView(decoded.message.unreachable[0].nlri).key(net::kIpv4Vpn, 0).to_string() ==
        "65000:1:10.0.1.0/24");
  CHECK(announced_routes(body, ibgp()).at(0).to_string() == "65000:1:10.0.1.0/24");
}

TEST_CASE("VPN routes are written as they are read", "[wire][vpn]") {
  PathAttributes attributes;
  attributes.next_hop = address("192.0.2.1");
  attributes.label = 16;
  NlriList one;
  one.push_back({prefix("10.0.1.0/24"), 0},
                {*net::RouteDistinguisher::parse("65000:1"), *attributes.label});
  Bytes out;
  REQUIRE(encode_announcements(attributes.view(), net::kIpv4Vpn, one, {.internal = true}, out));
  const std::string text = to_hex(body_of(out));
  CHECK(text.find(to_hex(hex(kHead4 + kRoute4))) != std::string::npos);
  CHECK(text.find("400304") == std::string::npos);  // NEXT_HOP stands in MP_REACH_NLRI
  out.clear();
  encode_withdrawals(net::kIpv4Vpn, one, {}, out);
  CHECK(to_hex(body_of(out)) == to_hex(hex("0000 0015 800f12 000180 70 800000 0000fde800000001"
                                           "0a0001")));
  out.clear();
  encode_end_of_rib(net::kIpv6Vpn, out);
  CHECK(to_hex(body_of(out)) == to_hex(hex("0000 0006 800f03 000280")));
  attributes.next_hop = address("2001:db8::1");
  CHECK_FALSE(encode_announcements(attributes.view(), net::kIpv4Vpn, one, {}, out));
}

TEST_CASE("Random VPN NLRI come back in as few messages as fit", "[wire][vpn]") {
  std::mt19937 random(7);
  const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  for (int round = 0; round < 200; ++round) {
    const bool v6 = below(2) == 1;
    const net::Family family = v6 ? net::kIpv6Vpn : net::kIpv4Vpn;
    const EncodeOptions options{.internal = true,
                                .add_path = below(2) == 1,
                                .max_message = below(2) == 1 ? kMaxMessage : 500U};
    Negotiated with = ibgp();
    with.families[*net::family_index(family)].add_path_receive = options.add_path;
    PathAttributes attributes;
    attributes.next_hop = address(v6 ? "2001:db8::1" : "192.0.2.1");
    NlriList all;
    for (unsigned i = below(400) + 1; i > 0; --i) {
      Bytes octets(v6 ? 16 : 4);
      VpnPart vpn{.label = below(1U << 20)};
      std::generate(octets.begin(), octets.end(), [&] { return below(256); });
      std::generate(vpn.distinguisher.octets.begin(), vpn.distinguisher.octets.end(),
                    [&] { return below(256); });
      const auto bits = static_cast<std::uint8_t>(below(v6 ? 129 : 33));
      all.push_back({net::Prefix(*net::IpAddress::from_octets(octets), bits),
                     options.add_path ? below(1000) : 0},
                    vpn);
    }
    Bytes out;
    REQUIRE(encode_announcements(attributes.view(), family, all, options, out));
    const std::size_t announced = out.size();
    encode_withdrawals(family, all, options, out);
    NlriList read;
    NlriList withdrawn;
    for (net::ByteView rest = out; !rest.empty();) {
      const net::ByteView message = first_message(rest);
      REQUIRE(message.size() <= options.max_message);
      const Decoded decoded = decode(Bytes(body_of(message).begin(), body_of(message).end()), with);
      REQUIRE_FALSE(decoded.reset);
      const bool reach = rest.size() > out.size() - announced;
      const NlriView part = reach ? NlriView(decoded.message.reachable[0].nlri)
                                  : NlriView(decoded.message.unreachable[0].nlri);
      REQUIRE(nlri_fields(message).size() == 1);
      REQUIRE(nlri_fields(message)[0].family == family);
      for (std::size_t i = 0; i < part.size(); ++i) {
        (reach ? read : withdrawn).push_back(part, i);
      }
      rest = rest.subspan(message.size());
    }
    REQUIRE(read == all);
    REQUIRE(withdrawn.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      REQUIRE(NlriView(withdrawn).key(family, i) == NlriView(all).key(family, i));
    }
  }
}
