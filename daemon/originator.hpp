// The routes of our own (`originate:`): keeps what is announced into the RIB equal to what the
// configuration says.
#pragma once

#include <map>
#include <vector>

#include "net/address.hpp"
#include "rib/options.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

class Originator {
 public:
  /// The RIB must outlive this object.
  explicit Originator(rib::Rib& rib) : rib_(rib) {}

  /// Announces what is new or changed, withdraws what is gone, leaves the rest alone.
  void apply(const std::vector<rib::OriginateOptions>& routes);

 private:
  void announce(const rib::OriginateOptions& route);

  rib::Rib& rib_;
  std::map<net::Prefix, rib::OriginateOptions> announced_;
};

}  // namespace pipit::daemon
