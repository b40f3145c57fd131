#include "kernel/netlink/fib_thread.hpp"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "net/blocked_signals.hpp"

namespace pipit::kernel {

struct FibThread::Work {
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
};

FibThread::FibThread(boost::asio::io_context& context,
                     NetlinkSocket socket,
                     std::function<void()> on_answered)
    : context_(context),
      socket_(std::move(socket)),
      on_answered_(std::move(on_answered)),
      port_(socket_.port()),
      self_(std::make_shared<FibThread*>(this)) {
  socket_.allow_sending(FibRequest::kBatchSize);
  const net::BlockedSignals blocked;
  thread_ = std::thread([this] { run(); });
}

FibThread::~FibThread() {
  if (busy_) {
    take();
  }
  {
    const std::lock_guard lock(mutex_);
    stage_ = Stage::Ended;
  }
  changed_.notify_all();
  thread_.join();
  *self_ = nullptr;
}

void FibThread::send() {
  busy_ = true;
  ++batch_;
  work_ = std::make_unique<Work>(boost::asio::make_work_guard(context_));
  {
    const std::lock_guard lock(mutex_);
    stage_ = Stage::Given;
  }
  changed_.notify_all();
}

int FibThread::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stage_ == Stage::Answered; });
  stage_ = Stage::Idle;
  busy_ = false;
  work_.reset();
  return error_;
}

/// One round trip: the kernel has carried the requests out when they are sent.
int FibThread::exchange() {
  if (const int error = socket_.send(request_.finish()); error != 0) {
    return error;
  }
  bool lost = false;
  while (true) {
    const NetlinkSocket::Received received = socket_.receive();
    if (received == NetlinkSocket::Received::Lost) {
      lost = true;
      continue;
    }
    if (received != NetlinkSocket::Received::Data) {
      break;
    }
    for (const net::ByteView datagram : socket_.datagrams()) {
      request_.on_answers(datagram);
    }
  }
  request_.on_answers_end(lost);
  return 0;
}

void FibThread::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stage_ == Stage::Given || stage_ == Stage::Ended; });
    if (stage_ == Stage::Ended) {
      return;
    }
    const std::uint64_t batch = batch_;
    lock.unlock();
    const int error = exchange();
    lock.lock();
    error_ = error;
    stage_ = Stage::Answered;
    lock.unlock();
    changed_.notify_all();
    boost::asio::post(context_, [self = self_, batch] {
      if (*self != nullptr && (*self)->busy_ && (*self)->batch_ == batch) {
        (*self)->on_answered_();
      }
    });
    lock.lock();
  }
}

}  // namespace pipit::kernel
