#include "daemon/reload/background.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "net/blocked_signals.hpp"

namespace pipit::daemon {

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
    const net::BlockedSignals blocked;
    thread_ = std::make_unique<boost::asio::thread_pool>(1);
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
