#include "control/session.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

namespace pipit::control {
namespace asio = boost::asio;

namespace {

std::string protocol_error(std::string text) {
  return error_line({ErrorCode::Protocol, std::move(text)});
}

}  // namespace

Session::Session(const net::Loop& loop, Socket socket, Context context, Ticks ticks)
    : loop_(loop),
      socket_(std::move(socket)),
      context_(context),
      ticks_(std::move(ticks)),
      replied_(socket_.get_executor(), asio::steady_timer::time_point::max()),
      last_active_(ticks_()) {}

void Session::start(std::function<void(const std::shared_ptr<Session>&)> ended) {
  asio::co_spawn(socket_.get_executor(), run(shared_from_this()),
                 [self = shared_from_this(), ended = std::move(ended)](std::exception_ptr) {
                   self->close();
                   ended(self);
                 });
}

void Session::close() {
  open_ = false;
  answer_.reset();
  reply_.reset();
  replied_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool Session::take_line() {
  const std::size_t end = input_.find('\n');
  if (end == std::string::npos || end > kMaxRequest) {
    return false;
  }
  line_.assign(input_, 0, end);
  input_.erase(0, end + 1);
  return true;
}

asio::awaitable<Session::Line> Session::read_line() {
  std::array<char, 4096> buffer;
  while (!take_line()) {
    if (input_.size() > kMaxRequest) {
      co_return Line::TooLong;
    }
    auto [error, count] = co_await socket_.async_read_some(asio::buffer(buffer), kNoThrow);
    if (error || !open_) {
      co_return input_.empty() || !open_ ? Line::None : Line::CutOff;
    }
    last_active_ = ticks_();
    input_.append(buffer.data(), count);
  }
  co_return Line::Complete;
}

asio::awaitable<void> Session::write(std::string text) {
  auto [error, count] = co_await asio::async_write(socket_, asio::buffer(text), kNoThrow);
  last_active_ = ticks_();
  if (error) {
    close();
  }
}

/// Whoever makes the reply may take his time, and may come to it when the client is long gone. An
/// empty one: the session was closed meanwhile.
asio::awaitable<Reply> Session::reply_to(const Request& request) {
  answer(context_, request, [weak = weak_from_this()](Reply reply) {
    const auto self = weak.lock();
    if (self && self->open_) {
      self->reply_ = std::move(reply);
      self->replied_.cancel();
    }
  });
  while (open_ && !reply_) {
    co_await replied_.async_wait(kNoThrow);
  }
  Reply reply = reply_ ? std::move(*reply_) : Reply{};
  reply_.reset();
  co_return reply;
}

asio::awaitable<void> Session::answer_line() {
  const auto request = parse_request(line_);
  if (!request) {
    const bool rubbish = request.error().code == ErrorCode::Protocol;
    co_await write(error_line(request.error()));
    if (rubbish) {
      close();
    }
    co_return;
  }
  Reply reply = co_await reply_to(*request);
  if (!open_) {  // the command ended in the server being stopped
    co_return;
  }
  answer_ = std::move(reply.rest);
  if (!reply.text.empty()) {
    co_await write(std::move(reply.text));
  }
  while (open_ && answer_) {
    std::string part;
    if (!answer_->produce(loop_, part)) {
      answer_.reset();
    }
    if (part.empty()) {
      co_await asio::post(socket_.get_executor(), asio::deferred);
    } else {
      co_await write(std::move(part));
    }
  }
}

asio::awaitable<void> Session::run(std::shared_ptr<Session> self) {
  while (self->open_) {
    self->idle_ = true;
    const Line line = co_await self->read_line();
    self->idle_ = false;
    switch (line) {
      case Line::Complete:
        co_await self->answer_line();
        break;
      case Line::TooLong:
        co_await self->write(protocol_error("a request line is at most 64 KiB long"));
        co_return;
      case Line::CutOff:
        co_await self->write(protocol_error("the request ends without a line feed"));
        co_return;
      case Line::None:
        co_return;
    }
  }
}

}  // namespace pipit::control
