// What the monitor tells about the kernel, in order. The kernel bridge listens.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/netlink/interface_address.hpp"
#include "kernel/netlink/link.hpp"
#include "kernel/netlink/route.hpp"

namespace pipit::kernel {

/// The origin of what a dump shows that was never told.
inline constexpr std::uint32_t kSeenInDump = 0xffffffff;

class KernelEvents {
 public:
  virtual ~KernelEvents() = default;

  /// A new interface (`before` is null) or one that is different now, e.g. renamed.
  virtual void on_link_changed(const Link* before, const Link& after) = 0;
  virtual void on_link_removed(const Link& link) = 0;
  virtual void on_address_added(const InterfaceAddress& address) = 0;
  virtual void on_address_removed(const InterfaceAddress& address) = 0;
  /// A new route (`before` is null) or one that took the place of `before` (same table and
  /// prefix). `origin`: netlink port of whoever asked for it; 0: the kernel; or
  /// kSeenInDump.
  virtual void on_route_changed(const Route* before, const Route& after, std::uint32_t origin) = 0;
  virtual void on_route_removed(const Route& route, std::uint32_t origin) = 0;
  /// Notifications were lost: until on_synchronized() the view may be wrong.
  virtual void on_overrun() = 0;
  /// Everything that the kernel had said is told. Comes often: to be answered at once.
  virtual void on_caught_up() = 0;
  /// End of a burst of events: the time to do what costs.
  virtual void on_settled() = 0;
  /// The view is complete and right: after the first dump, and after each later one.
  virtual void on_synchronized() = 0;
  /// The view can no longer be kept; the reason in words.
  virtual void on_failed(const std::string& reason) = 0;
};

}  // namespace pipit::kernel
