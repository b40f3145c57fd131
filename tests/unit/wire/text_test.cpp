// AS paths and communities as text.
#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/wire/wire_fixture.hpp"

using namespace pipit;
using namespace pipit::bgp;
using namespace pipit::bgp::test;
using net::Bytes;

TEST_CASE("AS path: text both ways") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "64500", "64500 64501 65536", "64500 {64501,64502}", "{1}",
               "(64510 64511) 64500 [64520,64521] 4294967295");
  const auto path = parse_as_path(text);
  REQUIRE(path);
  CHECK(AsPathView(*path).to_string() == text);
}

TEST_CASE("AS path: blanks and asdot are taken") {
  CHECK(parse_as_path("  1.10   { 1 , 2 }  ") == parse_as_path("65546 {1,2}"));
}

TEST_CASE("AS path: L. what is no path is refused") {
  const std::string text =
      GENERATE(as<std::string>{}, "a", "1,2", "{1", "1}", "{}", "()", "(1,2)", "4294967296", "-1",
               "1 (2", "{1 [2]}", "1.65536", "65536.1", ".", "1.");
  CAPTURE(text);
  CHECK_FALSE(parse_as_path(text));
}

TEST_CASE("AS path: questions") {
  struct Case {
    const char* text;
    std::uint32_t length;
    std::optional<std::uint32_t> first;
    std::optional<std::uint32_t> neighbor;
    std::optional<std::uint32_t> origin;
  };

  const auto c = GENERATE(values<Case>({
      {"", 0, {}, {}, {}},
      {"1 2 3", 3, 1U, 1U, 3U},
      {"1 {2,3}", 2, 1U, 1U, {}},
      {"{2,3} 1", 2, {}, {}, 1U},
      {"(7 8) 1 2", 2, {}, 1U, 2U},
      {"(7 8) [9,10] 1", 1, {}, 1U, 1U},
      {"(7 8)", 0, {}, {}, {}},
      {"(7) {1,2}", 1, {}, {}, {}},
  }));
  const Bytes path = *parse_as_path(c.text);
  const AsPathView view(path);
  CAPTURE(c.text);
  CHECK(view.length() == c.length);
  CHECK(view.first() == c.first);
  CHECK(view.neighbor() == c.neighbor);
  CHECK(view.origin() == c.origin);
}

TEST_CASE("AS path: count and flattened look into every segment") {
  const Bytes path = *parse_as_path("1 2 {1,3} (1)");
  CHECK(AsPathView(path).count(1) == 3);
  CHECK(AsPathView(path).count(9) == 0);
  CHECK(AsPathView(path).flattened() == std::vector<std::uint32_t>{1, 2, 1, 3, 1});
}

TEST_CASE("AS path: L. prepending begins a new segment at 255") {
  Bytes path;
  prepend(path, 1, 254);
  prepend(path, 2, 3);
  CHECK(path.size() == 2 + 4 * 2 + 2 + 4 * 255);
  CHECK(path[1] == 2);
  CHECK(AsPathView(path).length() == 257);
  CHECK(AsPathView(path).count(2) == 3);
  CHECK(AsPathView(path).first() == 2U);
  Bytes many;
  prepend(many, 70000, 1000);
  CHECK(AsPathView(many).length() == 1000);
  CHECK(AsPathView(many).count(70000) == 1000);
  prepend(many, 5, 0);
  CHECK(AsPathView(many).length() == 1000);
  Bytes set = *parse_as_path("{1,2}");
  prepend(set, 7);
  CHECK(AsPathView(set).to_string() == "7 {1,2}");
}

TEST_CASE("AS path: L. a path of thousands has text and back") {
  Bytes path;
  for (std::uint32_t i = 1; i <= 3000; ++i) {
    prepend(path, i);
  }
  const auto again = parse_as_path(AsPathView(path).to_string());
  REQUIRE(again);
  CHECK(AsPathView(*again).flattened() == AsPathView(path).flattened());
}

TEST_CASE("AS numbers: asplain and asdot") {
  CHECK(parse_asn("64512") == 64512U);
  CHECK(parse_asn("1.10") == 65546U);
  CHECK(parse_asn("4294967295") == 4294967295U);
  for (const char* text : {"", "x", "4294967296", "1.65536", "1.2.3", "+1", " 1"}) {
    CHECK_FALSE(parse_asn(text));
  }
}

TEST_CASE("Communities: M. text both ways") {
  for (const char* text : {"64512:100", "0:0", "65535:65535", "no-export", "no-advertise",
                           "no-export-subconfed", "no-peer", "blackhole", "graceful-shutdown"}) {
    const auto value = parse_community(text);
    REQUIRE(value);
    CHECK(community_to_string(*value) == text);
  }
  CHECK(parse_community("65535:65281") == static_cast<std::uint32_t>(WellKnown::NoExport));
  for (const char* text : {"", ":", "1", "1:", ":1", "65536:1", "1:65536", "1:2:3", "no-exports"}) {
    CHECK_FALSE(parse_community(text));
  }
}

TEST_CASE("Large communities: M. text both ways") {
  CHECK(to_string(*parse_large_community("4294967295:0:7")) == "4294967295:0:7");
  for (const char* text : {"", "1:2", "1:2:3:4", "1::3", "4294967296:0:0"}) {
    CHECK_FALSE(parse_large_community(text));
  }
}

TEST_CASE("Extended communities: M. text both ways") {
  struct Case {
    const char* text;
    std::uint64_t value;
  };

  for (const auto& [text, value] : {
           Case{"rt:64512:7", 0x0002fc0000000007},
           Case{"rt:64512:4294967295", 0x0002fc00ffffffff},
           Case{"soo:192.0.2.1:7", 0x0103c00002010007},
           Case{"rt:65536:7", 0x0202000100000007},
           Case{"generic:0x0202000000010007", 0x0202000000010007},
           Case{"generic:0x4004000000010007", 0x4004000000010007},
           Case{"generic:0xffffffffffffffff", 0xffffffffffffffff},
       }) {
    CHECK(parse_extended_community(text) == value);
    CHECK(extended_community_to_string(value) == text);
  }
  for (const char* text : {"", "rt", "rt:", "rt:1", "rt:65536:65536", "xx:1:2", "generic:12",
                           "generic:0x12", "rt:192.0.2.1:65536", "rt:2001::1:2"}) {
    CHECK_FALSE(parse_extended_community(text));
  }
}

TEST_CASE("Extended communities: M. every value has a text that gives it back") {
  std::uint64_t value = 88172645463325252;
  for (int i = 0; i < 20000; ++i) {
    value ^= value << 13;
    value ^= value >> 7;
    value ^= value << 17;
    // Half of them with a type that has a name.
    const std::uint64_t probe =
        (i & 1) != 0 ? value : ((value & 0x0003ffffffffffff) | ((value % 3) << 56));
    REQUIRE(parse_extended_community(extended_community_to_string(probe)) == probe);
  }
}

TEST_CASE("Communities: values out of their octets") {
  CHECK(communities(hex("fc000064 ffffff01")) ==
        std::vector<std::uint32_t>{0xfc000064, 0xffffff01});
  CHECK(communities(hex("fc000064 ff")).size() == 1);
  CHECK(extended_communities(hex("0002fc0000000007 00")).size() == 1);
  const auto large = large_communities(hex("000000010000000200000003 00"));
  CHECK(large == std::vector{LargeCommunity{1, 2, 3}});
  CHECK(has_community(hex("fc000064 ffffff01"), WellKnown::NoExport));
  CHECK_FALSE(has_community(hex("fc00ffff ff01fc00"), WellKnown::NoExport));
}
