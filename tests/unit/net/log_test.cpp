#include "net/log.hpp"

#include "tests/unit/catch.hpp"

using pipit::net::escaped;

TEST_CASE("escaped: text from the network cannot forge lines or steer a terminal") {
  CHECK(escaped("plain text") == "plain text");
  CHECK(escaped("a\nb\x1b[2J") == "a\\x0ab\\x1b[2J");
  CHECK(escaped("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(escaped("\xc3") == "\\xc3");
  CHECK(escaped("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(escaped("\xc0\xaf") == "\\xc0\\xaf");           // overlong
  CHECK(escaped("\xc2\x9b") == "\\xc2\\x9b");           // C1: CSI
  CHECK(escaped(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(escaped("abcdef", 3) == "abc");
}
