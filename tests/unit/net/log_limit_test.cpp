#include "net/log_limit.hpp"

#include "tests/unit/catch.hpp"

using namespace pipit::net;
using namespace std::chrono_literals;

TEST_CASE("A limit of the log lets so many lines through in a window and counts the others") {
  LogLimit limit(10s, 2);
  const TimePoint start{100s};
  CHECK(limit.allows(start));
  CHECK(limit.allows(start + 1s));
  CHECK_FALSE(limit.allows(start + 2s));
  CHECK_FALSE(limit.allows(start + 10s, 5));
  CHECK(limit.allows(start + 11s));
  CHECK(limit.take_held_back() == 6);
  CHECK(limit.take_held_back() == 0);
  CHECK(limit.allows(start + 12s));
  CHECK_FALSE(limit.allows(start + 13s));
}
