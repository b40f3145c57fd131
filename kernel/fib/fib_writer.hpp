// Brings the kernel's tables to what the daemon wants: at most one route for each prefix, with its
// table and metric.
//
// set() and remove() only note what is wanted; the writer sends what differs in batches, a few
// milliseconds at a time, so that whatever changes meanwhile is written once. The monitor's events
// tell it what the kernel has: own routes of an earlier run are adopted when they are right, and
// stay as they are until it is known what takes their place; routes of ours that somebody changes
// come back, routes of others are never touched, not even when they have our protocol or our metric
// (kernel/fib/ownership.hpp says which are ours). A route that
// changes its table or metric is written in the new place before it goes from the old one. A write
// that fails is tried again, and at once when a link or address changed.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/fib/fib_sink.hpp"
#include "kernel/fib/ownership.hpp"
#include "kernel/netlink/route.hpp"
#include "kernel/options.hpp"
#include "net/loop.hpp"

namespace pipit::kernel {

class KernelAccess;
class RouteView;

inline constexpr std::size_t kMaxFibHops = 256;

enum class FibState : std::uint8_t {
  Installed,  // the kernel has it as wanted
  Pending,    // to be written
  Failed,     // the kernel, or a route of somebody else, is in the way
};

std::string_view to_string(FibState state);

struct FibStatus {
  FibState state = FibState::Pending;
  std::string_view error;  // of Failed: the kernel's words
};

/// Kept as things happen.
struct FibCounters {
  std::uint64_t written = 0;   // routes added or replaced
  std::uint64_t removed = 0;   // routes deleted
  std::uint64_t adopted = 0;   // routes of an earlier run that were right already
  std::uint64_t repaired = 0;  // routes of ours that somebody else had changed or deleted
  std::uint64_t audits = 0;    // comparisons with the kernel that audit() asked for
  // Found by these, and by those after lost notifications.
  std::uint64_t missing = 0;    // routes of ours that were not there
  std::uint64_t different = 0;  // led elsewhere
  std::uint64_t leftover = 0;   // were there, and not known
  std::uint64_t errors = 0;     // requests that the kernel refused
  std::uint64_t retries = 0;    // of these, tried again
};

class FibWriter final : public FibSink {
 public:
  /// Both must outlive it.
  FibWriter(KernelAccess& kernel, net::Loop& loop, Ownership ownership);
  FibWriter(const FibWriter&) = delete;
  FibWriter& operator=(const FibWriter&) = delete;
  ~FibWriter() override;

  /// Opens the socket. Errors are a text. Nothing is written before on_synchronized().
  std::expected<void, std::string> start();

  const Ownership& ownership() const;

  /// Other routes are ours from now on; the protocol must be the same. Those of a family that is
  /// not written any more go before this returns. The monitor looks at these tables anew: nothing
  /// is written before the next on_synchronized(), and own routes that nobody asked for stay until
  /// reconcile(). What is ours only now, and what others have in our places, must be told again, by
  /// on_route_changed().
  void set_ownership(Ownership ownership);
  /// Where routes of ours stand, or are wanted.
  std::set<FibPlace> used_places() const;

  // FibSink
  void set(const FibRoute& route) override;
  void remove(const net::Prefix& prefix) override;

  /// What is wanted will hardly change for the better: own routes of an earlier run that should
  /// lead elsewhere are replaced from now on. Before, each neighbor that comes back late would move
  /// them.
  void replace_stale();
  /// Everything wanted has been said: own routes of an earlier run that nobody asked for go, too.
  void reconcile();
  /// Tries what failed again: something changed that may have cured it.
  void retry_now();

  /// What the monitor saw; `origin` as in KernelEvents.
  void on_route_changed(const Route* before, const Route& after, std::uint32_t origin);
  void on_route_removed(const Route& route, std::uint32_t origin);
  /// The monitor has told everything that happened before this call.
  void on_caught_up();
  /// Notifications were lost: nothing counts as installed until the view is complete again and has
  /// been compared with what the writer believes.
  void on_overrun();
  /// The monitor's view is complete: writing may begin. With the view, which must outlive the
  /// writer, it is compared when that is due.
  void on_synchronized(const RouteView* view = nullptr);
  /// The view is being read from the kernel again: what the writer believes is compared with it
  /// after the next on_synchronized(), a slice at a time, and repaired.
  void audit();
  /// True until the comparison after audit() is done.
  bool auditing() const;
  /// False after on_overrun(), until what the kernel has is known again.
  bool confirmed() const;

  /// Deletes all our routes, now; the kernel has carried it out when this returns. False when some
  /// could not be deleted.
  bool flush();

  /// True when everything wanted has been tried.
  bool idle() const;
  std::size_t size() const;       // routes wanted
  std::size_t installed() const;  // of these, in the kernel; 0 unless confirmed()
  std::size_t failed() const;
  /// Octets held.
  std::size_t memory() const;
  const FibCounters& counters() const;
  /// nullopt: no such route is wanted.
  std::optional<FibStatus> status(const net::Prefix& prefix) const;
  /// Every wanted route.
  void for_each(const std::function<void(const FibRoute&, const FibStatus&)>& visit) const;

 private:
  class Audit;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pipit::kernel
