#include "net/asio_loop.hpp"

#include <algorithm>
#include <ctime>
#include <deque>
#include <random>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "net/bytes.hpp"

namespace pipit::net {

namespace {

/// Of input that is ready, between two slices.
constexpr Duration kInputShare = std::chrono::milliseconds(4);
constexpr std::size_t kScratchOctets = std::size_t{64} * 1024;

Duration cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

struct AsioLoop::Impl {
  boost::asio::io_context context{1};  // one thread runs it; others may post
  std::deque<Task*> tasks;
  bool stopped = false;
  Duration before{0};       // CPU time when the last turn ended
  Duration since_slice{0};  // CPU time of input while tasks wait
  bool was_output = false;  // the handler that runs
  Bytes scratch = Bytes(kScratchOctets);
};

AsioLoop::AsioLoop() : impl_(std::make_unique<Impl>()) {}

AsioLoop::~AsioLoop() = default;

boost::asio::io_context& AsioLoop::context() {
  return impl_->context;
}

void AsioLoop::run() {
  begin();
  while (turn(std::nullopt)) {
  }
}

void AsioLoop::stop() {
  impl_->stopped = true;
  impl_->context.stop();
}

bool AsioLoop::run_one_for(Duration patience) {
  begin();
  return turn(patience);
}

void AsioLoop::begin() {
  impl_->stopped = false;
  impl_->context.restart();
  impl_->before = cpu_time();
}

/// CPU time stands still while the loop waits, so that one reading a turn is enough.
bool AsioLoop::turn(std::optional<Duration> patience) {
  if (!step(patience)) {
    return false;
  }
  const Duration after = cpu_time();
  const Duration took = after - std::exchange(impl_->before, after);
  statistics_.longest_turn = std::max(statistics_.longest_turn, took);
  impl_->since_slice += std::exchange(impl_->was_output, false) ? Duration(0) : took;
  return true;
}

/// Slices come after all I/O that is ready, so that what came in together goes out together; when
/// there is always some, after as much input as a slice or two would take. What slices had written
/// does not count: were it cut off, what came in meanwhile would go out in a slice of its own.
bool AsioLoop::step(std::optional<Duration> patience) {
  boost::asio::io_context& context = impl_->context;
  if (impl_->tasks.empty()) {
    return (patience ? context.run_one_for(*patience) : context.run_one()) != 0;
  }
  if (impl_->since_slice < kInputShare && context.poll_one() != 0) {
    return true;
  }
  if (impl_->stopped) {
    return false;
  }
  context.restart();  // it stops when tasks are all that is left
  Task& task = *impl_->tasks.front();
  impl_->tasks.pop_front();
  run_slice(task);
  impl_->since_slice = Duration(0);
  return true;
}

std::uint64_t AsioLoop::random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

void AsioLoop::note_output() {
  impl_->was_output = true;
}

std::span<std::uint8_t> AsioLoop::scratch() {
  return impl_->scratch;
}

void AsioLoop::enqueue(Task& task) {
  if (impl_->tasks.empty()) {
    impl_->since_slice = Duration(0);
  }
  impl_->tasks.push_back(&task);
}

void AsioLoop::dequeue(Task& task) {
  std::erase(impl_->tasks, &task);
}

}  // namespace pipit::net
