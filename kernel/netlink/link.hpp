// A network interface as rtnetlink describes it (RTM_NEWLINK).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/netlink/message.hpp"

namespace pipit::kernel {

struct Link {
  std::uint32_t index = 0;
  std::string name;
  std::uint32_t mtu = 0;
  std::uint32_t master = 0;  // interface it is enslaved to; 0: none
  bool up = false;           // administratively (IFF_UP)
  bool carrier = false;      // IFF_LOWER_UP: the other side is there
  bool loopback = false;

  friend bool operator==(const Link&, const Link&) = default;
};

/// Reads the payload of RTM_NEWLINK or RTM_DELLINK; nullopt when it is malformed or of another
/// family than AF_UNSPEC (bridge ports are announced a second time that way).
std::optional<Link> parse_link(net::ByteView payload);

}  // namespace pipit::kernel
