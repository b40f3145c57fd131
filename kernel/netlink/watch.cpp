#include "kernel/netlink/watch.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace pipit::kernel {

struct ReadWatch::State {
  State(boost::asio::io_context& context, int descriptor, std::function<void()> callback)
      : stream(context, descriptor), on_readable(std::move(callback)) {}

  boost::asio::posix::stream_descriptor stream;
  std::function<void()> on_readable;
  bool armed = false;
  bool closed = false;
};

ReadWatch::ReadWatch(boost::asio::io_context& context,
                     int descriptor,
                     std::function<void()> on_readable)
    : state_(std::make_shared<State>(context, descriptor, std::move(on_readable))) {}

ReadWatch::~ReadWatch() {
  state_->closed = true;
  state_->stream.release();
}

void ReadWatch::arm() {
  if (state_->armed) {
    return;
  }
  state_->armed = true;
  state_->stream.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                            [state = state_](const boost::system::error_code& error) {
                              state->armed = false;
                              if (!state->closed && !error) {
                                state->on_readable();
                              }
                            });
}

struct AsioTimer::State {
  State(boost::asio::io_context& context, std::function<void()> callback)
      : timer(context), on_expiry(std::move(callback)) {}

  boost::asio::steady_timer timer;
  std::function<void()> on_expiry;
  std::uint64_t round = 0;  // a wait of an earlier round that fires late is ignored
};

AsioTimer::AsioTimer(boost::asio::io_context& context, std::function<void()> on_expiry)
    : state_(std::make_shared<State>(context, std::move(on_expiry))) {}

AsioTimer::~AsioTimer() {
  ++state_->round;
  state_->timer.cancel();
}

void AsioTimer::arm(std::chrono::milliseconds delay) {
  const std::uint64_t round = ++state_->round;
  state_->timer.expires_after(delay);
  state_->timer.async_wait([state = state_, round](const boost::system::error_code& error) {
    if (!error && round == state->round) {
      state->on_expiry();
    }
  });
}

void AsioTimer::cancel() {
  ++state_->round;
  state_->timer.cancel();
}

struct Nudge::State {
  State(boost::asio::io_context& context, std::function<void()> callback)
      : work(context.get_executor()), on_nudge(std::move(callback)) {}

  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::function<void()> on_nudge;
  std::atomic<bool> given = false;
  bool closed = false;  // known to the loop's thread only
};

Nudge::Nudge(boost::asio::io_context& context, std::function<void()> on_nudge)
    : state_(std::make_shared<State>(context, std::move(on_nudge))) {}

Nudge::~Nudge() {
  state_->closed = true;
  state_->work.reset();
}

void Nudge::give() {
  if (state_->given.exchange(true)) {
    return;
  }
  boost::asio::post(state_->work.get_executor(), [state = state_] {
    state->given = false;
    if (!state->closed) {
      state->on_nudge();
    }
  });
}

}  // namespace pipit::kernel
