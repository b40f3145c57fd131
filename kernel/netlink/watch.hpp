// Readiness of a descriptor, a one-shot timer and the word of another thread on the Asio loop,
// without Asio in the header: what the monitor and the FIB writer wait with.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace pipit::kernel {

/// Calls back when a descriptor can be read. Does not own the descriptor, which must stay open
/// while the watch lives. No call happens after the destructor.
class ReadWatch {
 public:
  ReadWatch(boost::asio::io_context& context, int descriptor, std::function<void()> on_readable);
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;
  ~ReadWatch();

  /// Asks for one call; asking twice is asking once.
  void arm();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A timer that is armed again and again. No call happens after the destructor.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() = default;

  /// Calls back after `delay`, unless armed again or cancelled before.
  virtual void arm(std::chrono::milliseconds delay) = 0;
  virtual void cancel() = 0;
};

class AsioTimer final : public Timer {
 public:
  AsioTimer(boost::asio::io_context& context, std::function<void()> on_expiry);
  ~AsioTimer() override;

  void arm(std::chrono::milliseconds delay) override;
  void cancel() override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Has a callback run on the loop when another thread says so. No call happens after the
/// destructor, and the loop does not run out of work before it.
class Nudge {
 public:
  Nudge(boost::asio::io_context& context, std::function<void()> on_nudge);
  Nudge(const Nudge&) = delete;
  Nudge& operator=(const Nudge&) = delete;
  ~Nudge();

  /// From any thread. Asking again before the callback has run is asking once.
  void give();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pipit::kernel
