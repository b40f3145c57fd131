// The routes of our own (`originate:`): keeps what is announced into the RIB equal to what the
// configuration says.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "net/address.hpp"
#include "rib/options.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

/// How a route of our own is announced into the RIB.
bgp::PathAttributes attributes_of(const rib::OriginateOptions& route);

class Originator {
 public:
  /// The RIB must outlive this object.
  explicit Originator(rib::Rib& rib) : rib_(rib) {}

  /// Announces what is new or changed, withdraws what is gone, leaves the rest alone.
  void apply(const std::vector<rib::OriginateOptions>& routes);

 private:
  struct Announced {
    rib::OriginateOptions route;
    std::uint64_t wanted = 0;  // the last apply() that named it
  };

  rib::Rib& rib_;
  std::map<net::Prefix, Announced> announced_;
  std::uint64_t applied_ = 0;
};

}  // namespace pipit::daemon
