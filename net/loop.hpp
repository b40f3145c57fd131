// The event loop as the core sees it: clocks, random numbers, and work that runs in slices between
// I/O. The daemon puts Asio behind it, the simulation a virtual clock and numbers that follow from
// its seed: nobody else is asked for either, so that one seed is one run.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace pipit::net {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;
/// The time of day, for showing; whatever is decided goes by TimePoint.
using WallTime = std::chrono::system_clock::time_point;

/// One moment on both clocks, by which moments of the loop's clock are told as times of day.
struct Present {
  TimePoint now;
  WallTime wall;

  WallTime wall_time(TimePoint moment) const {
    return std::chrono::time_point_cast<WallTime::duration>(wall - (now - moment));
  }
};

/// A moment by which something must have happened; nullopt: not armed. Traffic moves deadlines,
/// timers are re-armed lazily.
using Deadline = std::optional<TimePoint>;

/// The earlier of two deadlines.
constexpr Deadline earliest(Deadline a, Deadline b) {
  if (!a || !b) {
    return a ? a : b;
  }
  return *a < *b ? a : b;
}

/// Work that can be long and is therefore done a slice at a time. Owned by whoever schedules it; it
/// must be cancelled (Loop::cancel) before it is destroyed.
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  /// Does one slice of at most a few milliseconds. Returns true when more remains: it is then run
  /// again after pending I/O had its turn.
  virtual bool run() = 0;

 private:
  friend class Loop;
  bool scheduled_ = false;
};

class Loop {
 public:
  virtual ~Loop() = default;

  virtual TimePoint now() const = 0;
  virtual WallTime wall_now() const = 0;

  Present present() const { return {now(), wall_now()}; }

  /// A number that nobody outside can foresee: the seed of a hash or of jitter.
  virtual std::uint64_t random_seed() = 0;

  /// Runs the task soon, after the current event. A task that is already scheduled is not queued
  /// twice.
  void schedule(Task& task) {
    if (!task.scheduled_) {
      task.scheduled_ = true;
      enqueue(task);
    }
  }

  /// Forgets a scheduled task.
  void cancel(Task& task) {
    if (task.scheduled_) {
      task.scheduled_ = false;
      dequeue(task);
    }
  }

 protected:
  virtual void enqueue(Task& task) = 0;
  virtual void dequeue(Task& task) = 0;

  /// For implementations: runs one slice of a task taken from the queue, and queues it again when
  /// it has more to do.
  void run_slice(Task& task) {
    task.scheduled_ = false;
    if (task.run()) {
      schedule(task);
    }
  }
};

}  // namespace pipit::net
