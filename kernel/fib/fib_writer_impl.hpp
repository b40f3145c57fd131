// The inside of FibWriter, shared by its source files: fib_writer.cpp (what is wanted),
// fib_writer_told.cpp (what the monitor says that the kernel has), fib_audit.cpp (comparing the
// two), fib_writer_send.cpp (what to send) and fib_writer_answer.cpp (what came of it).
//
// One batch of requests is with the kernel at a time, on the thread of the FibSender. Meanwhile
// what is wanted may change, and the monitor may tell of others' doings: entries are noted as ever,
// but not queued again before their answer. An answer is about what was sent.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "kernel/fib/fib_audit.hpp"
#include "kernel/fib/fib_strays.hpp"
#include "kernel/fib/fib_table.hpp"
#include "kernel/fib/fib_trouble.hpp"
#include "kernel/fib/fib_writer.hpp"
#include "kernel/netlink/access.hpp"
#include "kernel/netlink/fib_request.hpp"
#include "kernel/netlink/fib_sender.hpp"
#include "net/log_limit.hpp"

namespace pipit::kernel {

/// True when `whole` is an IPv6 route of another program that has the legs of ours, too: IPv6 makes
/// one route of both, and calls it by the protocol of either.
bool has_legs_of(const Route& ours, const Route& whole);

class FibWriter::Impl : public net::Task {
 public:
  Impl(KernelAccess& kernel, net::Loop& timing, Ownership ours);
  ~Impl() override;

  /// What one request of a batch is about.
  struct Sent {
    // DeleteLeg: one more of what the Delete after it is about.
    enum class Action : std::uint8_t { Add, Replace, Force, Delete, DeleteStray, DeleteLeg };

    Action action = Action::Add;
    FibId id = kNoFibId;
    FibBodyId body = kNoBody;  // what is to be there or to go, with a reference; not of strays
    RouteKey stray;            // of DeleteStray and DeleteLeg

    bool adds() const {
      return action == Action::Add || action == Action::Replace || action == Action::Force;
    }
  };

  bool run() override;
  void wake();

  bool is_ours(const Route& route) const { return ownership.owns(route.key, route.body.protocol); }

  /// A notification of what we asked for ourselves: the answer has told it already, or will.
  bool is_echo(std::uint32_t origin) const { return sender && origin == sender->port(); }

  /// True while requests are on their way.
  bool in_flight() const { return sender && sender->busy(); }

  /// Notes that others changed what of ours stands there.
  void disturb(const RouteKey& key) {
    if (in_flight()) {
      disturbed.insert(key);
    }
  }

  FibStatus status(FibId id) const;
  /// Counts what a comparison or the dump before it found.
  void note_found(std::uint64_t FibCounters::* what, std::uint32_t origin);
  void end_comparison();
  void note_writer(const RouteKey& key, std::uint32_t origin);
  void learn_kernel_route(const Route& route, std::uint32_t origin);
  void forget_kernel_route(const Route& route, std::uint32_t origin, const Route* successor);

  /// Wants something else for an entry; nullptr: nothing.
  void want(FibId id, const FibBody* body);
  /// Where something of ours may stand, or not: that is known to be right only once a request has
  /// been answered that is about this place.
  void doubt(const RouteKey& key);
  void take_stray(FibId id);
  /// Strays of a prefix go once the wanted route is there, or nobody will want one.
  bool strays_may_go(const net::Prefix& prefix) const;

  /// Queues the entry when the kernel has not what is wanted; forgets it when it is about nothing.
  void consider(FibId id);
  void release_strays(const net::Prefix& prefix);
  bool may_stay(const FibEntry& entry) const;
  void repair(FibId id);
  void retry_all();
  void on_timer();
  void arm_timer();

  bool has_work() const { return !queue.empty() || strays.leaving() != nullptr; }

  /// Deletes our routes whose prefix fits, now. False when some could not be deleted.
  bool flush(const std::function<bool(const net::Prefix&)>& fits);

  void fill_batch();
  bool put(FibId id);
  bool put_add(FibId id);
  bool put_delete(const Sent& item, const RouteKey& key, const RouteBody* body);
  /// Says once in a run that a route goes which this run did not write.
  void warn_of_deletion(const RouteKey& key, std::uint8_t protocol);
  void note(const Sent& item);
  void send_batch();

  /// Where the route of a request stands.
  RouteKey place(const Sent& item) const;
  /// True when the entry stands there, as far as we know.
  bool stands_at(FibId id, const RouteKey& key) const;
  /// Works in the answers of the batch that was sent.
  void on_answered();
  void on_answer(const Sent& item, const FibRequest::Answer& answer);
  void on_unsent(const Sent& item);
  void on_lost(const Sent& item);
  void on_added(const Sent& item);
  void on_deleted(const Sent& item);
  void on_error(const Sent& item, const FibRequest::Answer& answer);
  void log_error(const net::Prefix& prefix, const std::string& text);

  net::Loop& loop;
  Ownership ownership;
  KernelAccess& access;
  std::unique_ptr<Timer> timer;
  std::unique_ptr<FibSender> sender;
  FibTable table;
  FibTroubles troubles;
  std::deque<FibId> queue;
  std::vector<Sent> sent;  // the batch, in order
  FibStrays strays;

  struct KeyHash {
    std::size_t operator()(const RouteKey& key) const {
      return net::hash_value(key.prefix) ^
             std::hash<std::uint64_t>()((std::uint64_t{key.table} << 32) | key.metric);
    }
  };

  boost::unordered_flat_map<RouteKey, std::uint32_t, KeyHash> occupied;  // our places, by others
  // Routes of ours that others wrote: the netlink port of each. Some of them, until the warning.
  boost::unordered_flat_map<RouteKey, std::uint32_t, KeyHash> writers;
  bool warned_of_deletion = false;
  // Places of ours that others changed while a batch was in flight: before its requests, or after.
  boost::unordered_flat_set<RouteKey, KeyHash> disturbed;
  FibCounters counters;
  bool synchronized = false;
  bool replacing = false;  // of stale routes that are wrong
  bool reconciled = false;
  bool flushing = false;
  bool retry_all_later = false;
  bool retry_all_after_batch = false;  // what cures a failure may come before we know of it
  bool stuck = false;                  // the socket took nothing: wait for the timer
  // What the monitor tells may be older than requests that were sent.
  bool outrun = false;
  bool unheard = false;   // answers were worked in since the monitor was heard to the end
  bool confirmed = true;  // no notifications were lost since the books were last compared
  bool auditing = false;  // a comparison was asked for
  Audit comparison{*this};

  net::TimePoint last_retry_all{};
  net::TimePoint repairs_since{};
  boost::unordered_flat_map<FibId, unsigned> repairs;  // in the present window
  FibCounters counters_logged;  // as the log told last what comparisons found
  net::Deadline found_logged;   // when
  net::LogLimit error_log_limit{std::chrono::seconds(10), 5};
};

}  // namespace pipit::kernel
