#include "daemon/reload/router_id.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <fnmatch.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pipit::daemon {
namespace {

/// Interfaces of workloads, services and overlays: their addresses are not this host's alone.
constexpr std::array kForeignNames{"kube-ipvs*", "cali*",   "*.cali",       "*.calico", "cilium*",
                                   "lxc*",       "docker*", "cni*",         "flannel*", "tunl*",
                                   "vxlan*",     "wg*",     "nodelocaldns*"};
constexpr std::array kTunnelDrivers{"vxlan", "geneve", "tun", "wireguard"};
constexpr unsigned kIp6Gre = 823;  // ARPHRD_IP6GRE, which only the kernel's own header has
constexpr std::array<unsigned, 7> kTunnelTypes{
    ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT, ARPHRD_IPGRE, kIp6Gre, ARPHRD_NONE, ARPHRD_LOOPBACK};

bool is_global(const net::IpAddress& address) {
  return address.is_v4() && !address.is_loopback() && !address.is_unspecified() &&
         !address.is_link_local() && !address.is_multicast();
}

bool is_own(const HostIpv4& host) {
  const auto fits = [&](const char* pattern) {
    return fnmatch(pattern, host.interface.c_str(), 0) == 0;
  };
  return is_global(host.address) && !host.loopback && !host.tunnel &&
         std::none_of(kForeignNames.begin(), kForeignNames.end(), fits);
}

/// The lowest of those that fit.
const HostIpv4* lowest(std::span<const HostIpv4> host, const auto& fits) {
  const HostIpv4* best = nullptr;
  for (const HostIpv4& one : host) {
    if (is_own(one) && fits(one) && (best == nullptr || one.address < best->address)) {
      best = &one;
    }
  }
  return best;
}

/// What makes the interface, as ethtool(8) says; empty when nobody says.
std::string driver_of(const std::string& interface) {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) {
    return {};
  }
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  ifreq request{};
  interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
  request.ifr_data = reinterpret_cast<char*>(&info);
  const bool told = ioctl(handle, SIOCETHTOOL, &request) == 0;
  close(handle);
  return told ? std::string(info.driver, strnlen(info.driver, sizeof info.driver)) : std::string();
}

/// Names of interfaces that are tunnels by their hardware type.
std::vector<std::string> tunnels_of(const ifaddrs* list) {
  std::vector<std::string> names;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_PACKET) {
      const auto* link = reinterpret_cast<const sockaddr_ll*>(entry->ifa_addr);
      if (std::ranges::find(kTunnelTypes, unsigned{link->sll_hatype}) != kTunnelTypes.end()) {
        names.emplace_back(entry->ifa_name);
      }
    }
  }
  return names;
}

std::vector<HostIpv4> host_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return {};
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  const std::vector<std::string> tunnels = tunnels_of(list);
  std::vector<HostIpv4> found;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) {
      continue;
    }
    HostIpv4& host = found.emplace_back();
    const auto number = [](const sockaddr* address) {
      return ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    };
    host.address = net::IpAddress::v4(number(entry->ifa_addr));
    if (entry->ifa_netmask != nullptr) {
      host.length = static_cast<std::uint8_t>(std::popcount(number(entry->ifa_netmask)));
    }
    host.interface = entry->ifa_name;
    host.interface = host.interface.substr(0, host.interface.find(':'));  // a label: eth0:1
    host.loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
    const std::string driver = host.loopback ? std::string() : driver_of(host.interface);
    host.tunnel =
        std::ranges::find(tunnels, host.interface) != tunnels.end() ||
        std::find(kTunnelDrivers.begin(), kTunnelDrivers.end(), driver) != kTunnelDrivers.end();
  }
  return found;
}

/// Of the IPv4 default route with the lowest metric in the main table. The kernel lists routes in
/// the order of their prefixes: however many there are, the first lines say it.
std::string default_interface() {
  std::ifstream routes("/proc/net/route");
  std::string line;
  std::getline(routes, line);  // names of columns
  std::string best;
  std::uint32_t lowest_metric = 0;
  while (std::getline(routes, line)) {
    std::istringstream words(line);
    std::string interface;
    std::string destination;
    std::string gateway;
    std::string mask;
    std::uint32_t flags = 0;
    std::uint32_t ignored = 0;
    std::uint32_t metric = 0;
    words >> interface >> destination >> gateway >> std::hex >> flags >> std::dec >> ignored >>
        ignored >> metric >> mask;
    if (!words || destination != "00000000") {
      break;
    }
    // "*" stands for a blackhole.
    if (mask == "00000000" && interface != "*" && (best.empty() || metric < lowest_metric)) {
      best = interface;
      lowest_metric = metric;
    }
  }
  return best;
}

}  // namespace

std::optional<RouterIdChoice> choose_router_id(std::span<const net::IpAddress> local,
                                               std::span<const HostIpv4> host,
                                               const std::string& default_interface) {
  for (const net::IpAddress& address : local) {
    if (is_global(address)) {
      return RouterIdChoice{.address = address, .origin = "the local-address of a neighbor"};
    }
  }
  const auto on_default = [&](const HostIpv4& one) {
    return !default_interface.empty() && one.interface == default_interface;
  };
  const auto in_subnet = [](const HostIpv4& one) { return one.length < 32; };
  const HostIpv4* best =
      lowest(host, [&](const HostIpv4& one) { return on_default(one) && in_subnet(one); });
  best = best != nullptr ? best : lowest(host, on_default);
  if (best != nullptr) {
    return RouterIdChoice{.address = best->address,
                          .origin = fmt::format("an address of {}, the interface of the default "
                                                "route",
                                                best->interface)};
  }
  best = lowest(host, in_subnet);
  if (best == nullptr) {
    return std::nullopt;
  }
  return RouterIdChoice{
      .address = best->address,
      .origin = fmt::format("the lowest address of this host, on {}", best->interface)};
}

std::optional<RouterIdChoice> router_id_of_host(const config::Config& config) {
  std::vector<net::IpAddress> local;
  for (const config::NeighborConfig& neighbor : config.neighbors) {
    if (neighbor.session.local_address) {
      local.push_back(*neighbor.session.local_address);
    }
  }
  return choose_router_id(local, host_addresses(), default_interface());
}

}  // namespace pipit::daemon
