// The BGP Identifier when the operator names none: one of the host's IPv4 addresses.
//
// It must be this host's alone. Addresses of services stand on every node of a cluster, those of
// tunnels and workloads belong to others: none of them is taken.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "net/address.hpp"

namespace pipit::daemon {

/// An IPv4 address of an interface.
struct HostIpv4 {
  net::IpAddress address;
  std::uint8_t length = 32;  // of its subnet
  std::string interface{};
  bool loopback = false;  // what kind of interface
  bool tunnel = false;
};

struct RouterIdChoice {
  net::IpAddress address;
  std::string origin;  // "an address of eth0, the interface of the default route"

  friend bool operator==(const RouterIdChoice&, const RouterIdChoice&) = default;
};

/// In this order: the first that is an IPv4 address of `local`, which neighbors have as
/// `local-address`; an address on the interface of the default route; the lowest one with a prefix
/// shorter than /32. nullopt: there is none. `default_interface`: empty when there is no route.
std::optional<RouterIdChoice> choose_router_id(std::span<const net::IpAddress> local,
                                               std::span<const HostIpv4> host,
                                               const std::string& default_interface);

/// choose_router_id() over the neighbors of the configuration and the interfaces of this host as
/// they are now.
std::optional<RouterIdChoice> router_id_of_host(const config::Config& config);

}  // namespace pipit::daemon
