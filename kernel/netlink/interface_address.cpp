#include "kernel/netlink/interface_address.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace pipit::kernel {

std::optional<InterfaceAddress> parse_interface_address(net::ByteView payload) {
  const auto header = take_fixed<ifaddrmsg>(payload);
  if (!header || (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)) {
    return std::nullopt;
  }
  const bool v6 = header->ifa_family == AF_INET6;
  std::optional<net::IpAddress> local;
  std::optional<net::IpAddress> address;
  std::uint32_t flags = header->ifa_flags;
  AttributeReader attributes(payload);
  while (const auto attribute = attributes.next()) {
    switch (attribute->type) {
      case IFA_LOCAL:
        local = attribute->address();
        break;
      case IFA_ADDRESS:
        address = attribute->address();
        break;
      case IFA_FLAGS:
        flags = attribute->u32().value_or(flags);
        break;
      default:  // the kernel's list grows
        break;
    }
  }
  // IFA_LOCAL is ours, IFA_ADDRESS then the peer's; IPv6 without a peer has IFA_ADDRESS only.
  const auto ours = local ? local : address;
  if (!ours || ours->is_v6() != v6 || (address && address->is_v6() != v6) ||
      header->ifa_prefixlen > ours->bits()) {
    return std::nullopt;
  }
  InterfaceAddress result{header->ifa_index, *ours, header->ifa_prefixlen, std::nullopt, true};
  if (address && *address != *ours) {
    result.peer = address;
  }
  result.usable =
      (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0 || (flags & IFA_F_OPTIMISTIC) != 0;
  return result;
}

}  // namespace pipit::kernel
