#include "daemon/router_id.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace pipit::daemon {
namespace {

std::optional<net::IpAddress> lowest(std::span<const net::IpAddress> addresses) {
  std::optional<net::IpAddress> best;
  for (const net::IpAddress& address : addresses) {
    const bool usable = address.is_v4() && !address.is_loopback() && !address.is_unspecified() &&
                        !address.is_link_local() && !address.is_multicast();
    if (usable && (!best || address < *best)) {
      best = address;
    }
  }
  return best;
}

}  // namespace

std::optional<net::IpAddress> choose_router_id(std::span<const net::IpAddress> global,
                                               std::span<const net::IpAddress> loopback) {
  const std::optional<net::IpAddress> best = lowest(global);
  return best ? best : lowest(loopback);
}

std::optional<net::IpAddress> router_id_of_host() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return std::nullopt;
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  std::vector<net::IpAddress> global;
  std::vector<net::IpAddress> loopback;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) {
      continue;
    }
    const auto* inet = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
    const auto address = net::IpAddress::v4(ntohl(inet->sin_addr.s_addr));
    ((entry->ifa_flags & IFF_LOOPBACK) != 0 ? loopback : global).push_back(address);
  }
  return choose_router_id(global, loopback);
}

}  // namespace pipit::daemon
