// Who is told which routes the kernel is to have: the FIB writer, or a test that only remembers.
#pragma once

#include <optional>
#include <vector>

#include "kernel/netlink/route.hpp"
#include "kernel/options.hpp"

namespace pipit::kernel {

/// A route that the kernel is to have.
struct FibRoute {
  net::Prefix prefix;
  RouteType type = RouteType::Unicast;
  std::vector<Hop> hops;  // each with its interface; at most kMaxFibHops are written
  std::optional<net::IpAddress> preferred_source;
  std::uint32_t table = kMainTable;  // one of the places'
  std::uint32_t metric = kExportMetric;

  friend bool operator==(const FibRoute&, const FibRoute&) = default;
};

class FibSink {
 public:
  virtual ~FibSink() = default;

  /// Wants this route from now on, instead of what was wanted for the prefix before, be it in
  /// another table.
  virtual void set(const FibRoute& route) = 0;
  /// Wants no route of ours for the prefix.
  virtual void remove(const net::Prefix& prefix) = 0;
};

}  // namespace pipit::kernel
