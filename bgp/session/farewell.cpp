#include "bgp/session/farewell.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

namespace pipit::bgp {

namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

constexpr std::chrono::seconds kFarewellTime{2};

class Farewell : public std::enable_shared_from_this<Farewell> {
 public:
  Farewell(asio::io_context& context, Socket socket, net::Bytes octets)
      : descriptor_(context, socket.fd()), timer_(context), octets_(std::move(octets)) {
    socket.release();
  }

  void begin() {
    timer_.expires_after(kFarewellTime);
    timer_.async_wait(
        [self = shared_from_this()](const boost::system::error_code&) { self->end(); });
    write();
  }

 private:
  void write() {
    const net::ByteView rest = net::ByteView(octets_).subspan(written_);
    const ssize_t count =
        ::send(descriptor_.native_handle(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
      end();
      return;
    }
    written_ += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    if (written_ == octets_.size()) {
      ::shutdown(descriptor_.native_handle(), SHUT_WR);
      drain();
      return;
    }
    descriptor_.async_wait(stream_descriptor::wait_write,
                           [self = shared_from_this()](const boost::system::error_code& error) {
                             if (!error) {
                               self->write();
                             }
                           });
  }

  /// Reads a bounded part per turn: a neighbor that floods gains nothing.
  void drain() {
    std::array<std::uint8_t, 16384> sink;
    const ssize_t count =
        ::recv(descriptor_.native_handle(), sink.data(), sink.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
      end();
      return;
    }
    descriptor_.async_wait(stream_descriptor::wait_read,
                           [self = shared_from_this()](const boost::system::error_code& error) {
                             if (!error) {
                               self->drain();
                             }
                           });
  }

  void end() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    timer_.cancel();
  }

  stream_descriptor descriptor_;
  asio::steady_timer timer_;
  net::Bytes octets_;
  std::size_t written_ = 0;
};

}  // namespace

void begin_farewell(asio::io_context& context, Socket socket, net::Bytes octets) {
  asio::post(context, [farewell = std::make_shared<Farewell>(
                           context, std::move(socket), std::move(octets))] { farewell->begin(); });
}

}  // namespace pipit::bgp
