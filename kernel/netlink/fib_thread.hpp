// The FIB writer's thread: hands batches of requests to the kernel, one at a time, and reads the
// answers. A request can take the kernel longer than a turn of the loop may: its own tables double
// inside of one.
//
// Threading: all calls are the loop's. The thread has the requests from send() until they are
// answered, and sees nothing else of the writer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "kernel/netlink/fib_sender.hpp"
#include "kernel/netlink/netlink_socket.hpp"

namespace boost::asio {
class io_context;
}

namespace pipit::kernel {

class FibThread final : public FibSender {
 public:
  /// `on_answered` is called on the loop when the answers of a batch are there to be taken. Throws
  /// std::system_error when there can be no thread.
  FibThread(boost::asio::io_context& context,
            NetlinkSocket socket,
            std::function<void()> on_answered);
  /// Waits for the batch that is on its way.
  ~FibThread() override;

  std::uint32_t port() const override { return port_; }

  bool busy() const override { return busy_; }

  void send() override;
  int take() override;

 private:
  enum class Stage : std::uint8_t { Idle, Given, Answered, Ended };

  struct Work;

  void run();
  int exchange();

  boost::asio::io_context& context_;
  NetlinkSocket socket_;  // the thread's, with the requests
  std::function<void()> on_answered_;
  const std::uint32_t port_;
  // What was posted to the loop may run when this object is gone (then null), or is about a batch
  // that was taken before.
  std::shared_ptr<FibThread*> self_;
  std::uint64_t batch_ = 0;
  bool busy_ = false;
  std::unique_ptr<Work> work_;  // keeps the loop from ending while busy

  std::mutex mutex_;
  std::condition_variable changed_;
  Stage stage_ = Stage::Idle;  // guarded by the mutex
  int error_ = 0;              // likewise
  std::thread thread_;
};

}  // namespace pipit::kernel
