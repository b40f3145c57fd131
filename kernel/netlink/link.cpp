#include "kernel/netlink/link.hpp"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace pipit::kernel {

std::optional<Link> parse_link(net::ByteView payload) {
  const auto header = take_fixed<ifinfomsg>(payload);
  if (!header || header->ifi_family != AF_UNSPEC || header->ifi_index <= 0) {
    return std::nullopt;
  }
  Link link;
  link.index = static_cast<std::uint32_t>(header->ifi_index);
  link.up = (header->ifi_flags & IFF_UP) != 0;
  link.carrier = (header->ifi_flags & IFF_LOWER_UP) != 0;
  link.loopback = (header->ifi_flags & IFF_LOOPBACK) != 0;
  AttributeReader attributes(payload);
  while (const auto attribute = attributes.next()) {
    switch (attribute->type) {
      case IFLA_IFNAME:
        link.name = attribute->text();
        break;
      case IFLA_MTU:
        link.mtu = attribute->u32().value_or(0);
        break;
      case IFLA_MASTER:
        link.master = attribute->u32().value_or(0);
        break;
      default:  // the kernel's list grows
        break;
    }
  }
  if (link.name.empty()) {
    return std::nullopt;
  }
  return link;
}

}  // namespace pipit::kernel
