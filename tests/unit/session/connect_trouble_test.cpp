// Why no connection comes about, in words; the kernel's counters behind them.
#include "bgp/session/connect_trouble.hpp"

#include <cerrno>

#include "bgp/session/tcp_counters.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/session/recorder.hpp"

namespace pipit::bgp {
namespace {

using std::chrono::seconds;

SessionOptions options_of(std::string password, bool gtsm = false) {
  SessionOptions options = neighbor("192.0.2.2");
  options.password = std::move(password);
  if (gtsm) {
    options.ttl_security = 1;
  }
  return options;
}

Unanswered attempt(const SegmentDrops& dropped) {
  return {.time = seconds(15), .syns = 4, .dropped = dropped, .dropped_in = seconds(83)};
}

TEST_CASE("SYNs without an answer are counted, and drops of the host say what is likely") {
  struct Case {
    SessionOptions options;
    SegmentDrops dropped;
    Suspicion suspicion;
    const char* text;
  };

  const std::string syns = "4 SYNs to 192.0.2.2 port 179 unanswered in 15s";
  const Case cases[] = {
      {options_of(""),
       {},
       Suspicion::None,
       ": a firewall, or an MD5 password there, or TTL security there"},
      {options_of("", true), {}, Suspicion::None, ": a firewall, or an MD5 password there"},
      {options_of("key", true), {}, Suspicion::None, ": a firewall, or another MD5 password there"},
      {options_of("key"),
       {.md5_wrong = 3},
       Suspicion::Md5Wrong,
       "; likely another MD5 password at the neighbor: this host dropped 3 segments with a wrong "
       "signature in 83s"},
      {options_of("key"),
       {.md5_missing = 1},
       Suspicion::Md5Missing,
       "; likely no MD5 password at the neighbor: this host dropped 1 segment without a signature "
       "in 83s"},
      {options_of(""),
       {.md5_unexpected = 2},
       Suspicion::Md5Unexpected,
       "; likely an MD5 password at the neighbor, and none here: this host dropped 2 segments with "
       "a signature in 83s"},
      {options_of("", true),
       {.low_ttl = 6},
       Suspicion::LowTtl,
       "; likely TTL security: this host dropped 6 segments with a TTL below 255 in 83s"},
  };
  for (const Case& one : cases) {
    const ConnectTrouble trouble = unanswered(attempt(one.dropped), one.options);
    CHECK(trouble.cause == ConnectCause::NoAnswer);
    CHECK(trouble.suspicion == one.suspicion);
    CHECK(trouble.text == syns + one.text);
    CHECK_FALSE(advice(trouble, one.options).empty());
  }
}

TEST_CASE("Drops that do not fit what is configured suggest nothing") {
  CHECK(suspect({.md5_missing = 9, .md5_wrong = 9, .low_ttl = 9}, options_of("")) ==
        Suspicion::None);
  CHECK(suspect({.md5_unexpected = 9, .low_ttl = 9}, options_of("key")) == Suspicion::None);
}

TEST_CASE("A passive peer says for how long nobody came") {
  SessionOptions options = options_of("key");
  options.passive = true;
  CHECK(unanswered(attempt({}), options).text ==
        "passive, and no connection of the neighbor in 15s");
  CHECK(unanswered(attempt({.md5_wrong = 2}), options).suspicion == Suspicion::Md5Wrong);
}

TEST_CASE("ICMP messages are told with their sender") {
  const SessionOptions options = options_of("");
  const auto text = [&](int type, int code, const char* from, bool from_us = false) {
    return icmp_trouble({.type = static_cast<std::uint8_t>(type),
                         .code = static_cast<std::uint8_t>(code),
                         .from = *net::IpAddress::parse(from),
                         .from_us = from_us},
                        options);
  };
  CHECK(text(3, 1, "10.0.0.9").text == "unreachable: ICMP host unreachable from 10.0.0.9");
  CHECK(text(3, 13, "10.0.0.9").text ==
        "unreachable: ICMP administratively prohibited from 10.0.0.9");
  CHECK(text(3, 99, "10.0.0.9").text == "unreachable: ICMP type 3 code 99 from 10.0.0.9");
  CHECK(text(1, 0, "fd00::9").text == "unreachable: ICMP no route from fd00::9");
  CHECK(text(11, 0, "10.0.0.9").text == "TTL 64 ran out at 10.0.0.9: the neighbor is further away");
  CHECK(text(11, 0, "10.0.0.9").cause == ConnectCause::HopLimit);
  CHECK(text(3, 0, "fd00::9").cause == ConnectCause::HopLimit);
  CHECK(text(3, 1, "10.0.0.1", true).text == "no answer to ARP for 192.0.2.2 or its gateway");
  CHECK(text(1, 3, "fd00::1", true).cause == ConnectCause::Unresolved);
}

TEST_CASE("What connect() says at once comes from our own routing table") {
  const SessionOptions options = options_of("");
  CHECK(connect_trouble(ENETUNREACH, true, options).text == "no route to 192.0.2.2");
  CHECK(connect_trouble(EHOSTUNREACH, true, options).text ==
        "the route to 192.0.2.2 is unreachable");
  CHECK(connect_trouble(EINVAL, true, options).text == "the route to 192.0.2.2 is blackhole");
  CHECK(connect_trouble(EACCES, true, options).cause == ConnectCause::NoRoute);
  CHECK(connect_trouble(ECONNREFUSED, false, options).cause == ConnectCause::Refused);
  CHECK(connect_trouble(ETIMEDOUT, false, options).cause == ConnectCause::NoAnswer);
  CHECK(connect_trouble(EIO, false, options).cause == ConnectCause::Other);
}

TEST_CASE("The kernel's counters are found by name, wherever they stand") {
  constexpr std::string_view kText =
      "TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPMinTTLDrop Rest\n"
      "TcpExt: 1 2 3 4 5 6\n"
      "IpExt: InNoRoutes TCPMD5Failure\n"
      "IpExt: 7 8\n";
  CHECK(parse_netstat(kText) == SegmentDrops{2, 3, 4, 5});
  CHECK(parse_netstat("") == SegmentDrops{});
  CHECK(parse_netstat("TcpExt: TCPMD5NotFound TCPMD5Failure\nTcpExt: 9") ==
        SegmentDrops{9, 0, 0, 0});
  CHECK(parse_netstat("TcpExt: TCPMD5NotFound\nTcpExt: x\n") == SegmentDrops{});
  CHECK(SegmentDrops{5, 5, 5, 5} - SegmentDrops{2, 9, 5, 0} == SegmentDrops{3, 0, 0, 5});
}

}  // namespace
}  // namespace pipit::bgp
