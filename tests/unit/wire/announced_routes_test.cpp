#include "bgp/wire/announced_routes.hpp"

#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;

namespace {

std::string announced(const std::string& body, const Negotiated& session = ebgp()) {
  std::string text;
  for (const net::RouteKey& prefix : announced_routes(hex(body), session)) {
    text += (text.empty() ? "" : " ") + prefix.to_string();
  }
  return text;
}

}  // namespace

TEST_CASE("Announced prefixes: NLRI and MP_REACH_NLRI, whatever else is wrong") {
  // Withdrawn 198.51.100.0/24, ORIGIN of two octets, NLRI.
  CHECK(announced("0004 18c63364 0005 4001020000 18c00002 080a") == "192.0.2.0/24 10.0.0.0/8");
  // MP_REACH_NLRI with 2001:db8::/32 behind a next hop, in the extended length form.
  const std::string reach = "900e 001a 0002 01 10 fe800000000000000000000000000001 00 20 20010db8";
  CHECK(announced("0000 001e" + reach) == "2001:db8::/32");
  CHECK(announced("0000 001e" + reach + "080a") == "2001:db8::/32 10.0.0.0/8");
  Negotiated session = ebgp();
  session.families[1].active = false;
  CHECK(announced("0000 001e" + reach, session).empty());
}

TEST_CASE("Announced prefixes: what is cut off ends it") {
  CHECK(announced("").empty());
  CHECK(announced("00").empty());
  CHECK(announced("0000 00ff 40").empty());
  CHECK(announced("0000 0000 080a 18c0") == "10.0.0.0/8");
  CHECK(announced("0000 0003 800eff 080a") == "10.0.0.0/8");
}
