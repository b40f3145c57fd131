// Options of the kernel side: which routes are read, and how best routes are written.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/netlink/route.hpp"
#include "net/address.hpp"

namespace pipit::kernel {

inline constexpr std::uint32_t kMainTable = 254;   // RT_TABLE_MAIN
inline constexpr std::uint32_t kLocalTable = 255;  // RT_TABLE_LOCAL: the kernel's own
inline constexpr std::uint32_t kExportMetric = 32;
/// The rtnetlink protocol of our routes, unless the configuration names another: a number that is
/// in no list and that no other daemon writes. RTPROT_BGP (186) is what FRR's zebra writes.
inline constexpr std::uint8_t kProtocolPipit = 71;

/// One rule of `kernel.import`; the first that matches a route decides. All that is given must
/// hold.
struct ImportRule {
  std::string interface;  // glob; empty: any
  std::vector<std::uint8_t>
      protocols;  // rtnetlink protocol numbers; empty: any but ours and the kernel's own
  std::uint32_t table = kMainTable;
  bool connected = false;           // interface addresses' prefixes instead of routes
  std::vector<RouteType> types;     // empty: any but throw, which leads nowhere from its table
  std::optional<bool> gateway;      // whether one of its hops has a gateway
  std::vector<std::string> policy;  // names, in sequence; empty: accept

  friend bool operator==(const ImportRule&, const ImportRule&) = default;
};

enum class OnExit : std::uint8_t { Keep, Flush };

/// Which routes with our protocol count as ours.
enum class Adopt : std::uint8_t {
  Own,  // those where we write, or wrote by the record of an earlier run
  All,  // all in the tables that we write to: to take over from another daemon
};

/// Address families whose routes are written.
struct FamilySet {
  bool ipv4 = true;
  bool ipv6 = true;

  bool has(net::Afi afi) const { return afi == net::Afi::Ipv6 ? ipv6 : ipv4; }

  friend bool operator==(const FamilySet&, const FamilySet&) = default;
};

struct ExportOptions {
  std::uint32_t table = kMainTable;
  std::uint8_t protocol = kProtocolPipit;
  Adopt adopt = Adopt::Own;
  FamilySet families;  // others are neither read nor written
  std::uint32_t metric = kExportMetric;
  std::vector<std::string> policy;               // names, in sequence; empty: accept
  std::vector<net::IpAddress> preferred_source;  // at most one per family
  OnExit on_exit = OnExit::Keep;
  std::chrono::seconds audit{600};  // between two comparisons with the kernel; 0: none

  /// The preferred source of a family.
  std::optional<net::IpAddress> source(net::Afi afi) const {
    for (const net::IpAddress& address : preferred_source) {
      if (address.afi() == afi) {
        return address;
      }
    }
    return std::nullopt;
  }

  friend bool operator==(const ExportOptions&, const ExportOptions&) = default;
};

struct KernelOptions {
  std::vector<ImportRule> imports;
  std::optional<ExportOptions> exports;  // nullopt: no best route enters the kernel

  friend bool operator==(const KernelOptions&, const KernelOptions&) = default;
};

}  // namespace pipit::kernel
