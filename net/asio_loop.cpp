#include "net/asio_loop.hpp"

#include <algorithm>
#include <ctime>
#include <deque>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "net/bytes.hpp"

namespace pipit::net {

namespace {

constexpr std::size_t kScratchOctets = std::size_t{64} * 1024;

Duration cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

struct AsioLoop::Impl {
  boost::asio::io_context context{1};  // one thread: no locking
  std::deque<Task*> tasks;
  bool posted = false;
  Bytes scratch = Bytes(kScratchOctets);
};

AsioLoop::AsioLoop() : impl_(std::make_unique<Impl>()) {}

AsioLoop::~AsioLoop() = default;

boost::asio::io_context& AsioLoop::context() {
  return impl_->context;
}

void AsioLoop::run() {
  impl_->context.restart();
  // CPU time stands still while the loop waits, so that one reading a turn is enough.
  Duration before = cpu_time();
  while (impl_->context.run_one() != 0) {
    const Duration after = cpu_time();
    statistics_.longest_turn = std::max(statistics_.longest_turn, after - before);
    before = after;
  }
}

void AsioLoop::stop() {
  impl_->context.stop();
}

bool AsioLoop::run_one_for(Duration patience) {
  impl_->context.restart();
  return impl_->context.run_one_for(patience) != 0;
}

std::span<std::uint8_t> AsioLoop::scratch() {
  return impl_->scratch;
}

void AsioLoop::enqueue(Task& task) {
  impl_->tasks.push_back(&task);
  post_turn();
}

void AsioLoop::dequeue(Task& task) {
  std::erase(impl_->tasks, &task);
}

/// A posted handler queues up behind the reactor: after each slice, sockets and timers have their
/// turn.
void AsioLoop::post_turn() {
  if (!impl_->posted && !impl_->tasks.empty()) {
    impl_->posted = true;
    boost::asio::post(impl_->context, [this] { turn(); });
  }
}

void AsioLoop::turn() {
  impl_->posted = false;
  if (impl_->tasks.empty()) {
    return;
  }
  Task& task = *impl_->tasks.front();
  impl_->tasks.pop_front();
  run_slice(task);
  post_turn();
}

}  // namespace pipit::net
