// The kernel's links, addresses and routes as they are known: the monitor's picture, or one that a
// test makes up. Import rules look at them through this.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "kernel/monitor/route_view.hpp"
#include "kernel/netlink/interface_address.hpp"
#include "kernel/netlink/link.hpp"

namespace pipit::kernel {

class HostView {
 public:
  virtual ~HostView() = default;

  virtual const std::map<std::uint32_t, Link>& links() const = 0;
  virtual const std::set<InterfaceAddress>& addresses() const = 0;
  virtual const RouteView& routes() const = 0;
};

}  // namespace pipit::kernel
