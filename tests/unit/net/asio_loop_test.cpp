#include "net/asio_loop.hpp"

#include <ctime>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tests/unit/catch.hpp"

namespace pipit::net {
namespace {

/// Burns 5 ms of CPU time in each of its slices.
class Burner final : public Task {
 public:
  explicit Burner(int slices) : left_(slices) {}

  bool run() override {
    const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 200;
    while (std::clock() < end) {
    }
    return --left_ > 0;
  }

 private:
  int left_;
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

TEST_CASE("A loop remembers the latest timer", "[net][loop]") {
  AsioLoop loop;
  loop.note_timer(std::chrono::milliseconds(3));
  loop.note_timer(std::chrono::milliseconds(7));
  loop.note_timer(std::chrono::milliseconds(5));
  CHECK(loop.statistics().latest_timer == std::chrono::milliseconds(7));
}

}  // namespace pipit::net
