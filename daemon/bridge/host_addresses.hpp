// The addresses of this host, as next hops of our own are chosen from them. Implemented by the
// kernel bridge, and by the simulation.
#pragma once

#include <cstdint>
#include <optional>

#include "net/address.hpp"

namespace pipit::daemon {

class HostAddresses {
 public:
  virtual ~HostAddresses() = default;

  /// A global address of the family on the interface that has `local`: the next hop of our own for
  /// a family that is not the transport's. nullopt: there is none.
  virtual std::optional<net::IpAddress> companion(const net::IpAddress& local,
                                                  std::uint32_t interface_index,
                                                  net::Afi afi) const = 0;

  /// The IPv6 link-local address of the interface that has `local` (RFC 2545 §3).
  virtual std::optional<net::IpAddress> link_local(const net::IpAddress& local,
                                                   std::uint32_t interface_index) const = 0;
};

}  // namespace pipit::daemon
