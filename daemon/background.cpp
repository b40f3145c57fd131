#include "daemon/background.hpp"

#include <csignal>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <pthread.h>

namespace pipit::daemon {
namespace {

/// Signals are the loop's: the thread inherits that all are blocked.
std::unique_ptr<boost::asio::thread_pool> make_thread() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  auto thread = std::make_unique<boost::asio::thread_pool>(1);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

Background::Background(boost::asio::io_context& loop) : loop_(loop) {}

Background::~Background() {
  if (thread_) {
    thread_->join();
  }
}

void Background::enqueue(Begin begin) {
  if (!ended_) {
    waiting_.push_back(std::move(begin));
    next();
  }
}

void Background::end() {
  ended_ = true;
  waiting_.clear();
}

void Background::next() {
  while (!busy_ && !waiting_.empty()) {
    Begin begin = std::move(waiting_.front());
    waiting_.pop_front();
    if (std::optional<Job> job = begin()) {
      start(std::move(*job));
    }
  }
}

void Background::start(Job job) {
  busy_ = true;
  if (!thread_) {
    thread_ = make_thread();
  }
  boost::asio::post(*thread_, [this, job = std::move(job)]() mutable {
    job.work();
    boost::asio::post(loop_, [this, job = std::move(job)]() mutable {
      if (ended_) {
        return;
      }
      std::exchange(job.finish, {})();
      busy_ = false;
      boost::asio::post(*thread_, [garbage = std::move(job.work)] {});
      next();
    });
  });
}

}  // namespace pipit::daemon
