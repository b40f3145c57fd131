// One client of the control socket: reads a request line, writes its answer part by part, reads the
// next. Kept alive by its coroutine and by the server's list; nothing of it is larger than a line
// and a part of an answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/types.h>

#include "control/answer.hpp"
#include "control/commands.hpp"

namespace pipit::control {

/// For awaiting without exceptions: an error code comes with the result.
inline constexpr auto kNoThrow = boost::asio::as_tuple(boost::asio::deferred);

/// A longer request line is an error.
inline constexpr std::size_t kMaxRequest = 64 * 1024;

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  /// Counts up at each call: the order in which clients were last heard of.
  using Ticks = std::function<std::uint64_t()>;

  /// `loop`, on which it runs, must outlive it.
  Session(const net::Loop& loop, Socket socket, Context context, Ticks ticks);

  /// Serves until the client is gone or close() was called, then calls `ended`.
  void start(std::function<void(const std::shared_ptr<Session>&)> ended);

  /// Ends the session and frees its cursor at once; nothing of the daemon is used afterwards.
  void close();

  /// True while no request is being answered.
  bool idle() const { return idle_; }

  /// When something last went in or out.
  std::uint64_t last_active() const { return last_active_; }

 private:
  enum class Line : std::uint8_t { Complete, None, TooLong, CutOff };

  static boost::asio::awaitable<void> run(std::shared_ptr<Session> self);
  boost::asio::awaitable<Line> read_line();
  boost::asio::awaitable<void> answer_line();
  boost::asio::awaitable<Reply> reply_to(const Request& request);
  boost::asio::awaitable<void> write(std::string text);
  bool take_line();

  const net::Loop& loop_;
  Socket socket_;
  Context context_;
  Ticks ticks_;
  std::string input_;  // read and not yet a whole line; at most kMaxRequest and one read
  std::string line_;
  std::optional<Reply> reply_;         // to the request, once there is one
  boost::asio::steady_timer replied_;  // never expires: is cancelled when there is one
  std::unique_ptr<Answer> answer_;
  std::uint64_t last_active_ = 0;
  bool idle_ = true;
  bool open_ = true;
};

}  // namespace pipit::control
