#include "net/asio_loop.hpp"

#include <chrono>
#include <ctime>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tests/unit/catch.hpp"

namespace pipit::net {
namespace {

void burn(std::chrono::milliseconds time) {
  const std::clock_t end = std::clock() + CLOCKS_PER_SEC * time.count() / 1000;
  while (std::clock() < end) {
  }
}

/// Burns 5 ms of CPU time in each of its slices.
class Burner final : public Task {
 public:
  explicit Burner(int slices) : left_(slices) {}

  bool run() override {
    burn(std::chrono::milliseconds(5));
    return --left_ > 0;
  }

 private:
  int left_;
};

class Once final : public Task {
 public:
  bool run() override {
    done = true;
    return false;
  }

  bool done = false;
};

}  // namespace

TEST_CASE("The longest turn of a loop is one slice, not the sum of them", "[net][loop]") {
  AsioLoop loop;
  Burner burner(6);
  loop.schedule(burner);
  loop.run();
  CHECK(loop.statistics().longest_turn >= std::chrono::milliseconds(5));
  CHECK(loop.statistics().longest_turn < std::chrono::milliseconds(25));
}

TEST_CASE("Waiting is no turn of a loop", "[net][loop]") {
  AsioLoop loop;
  boost::asio::steady_timer timer(loop.context(), std::chrono::milliseconds(60));
  bool fired = false;
  timer.async_wait([&](const boost::system::error_code&) { fired = true; });
  loop.run();
  CHECK(fired);
  CHECK(loop.statistics().longest_turn < std::chrono::milliseconds(50));
}

TEST_CASE("A slice waits for the I/O that is ready", "[net][loop]") {
  AsioLoop loop;
  Once task;
  int handlers = 0;
  for (int i = 0; i < 100; ++i) {
    boost::asio::post(loop.context(), [&] {
      loop.schedule(task);
      handlers += task.done ? 0 : 1;
    });
  }
  loop.run();
  CHECK(task.done);
  CHECK(handlers == 100);
}

TEST_CASE("A slice does not wait for I/O that never ends", "[net][loop]") {
  AsioLoop loop;
  Once task;
  int handlers = 0;
  std::function<void()> again = [&] {
    burn(std::chrono::milliseconds(1));
    if (!task.done && ++handlers < 1000) {
      boost::asio::post(loop.context(), again);
    }
  };
  loop.schedule(task);
  boost::asio::post(loop.context(), again);
  loop.run();
  CHECK(task.done);
  CHECK(handlers < 1000);
}

TEST_CASE("A slice waits for all output, however long it takes", "[net][loop]") {
  AsioLoop loop;
  Once task;
  loop.schedule(task);
  int before_task = 0;
  for (int i = 0; i < 20; ++i) {
    boost::asio::post(loop.context(), [&] {
      loop.note_output();
      burn(std::chrono::milliseconds(1));
      before_task += task.done ? 0 : 1;
    });
  }
  loop.run();
  CHECK(task.done);
  CHECK(before_task == 20);
}

TEST_CASE("A loop that was stopped does not run what is left of its tasks", "[net][loop]") {
  AsioLoop loop;
  Once task;
  loop.schedule(task);
  boost::asio::post(loop.context(), [&] { loop.stop(); });
  loop.run();
  CHECK_FALSE(task.done);
  loop.run();
  CHECK(task.done);
}

TEST_CASE("A loop remembers the latest timer", "[net][loop]") {
  AsioLoop loop;
  loop.note_timer(std::chrono::milliseconds(3));
  loop.note_timer(std::chrono::milliseconds(7));
  loop.note_timer(std::chrono::milliseconds(5));
  CHECK(loop.statistics().latest_timer == std::chrono::milliseconds(7));
}

}  // namespace pipit::net
