// Keeps a picture of the kernel's links, addresses and routes: dumps at the start, notifications
// from then on, and dumps again at once whenever something may have been missed.
//
// Feeds KernelEvents with differences only, in the kernel's order, a few milliseconds at a time.
// What the kernel does without a word is found out too: IPv4 routes that go with their interface or
// their preferred source are asked for again when a link or an address changed.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernel/monitor/events.hpp"
#include "kernel/monitor/host_view.hpp"
#include "kernel/monitor/route_view.hpp"
#include "kernel/netlink/interface_address.hpp"
#include "kernel/netlink/link.hpp"
#include "net/loop.hpp"

namespace pipit::kernel {

class KernelAccess;

struct MonitorOptions {
  std::vector<std::uint32_t> tables;      // routing tables of interest; empty: all but local
  int receive_buffer = 32 * 1024 * 1024;  // octets

  friend bool operator==(const MonitorOptions&, const MonitorOptions&) = default;
};

/// Kept as things happen.
struct MonitorCounters {
  std::uint64_t notifications = 0;
  std::uint64_t dumps = 0;        // dump requests finished
  std::uint64_t losses = 0;       // times the kernel could not deliver (ENOBUFS)
  std::uint64_t interrupted = 0;  // dumps that the kernel marked as inconsistent
  std::uint64_t malformed = 0;    // messages that made no sense
};

class Monitor final : public HostView {
 public:
  /// All of it must outlive the monitor.
  Monitor(KernelAccess& kernel, net::Loop& loop, KernelEvents& events, MonitorOptions options);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  ~Monitor() override;

  /// Opens the socket and begins the first dump. Errors are a text.
  std::expected<void, std::string> start();

  /// Changes the tables of interest, also before start(): dumps again, routes of other tables are
  /// reported as removed.
  void set_tables(std::vector<std::uint32_t> tables);

  /// Dumps the routes of some tables again: on_synchronized() tells when that is done.
  void look_again(const std::vector<std::uint32_t>& tables);

  /// True while the view is complete and no dump is on its way.
  bool synchronized() const;

  // HostView
  const std::map<std::uint32_t, Link>& links() const override;
  const std::set<InterfaceAddress>& addresses() const override;
  const RouteView& routes() const override;

  const MonitorCounters& counters() const;
  /// The interface of that name; nullptr: none.
  const Link* find_link(std::string_view name) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pipit::kernel
