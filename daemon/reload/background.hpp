// One thread beside the event loop, for what takes long and needs nothing that the loop may change
// meanwhile: reading and comparing configurations. Owned by the Router, fed by it and by the views.
//
// Jobs run one after another, each in three steps: `begin` on the loop when its turn comes, `work`
// on the thread, `finish` on the loop. What only finishing steps change, a working step may read.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace boost::asio {
class io_context;
class thread_pool;
}  // namespace boost::asio

namespace pipit::daemon {

class Background {
 public:
  struct Job {
    /// Destroyed on the thread too, so that what it alone holds is freed there.
    std::move_only_function<void()> work;
    std::move_only_function<void()> finish;
  };

  /// nullopt: nothing is left to be done.
  using Begin = std::move_only_function<std::optional<Job>()>;

  explicit Background(boost::asio::io_context& loop);
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  /// Waits for the work that is under way. The loop must still be there, and no longer run.
  ~Background();

  /// Begins the job at once when nothing else is under way or waits.
  void enqueue(Begin begin);

  /// Forgets all jobs, without finishing the one that is under way.
  void end();

  /// True while a job has begun and has not finished.
  bool busy() const { return busy_; }

 private:
  void next();
  void start(Job job);

  boost::asio::io_context& loop_;
  std::unique_ptr<boost::asio::thread_pool> thread_;  // from the first job on
  std::deque<Begin> waiting_;
  bool busy_ = false;
  bool ended_ = false;
};

}  // namespace pipit::daemon
