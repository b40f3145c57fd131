#include "daemon/reload/router_id.hpp"

#include <set>

#include <fmt/format.h>

#include "config/hashed_identifier.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::daemon;

namespace {

net::IpAddress ip(const char* text) {
  return net::IpAddress::parse(text).value();
}

const HostIpv4 kLoopback{ip("127.0.0.1"), 8, "lo", true};
const HostIpv4 kRouterLoopback{ip("10.0.0.1"), 32, "lo", true};
const HostIpv4 kServices{ip("10.96.0.1"), 32, "kube-ipvs0"};
const HostIpv4 kWorkload{ip("10.1.0.9"), 24, "cali12345"};
const HostIpv4 kTunnel{ip("10.2.0.9"), 24, "overlay", false, true};
const HostIpv4 kDocker{ip("10.3.0.1"), 16, "docker0"};
const HostIpv4 kStorage{ip("10.4.0.7"), 24, "eth1"};
const HostIpv4 kUplink{ip("192.0.2.7"), 24, "eth0"};
const HostIpv4 kUplinkService{ip("10.96.0.7"), 32, "eth0"};
const HostIpv4 kLinkLocal{ip("169.254.0.179"), 16, "eth2"};

std::string chosen(std::vector<net::IpAddress> local,
                   std::vector<HostIpv4> host,
                   const std::string& route = "") {
  const auto choice = choose_router_id(local, host, route);
  return choice ? choice->address.to_string() : "";
}

}  // namespace

TEST_CASE("router id: the local address of a neighbor goes first") {
  CHECK(chosen({ip("2001:db8::1"), ip("169.254.0.179"), ip("198.51.100.1"), ip("198.51.100.0")},
               {kUplink}, "eth0") == "198.51.100.1");
}

TEST_CASE("router id: then the interface of the default route") {
  CHECK(chosen({}, {kStorage, kUplinkService, kUplink}, "eth0") == "192.0.2.7");
  CHECK(chosen({}, {kStorage, kUplinkService}, "eth0") == "10.96.0.7");
  CHECK(chosen({}, {kTunnel, kStorage, kUplink}, "overlay") == "10.4.0.7");
  CHECK(choose_router_id({}, std::vector{kUplink}, "eth0")->origin ==
        "an address of eth0, the interface of the default route");
}

TEST_CASE("router id: then the lowest address with a subnet, never one that others have too") {
  CHECK(chosen({}, {kLoopback, kRouterLoopback, kServices, kWorkload, kTunnel, kDocker, kUplink,
                    kStorage, kLinkLocal}) == "10.4.0.7");
  CHECK(chosen({}, {kLoopback, kRouterLoopback, kServices, kWorkload, kTunnel, kDocker,
                    kUplinkService, kLinkLocal}) == "");
  CHECK(chosen({}, {}) == "");
}

TEST_CASE("router id: one that is worked out of a text is the same everywhere") {
  CHECK(config::hashed_identifier("node-1") == config::hashed_identifier("node-1"));
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 3000; ++i) {
    const std::uint32_t id = config::hashed_identifier(fmt::format("node-{}", i));
    const std::uint32_t first = id >> 24;
    CHECK((first > 0 && first < 224 && first != 127));
    seen.insert(id);
  }
  CHECK(seen.size() == 3000);
  // These numbers are in networks: they must not change.
  CHECK(net::IpAddress::v4(config::hashed_identifier("node-1")).to_string() == "62.27.199.241");
  CHECK(net::IpAddress::v4(config::hashed_identifier("")).to_string() == "133.112.226.84");
}
