// Watches for routes of ours in the kernel that overrule one of another program: the same prefix in
// the same table at a lower metric, so that packets go our way and no longer the other's.
//
// On a node that is a workload of this host whose traffic leaves for another one. Fed by the
// KernelBridge with every change of the kernel's routes; says so in the log, and counts for
// `status`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "kernel/fib/ownership.hpp"
#include "kernel/monitor/route_view.hpp"
#include "net/footprint.hpp"
#include "net/log_limit.hpp"
#include "net/loop.hpp"

namespace pipit::daemon {

class KernelOverrules {
 public:
  /// Names an interface.
  using InterfaceName = std::function<std::string(std::uint32_t)>;

  /// The view must outlive it.
  KernelOverrules(const kernel::RouteView& routes, InterfaceName interface_name)
      : routes_(routes), interface_name_(std::move(interface_name)) {}

  /// Whose routes are ours; nullopt: nothing is. Everything is looked at anew.
  void set_ownership(std::optional<kernel::Ownership> ownership);

  /// The view has this route now.
  void on_changed(const kernel::Route& route);
  /// The view has lost this route.
  void on_removed(const kernel::Route& route);
  /// Looks at what has changed since the last call. `now`: for the limit of lines in the log.
  void settle(net::TimePoint now);

  /// Routes of ours that overrule another one.
  std::size_t size() const { return overruling_.size(); }

  /// One of them, as an example; nullopt: there is none.
  std::optional<net::Prefix> example() const;

  /// The route of another program that one of ours at this metric would overrule, in words; empty:
  /// none.
  std::string overruled_by(std::uint32_t table,
                           const net::Prefix& prefix,
                           std::uint32_t metric) const;

  /// Octets held.
  std::size_t memory() const;

 private:
  struct Spot {
    net::Prefix prefix;
    std::uint32_t table = 0;

    friend bool operator==(const Spot&, const Spot&) = default;
  };

  struct SpotHash {
    std::size_t operator()(const Spot& spot) const {
      return net::hash_value(spot.prefix) ^ spot.table;
    }
  };

  /// What stands at a spot.
  struct Found {
    std::optional<std::uint32_t> ours;        // the lowest metric
    std::optional<std::uint32_t> other;       // likewise, of other programs
    const kernel::RouteBody* body = nullptr;  // of that one, valid until the view changes
  };

  Found find(std::uint32_t table, const net::Prefix& prefix) const;
  void look(const Spot& spot, net::TimePoint now);
  void warn(const Spot& spot, const Found& found, net::TimePoint now);
  /// "one of protocol 80 with metric 1024, dev cali1"
  std::string words_of_other(const Found& found) const;

  const kernel::RouteView& routes_;
  InterfaceName interface_name_;
  std::optional<kernel::Ownership> ownership_;
  std::vector<Spot> pending_;
  boost::unordered_flat_set<Spot, SpotHash> overruling_;
  boost::unordered_flat_set<Spot, SpotHash> warned_;  // each has one line in the log
  net::LogLimit log_limit_{std::chrono::seconds(10), 5};
};

}  // namespace pipit::daemon
