#include "control/community_filter.hpp"

#include "bgp/wire/community.hpp"
#include "net/bytes.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using control::CommunityFilter;

namespace {

/// 65001:5 and 65000:666, 65001:1:2, rt:65001:7, soo:192.0.2.1:9 and rt:4200000000:3.
const bgp::PathAttributes& attributes() {
  static const bgp::PathAttributes kAttributes = [] {
    bgp::PathAttributes made;
    for (const char* text : {"65001:5", "65000:666"}) {
      net::ByteWriter(made.communities).u32(*bgp::parse_community(text));
    }
    for (const std::uint32_t number : {65001U, 1U, 2U}) {
      net::ByteWriter(made.large_communities).u32(number);
    }
    for (const char* text : {"rt:65001:7", "soo:192.0.2.1:9", "rt:4200000000:3"}) {
      net::ByteWriter(made.extended_communities).u64(*bgp::parse_extended_community(text));
    }
    return made;
  }();
  return kAttributes;
}

bool found(std::string_view text) {
  const auto filter = CommunityFilter::parse(text);
  REQUIRE(filter);
  return filter->found_in(attributes().view());
}

}  // namespace

TEST_CASE("A community, or any number in one of its fields") {
  CHECK(found("65001:5"));
  CHECK_FALSE(found("65001:6"));
  CHECK(found("65001:*"));
  CHECK(found("*:666"));
  CHECK_FALSE(found("*:667"));
  CHECK_FALSE(found("65002:*"));
  CHECK(found("*:*"));
  CHECK(found("65000-65001:600-700"));
  CHECK_FALSE(found("65001:6-9"));
  CHECK_FALSE(found("no-export"));
}

TEST_CASE("Large communities likewise") {
  CHECK(found("65001:1:2"));
  CHECK(found("65001:*:*"));
  CHECK(found("*:1:*"));
  CHECK(found("*:*:2-3"));
  CHECK_FALSE(found("65001:2:*"));
  CHECK_FALSE(found("*:*:1"));
}

TEST_CASE("Extended communities by number or by address of their administrator") {
  CHECK(found("rt:65001:7"));
  CHECK(found("rt:65001:*"));
  CHECK(found("rt:*:7"));
  CHECK(found("rt:*:3"));
  CHECK(found("rt:4200000000:*"));
  CHECK(found("rt:4200000000-4200000001:3"));
  CHECK(found("soo:192.0.2.1:*"));
  CHECK(found("soo:*:9"));
  CHECK(found("soo:*:*"));
  CHECK(found("generic:0x0002fde900000007"));
  CHECK_FALSE(found("soo:65001:*"));
  CHECK_FALSE(found("rt:192.0.2.1:*"));
  CHECK_FALSE(found("soo:192.0.2.2:*"));
  CHECK_FALSE(found("soo:3221225985:*"));  // 192.0.2.1 is no AS number
  CHECK_FALSE(found("rt:*:8"));
}

TEST_CASE("What is no community is not taken for one") {
  for (const char* text :
       {"", "*", "65001", "65001:", ":5", "65001:5:", "65001:5:6:7", "65536:*", "65001:7-6", "x:*",
        "65001:*x", "rt:65001", "rt:*", "rt:x:*", "rt:2001:db8::1:*", "generic:*", "rt:1:2:3"}) {
    INFO(text);
    CHECK_FALSE(CommunityFilter::parse(text));
  }
}
