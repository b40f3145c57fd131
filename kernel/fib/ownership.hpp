// Which routes of the kernel's tables are ours. This is the only place that decides it: the FIB
// writer, the import rules, next hop resolution and what is shown ask here.
//
// A protocol number alone makes nothing ours: another daemon on the host may use the same. Ours is
// what has our protocol where we write, or where the record of an earlier run says that we wrote.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/netlink/route.hpp"
#include "kernel/options.hpp"

namespace pipit::kernel {

/// A metric in a table.
struct FibPlace {
  std::uint32_t table = kMainTable;
  std::uint32_t metric = kExportMetric;

  friend auto operator<=>(const FibPlace&, const FibPlace&) = default;
};

/// Where routes of ours may stand. All lists ascend.
struct FibPlaces {
  std::vector<std::uint32_t> tables{kMainTable};      // in each of these,
  std::vector<std::uint32_t> metrics{kExportMetric};  // at each of these
  std::vector<FibPlace> former{};  // where the configuration had them before, as long as some stay

  bool has_table(std::uint32_t table) const;
  bool has(const FibPlace& place) const;
  std::vector<std::uint32_t> all_tables() const;

  friend bool operator==(const FibPlaces&, const FibPlaces&) = default;
};

struct Ownership {
  std::uint8_t protocol = kProtocolPipit;
  /// Of an earlier run that wrote another one: its routes at the former places are ours, too, and
  /// are replaced by such of `protocol`.
  std::optional<std::uint8_t> former_protocol{};
  FibPlaces places;
  Adopt adopt = Adopt::Own;
  FamilySet families;

  /// True for a place in which we may write, so that a route of another program is in the way.
  bool may_write(const RouteKey& key) const;
  /// True for a route of ours.
  bool owns(const RouteKey& key, std::uint8_t route_protocol) const;

  friend bool operator==(const Ownership&, const Ownership&) = default;
};

}  // namespace pipit::kernel
