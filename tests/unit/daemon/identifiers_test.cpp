#include "daemon/bridge/identifiers.hpp"

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::daemon;

namespace {

constexpr std::uint32_t kId = 0x0a600001;  // 10.96.0.1

Identifiers::Entry internal(std::string name) {
  return {.id = kId, .asn = 65000, .internal = true, .name = std::move(name)};
}

}  // namespace

TEST_CASE("identifiers: two internal neighbors with one are told of each other") {
  Identifiers identifiers;
  identifiers.set_own(1);
  identifiers.add(5, internal("a"));
  CHECK(identifiers.warning(5).empty());
  CHECK(identifiers.warnings().empty());
  identifiers.add(6, internal("b"));
  CHECK(identifiers.warning(5).starts_with("it has the same BGP identifier as b, 10.96.0.1: "));
  CHECK(identifiers.warning(6).starts_with("it has the same BGP identifier as a, 10.96.0.1: "));
  for (rib::SourceId more = 7; more < 17; ++more) {
    identifiers.add(more, internal("n" + std::to_string(more)));
  }
  Identifiers::Entry other = internal("other");
  other.id = 7;
  identifiers.add(20, other);
  REQUIRE(identifiers.warnings().size() == 1);
  CHECK(identifiers.warnings().front().starts_with(
      "BGP identifier 10.96.0.1 is that of a, b, n7 and 9 more: "));
  CHECK(identifiers.warning(20).empty());
  for (rib::SourceId gone = 6; gone < 17; ++gone) {
    identifiers.remove(gone);
  }
  CHECK(identifiers.warning(5).empty());
  CHECK(identifiers.warnings().empty());
}

TEST_CASE("identifiers: ours is nobody else's") {
  Identifiers identifiers;
  identifiers.set_own(kId);
  Identifiers::Entry external = internal("e");
  external.internal = false;
  external.asn = 65001;
  identifiers.add(5, external);
  CHECK(identifiers.warning(5).starts_with("it has our own BGP identifier 10.96.0.1: "));
  REQUIRE(identifiers.warnings().size() == 1);
  CHECK(identifiers.warnings().front().starts_with(
      "BGP identifier 10.96.0.1, which is ours, is that of e: "));
}

TEST_CASE("identifiers: one router with two sessions is no reason to warn, nor are two ASes") {
  Identifiers identifiers;
  identifiers.set_own(1);
  const Identifiers::Entry one = internal("a");
  Identifiers::Entry two = internal("b");
  const auto clash = [&] {
    identifiers.add(5, one);
    identifiers.add(6, two);
    return !identifiers.warning(6).empty() && identifiers.warnings().size() == 1;
  };
  CHECK(clash());
  two.afi = net::Afi::Ipv6;
  CHECK_FALSE(clash());
  two = internal("b");
  two.internal = false;
  two.asn = 65001;
  CHECK_FALSE(clash());
  // Names tell whether it is one router.
  Identifiers::Entry named = internal("a");
  named.hostname = "r1";
  two = named;
  two.name = "b";
  identifiers.add(5, named);
  identifiers.add(6, two);
  CHECK(identifiers.warning(6).empty());
  two.afi = net::Afi::Ipv6;
  two.hostname = "r2";
  identifiers.add(6, two);
  CHECK_FALSE(identifiers.warning(6).empty());
  two.internal = named.internal = false;
  identifiers.add(5, named);
  identifiers.add(6, two);
  CHECK_FALSE(identifiers.warning(6).empty());
}
