// The answer to a dump request, read by a thread beside the loop. The kernel makes the answer part
// by part inside of each read: that runs while the loop takes in the parts before.
//
// One lives for one request, so that an idle daemon has no further thread and no further buffers.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "kernel/netlink/netlink_socket.hpp"
#include "kernel/netlink/watch.hpp"
#include "net/bytes.hpp"

namespace boost::asio {
class io_context;
}

namespace pipit::kernel {

class ReadAhead {
 public:
  /// Sends the request, then reads the socket until it is empty, all on the thread. The socket must
  /// outlive this, and is the thread's alone until receive() has said Empty or Failed. `on_read` is
  /// called on the loop when there is something to receive again.
  ReadAhead(boost::asio::io_context& context,
            NetlinkSocket& socket,
            net::Bytes request,
            std::function<void()> on_read);
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  /// Waits for the system call that the thread is in, if any.
  ~ReadAhead();

  /// What NetlinkSocket::receive() said, in its order; nullopt: nothing more yet.
  std::optional<NetlinkSocket::Received> receive();

  /// What the last receive() gave; valid until the next one.
  std::span<const net::ByteView> datagrams() const;

  /// The errno value that belongs to the last receive(): with Empty of the request that could not
  /// be sent, else 0; with Failed of the read.
  int error() const;

 private:
  // Small steps, so that the loop neither begins late nor has much left when the last one comes;
  // in all what the loop takes some milliseconds for. The kernel keeps the rest.
  static constexpr std::size_t kDatagramsPerStep = 4;
  static constexpr std::size_t kSteps = 8;

  struct Step {
    Datagrams datagrams{kDatagramsPerStep};
    NetlinkSocket::Received received = NetlinkSocket::Received::Empty;
    int error = 0;
  };

  void work(const net::Bytes& request);
  Step* next_step();

  const Step& taken() const { return steps_[taken_ % kSteps]; }

  NetlinkSocket& socket_;
  std::array<Step, kSteps> steps_;  // a ring
  std::mutex mutex_;                // for what follows
  std::condition_variable room_;
  std::size_t read_ = 0;   // steps that the thread has finished
  std::size_t taken_ = 0;  // and that the loop is done with
  bool stopped_ = false;
  // The loop's alone.
  bool holding_ = false;  // the loop looks at the step `taken_`
  Nudge nudge_;
  std::thread thread_;
};

}  // namespace pipit::kernel
