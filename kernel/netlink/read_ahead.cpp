#include "kernel/netlink/read_ahead.hpp"

#include <cerrno>
#include <utility>

#include "net/blocked_signals.hpp"

namespace pipit::kernel {

ReadAhead::ReadAhead(boost::asio::io_context& context,
                     NetlinkSocket& socket,
                     net::Bytes request,
                     std::function<void()> on_read)
    : socket_(socket), nudge_(context, std::move(on_read)) {
  const net::BlockedSignals blocked;
  thread_ = std::thread([this, request = std::move(request)] { work(request); });
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  room_.notify_one();
  thread_.join();
}

void ReadAhead::work(const net::Bytes& request) {
  using Received = NetlinkSocket::Received;
  const int refused = socket_.send(request);
  Received received = Received::Data;
  while (received != Received::Empty && received != Received::Failed) {
    Step* const step = next_step();
    if (step == nullptr) {
      return;
    }
    received = socket_.receive(step->datagrams);
    step->received = received;
    step->error = received == Received::Failed ? errno : refused;
    {
      const std::lock_guard lock(mutex_);
      ++read_;
    }
    nudge_.give();
  }
}

/// Waits for room; nullptr: to end.
ReadAhead::Step* ReadAhead::next_step() {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return stopped_ || read_ - taken_ < kSteps; });
  return stopped_ ? nullptr : &steps_[read_ % kSteps];
}

std::optional<NetlinkSocket::Received> ReadAhead::receive() {
  {
    const std::lock_guard lock(mutex_);
    taken_ += holding_ ? 1 : 0;
    holding_ = taken_ != read_;
  }
  room_.notify_one();
  return holding_ ? std::optional(taken().received) : std::nullopt;
}

std::span<const net::ByteView> ReadAhead::datagrams() const {
  return taken().datagrams.views();
}

int ReadAhead::error() const {
  return taken().error;
}

}  // namespace pipit::kernel
