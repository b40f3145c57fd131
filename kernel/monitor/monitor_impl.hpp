// The inside of Monitor, shared by its three source files: monitor.cpp (when to read),
// monitor_dumps.cpp (when to dump, sweep) and monitor_messages.cpp (what a message changes).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>

#include <boost/unordered/unordered_flat_set.hpp>

#include "kernel/monitor/dump_plan.hpp"
#include "kernel/monitor/monitor.hpp"
#include "kernel/netlink/access.hpp"
#include "net/slice_budget.hpp"

namespace pipit::kernel {

class Monitor::Impl : public net::Task {
 public:
  Impl(KernelAccess& kernel, net::Loop& timing, KernelEvents& listener, MonitorOptions o);
  ~Impl() override;

  std::expected<void, std::string> open();
  bool run() override;
  bool synchronized_now() const;
  void wake();

  enum class Reading : std::uint8_t {
    Done,     // nothing is left
    More,     // the time is up
    Waiting,  // the rest of an answer is on its way
  };

  // When to read.
  Reading read_slice(const net::SliceBudget& budget);
  void on_empty();
  void on_loss();
  void fail(const std::string& reason);

  // When to dump, sweep.
  void plan_what_is_doubtful();
  void begin_dump();
  bool finish_dump(const net::SliceBudget& budget);
  void end_job();
  void rest(const char* why);
  void sweep_links();
  void sweep_addresses();
  void forget_table(std::uint32_t table);

  // What a message changes.
  void on_datagram(net::ByteView datagram);
  void on_message(const MessageView& message, bool dumped);
  void on_dump_end(const MessageView& message);
  void on_link(const MessageView& message, bool dumped);
  void on_address(const MessageView& message, bool dumped);
  void on_route(const MessageView& message, bool dumped);
  void report(const RouteChange& change, std::uint32_t origin);
  void remove_link(std::uint32_t index);
  void remove_address(const InterfaceAddress& address);

  bool dumping(DumpKind kind) const { return job && !job_ended && job->kind == kind; }

  KernelAccess& access;
  net::Loop& loop;
  KernelEvents& events;
  MonitorOptions options;
  std::unique_ptr<Timer> pause;
  std::unique_ptr<MonitorSocket> socket;
  std::span<const net::ByteView> unread;  // of what was received last

  std::map<std::uint32_t, Link> links;
  std::set<InterfaceAddress> addresses;
  RouteView routes;
  MonitorCounters counters;

  // The dump on its way: requested, its answers read, then swept.
  DumpPlan plan;
  bool barrier_passed = false;  // before the next dump of routes
  std::optional<DumpJob> job;
  bool job_ended = false;        // the last answer was read
  bool job_interrupted = false;  // its answers may not fit together: to be done again
  int job_error = 0;
  unsigned interrupted_in_row = 0;
  bool paused = false;
  std::uint32_t sequence = 0;
  std::uint32_t generation = 0;  // grows with each dump
  std::size_t sweep_position = 0;
  std::set<std::uint32_t> links_seen;
  std::set<InterfaceAddress> addresses_seen;
  // A dump runs beside changes: what a notification took away while it ran must not come back
  // with a part of the dump that was made before and is read after.
  boost::unordered_flat_set<std::uint64_t> deleted_in_dump;

  // What may have changed without a word, looked into when the burst of messages is over.
  std::set<std::uint32_t> doubtful_links;
  std::set<net::IpAddress> doubtful_sources;
  bool doubtful_routes = false;
  net::TimePoint doubt_not_before{};  // routes in doubt are dumped once a second at most

  bool announced = false;  // on_synchronized was called for the present state
  bool changed = false;    // since the last on_settled
  Route scratch;
};

}  // namespace pipit::kernel
