// net::Loop over boost::asio::io_context: the one event loop of the daemon. Tasks run a slice at a
// time when no I/O is ready, or enough input was taken. Built by daemon/ and by tests; sockets of
// all parts live on its context. Threading: everything happens in run(), on one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "net/loop.hpp"

namespace boost::asio {
class io_context;
}

namespace pipit::net {

/// How well a loop kept up since it was made.
struct LoopStatistics {
  /// CPU time of the longest turn: one slice, one read or one write, nothing else runs meanwhile.
  Duration longest_turn{0};
  /// The most by which a timer fired late, in real time: turns before it, and the machine's load.
  Duration latest_timer{0};
};

class AsioLoop final : public Loop {
 public:
  AsioLoop();
  ~AsioLoop() override;
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  /// For what needs sockets and timers of its own. Include <boost/asio/io_context.hpp> to use it.
  boost::asio::io_context& context();

  /// Runs until stop(), or until nothing is left to wait for.
  void run();
  /// Has run() return after the current handler.
  void stop();

  const LoopStatistics& statistics() const { return statistics_; }

  /// Whoever waits for a timer tells by how much it was late.
  void note_timer(Duration late) {
    statistics_.latest_timer = std::max(statistics_.latest_timer, late);
  }

  /// One handler or one slice of a task, waiting for it at most `patience`; false when none came.
  bool run_one_for(Duration patience);

  TimePoint now() const override { return Clock::now(); }

  WallTime wall_now() const override { return WallTime::clock::now(); }

  std::uint64_t random_seed() override;

  /// Whoever writes says so, in the same handler: a slice waits for all of it, however long it is.
  void note_output();

  /// A buffer that all readers of this loop share: what is in it is good until the handler returns.
  std::span<std::uint8_t> scratch();

 protected:
  void enqueue(Task& task) override;
  void dequeue(Task& task) override;

 private:
  struct Impl;
  void begin();
  bool turn(std::optional<Duration> patience);
  bool step(std::optional<Duration> patience);

  std::unique_ptr<Impl> impl_;
  LoopStatistics statistics_;
};

}  // namespace pipit::net
