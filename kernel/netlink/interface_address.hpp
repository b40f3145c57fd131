// An address of an interface as rtnetlink describes it (RTM_NEWADDR).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "kernel/netlink/message.hpp"
#include "net/address.hpp"

namespace pipit::kernel {

struct InterfaceAddress {
  std::uint32_t interface_index = 0;
  net::IpAddress address;          // ours
  std::uint8_t prefix_length = 0;  // of the subnet, or of `peer` on a point-to-point link
  std::optional<net::IpAddress> peer;
  bool usable = true;  // false: an IPv6 address that is tentative or failed its duplicate detection

  /// What is directly reachable through it.
  net::Prefix subnet() const { return {peer.value_or(address), prefix_length}; }

  friend auto operator<=>(const InterfaceAddress&, const InterfaceAddress&) = default;
};

/// Reads the payload of RTM_NEWADDR or RTM_DELADDR; nullopt when it is malformed or neither IPv4
/// nor IPv6.
std::optional<InterfaceAddress> parse_interface_address(net::ByteView payload);

}  // namespace pipit::kernel
