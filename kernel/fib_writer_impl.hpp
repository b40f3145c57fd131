// The inside of FibWriter, shared by its two source files: fib_writer.cpp (what is wanted, what the
// kernel has) and fib_writer_send.cpp (what to send, and what came of it).
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "kernel/fib_request.hpp"
#include "kernel/fib_strays.hpp"
#include "kernel/fib_table.hpp"
#include "kernel/fib_trouble.hpp"
#include "kernel/fib_writer.hpp"
#include "kernel/watch.hpp"

namespace pipit::kernel {

class FibWriter::Impl : public net::Task {
 public:
  Impl(boost::asio::io_context& context, net::Loop& timing, FibOptions wanted);
  ~Impl() override;

  /// What one request of a batch is about.
  struct Sent {
    // DeleteLeg: one more of what the Delete after it is about.
    enum class Action : std::uint8_t { Add, Replace, Force, Delete, DeleteStray, DeleteLeg };

    Action action = Action::Add;
    FibId id = kNoFibId;
    RouteKey stray;  // of DeleteStray
  };

  bool run() override;
  void wake();
  bool is_our_table(std::uint32_t number) const;
  /// True for a key that a route of ours may have.
  bool is_our_place(const RouteKey& key) const;

  /// A notification of what we asked for ourselves: the answer has told it already.
  bool is_echo(std::uint32_t origin) const { return request && origin == request->port(); }

  FibStatus status(FibId id) const;
  void learn_kernel_route(const Route& route, std::uint32_t origin);
  void forget_kernel_route(const Route& route, std::uint32_t origin, const Route* successor);

  /// Wants something else for an entry; nullptr: nothing.
  void want(FibId id, const FibBody* body);
  void settle_doubt(FibId id, const FibBody* next);
  void take_stray(FibId id);
  /// Strays of a prefix go once the wanted route is there, or nobody will want one.
  bool strays_may_go(const net::Prefix& prefix) const;

  /// Queues the entry when the kernel has not what is wanted; forgets it when it is about nothing.
  void consider(FibId id);
  void release_strays(const net::Prefix& prefix);
  void keep_stray(const RouteKey& key);
  bool may_stay(const FibEntry& entry) const;
  void repair(FibId id);
  void retry_all();
  void on_timer();
  void arm_timer();

  bool has_work() const { return !queue.empty() || strays.leaving() != nullptr; }

  bool flush();

  void fill_batch();
  bool put(FibId id);
  bool put_delete(const Sent& item, const RouteKey& key, const RouteBody* body);
  void send_batch();
  void on_answer(const Sent& sent, const FibRequest::Answer& answer);
  void on_lost(const Sent& sent);
  void on_done(const Sent& sent);
  void on_error(const Sent& sent, const FibRequest::Answer& answer);
  void log_error(const net::Prefix& prefix, const std::string& text);

  net::Loop& loop;
  FibOptions options;
  Timer timer;
  std::optional<FibRequest> request;
  FibTable table;
  FibTroubles troubles;
  std::deque<FibId> queue;
  std::vector<Sent> sent;
  FibStrays strays;

  struct KeyHash {
    std::size_t operator()(const RouteKey& key) const {
      return net::hash_value(key.prefix) ^
             std::hash<std::uint64_t>()((std::uint64_t{key.table} << 32) | key.metric);
    }
  };

  boost::unordered_flat_map<RouteKey, std::uint32_t, KeyHash> occupied;  // our places, by others
  FibCounters counters;
  bool synchronized = false;
  bool replacing = false;  // of stale routes that are wrong
  bool reconciled = false;
  bool flushing = false;
  bool retry_all_later = false;
  bool stuck = false;  // the socket took nothing: wait for the timer

  net::TimePoint last_retry_all{};
  net::TimePoint repairs_since{};
  boost::unordered_flat_map<FibId, unsigned> repairs;  // in the present window
  net::TimePoint log_since{};
  unsigned logged = 0;
  std::size_t unlogged = 0;
};

}  // namespace pipit::kernel
