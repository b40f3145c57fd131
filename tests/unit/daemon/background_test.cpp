// The thread beside the loop.
#include "daemon/reload/background.hpp"

#include <csignal>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>

#include "tests/unit/catch.hpp"

using namespace pipit::daemon;

namespace {

using Job = std::optional<Background::Job>;

/// Runs the loop until the condition holds.
template <typename Condition>
bool run_until(boost::asio::io_context& loop, const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  loop.restart();
  const auto guard = boost::asio::make_work_guard(loop);
  while (!condition() && std::chrono::steady_clock::now() < end) {
    loop.run_one_for(std::chrono::milliseconds(100));
  }
  return condition();
}

/// Says where it is destroyed.
struct Witness {
  explicit Witness(std::promise<std::thread::id>& to) : told(to) {}

  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  ~Witness() { told.set_value(std::this_thread::get_id()); }

  std::promise<std::thread::id>& told;
};

}  // namespace

TEST_CASE("Work is done off the loop, and the loop goes on meanwhile") {
  boost::asio::io_context loop;
  std::promise<void> gate;
  std::thread::id worked;
  std::thread::id finished;
  bool signals_blocked = false;
  bool other = false;
  Background background(loop);
  background.enqueue([&] {
    return Job(
        std::in_place,
        [&, wait = gate.get_future()]() mutable {
          wait.wait();
          worked = std::this_thread::get_id();
          sigset_t mask;
          pthread_sigmask(SIG_SETMASK, nullptr, &mask);
          signals_blocked = sigismember(&mask, SIGTERM) == 1;
        },
        [&] { finished = std::this_thread::get_id(); });
  });
  boost::asio::post(loop, [&] { other = true; });
  REQUIRE(run_until(loop, [&] { return other; }));
  CHECK(background.busy());
  CHECK(finished == std::thread::id());
  gate.set_value();
  REQUIRE(run_until(loop, [&] { return finished != std::thread::id(); }));
  CHECK(finished == std::this_thread::get_id());
  CHECK(worked != std::this_thread::get_id());
  CHECK(signals_blocked);
  CHECK_FALSE(background.busy());
}

TEST_CASE("Jobs run one after another: one sees what the one before it brought") {
  boost::asio::io_context loop;
  std::vector<int> order;
  int state = 0;  // as the running configuration: changed by finishing steps only
  Background background(loop);
  for (int i = 0; i < 5; ++i) {
    background.enqueue([&, i] {
      order.push_back(state);
      return i == 2 ? Job() : Job(std::in_place, [&] { order.push_back(state); }, [&] { ++state; });
    });
  }
  REQUIRE(run_until(loop, [&] { return state == 4; }));
  CHECK(order == std::vector<int>{0, 0, 1, 1, 2, 2, 2, 3, 3});
}

TEST_CASE("What only the work holds is freed off the loop") {
  boost::asio::io_context loop;
  std::promise<std::thread::id> told;
  auto freed = told.get_future();
  bool finished = false;
  Background background(loop);
  background.enqueue([&] {
    auto witness = std::make_shared<Witness>(told);
    return Job(
        std::in_place, [witness] { (void)witness; }, [witness, &finished] { finished = true; });
  });
  REQUIRE(run_until(loop, [&] { return finished; }));
  REQUIRE(freed.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(freed.get() != std::this_thread::get_id());
}

TEST_CASE("After the end nothing begins, and what was under way is not finished") {
  boost::asio::io_context loop;
  bool began = false;
  bool worked = false;
  bool finished = false;
  {
    std::promise<void> gate;
    Background background(loop);
    background.enqueue([&] {
      return Job(
          std::in_place,
          [&, wait = gate.get_future()]() mutable {
            wait.wait();
            worked = true;
          },
          [&] { finished = true; });
    });
    const auto begin = [&] {
      began = true;
      return Job();
    };
    background.enqueue(begin);
    background.end();
    background.enqueue(begin);
    gate.set_value();
    const auto guard = boost::asio::make_work_guard(loop);
    REQUIRE(loop.run_one_for(std::chrono::seconds(20)) == 1);  // it comes back from the thread
  }
  CHECK(worked);
  CHECK_FALSE(began);
  CHECK_FALSE(finished);
}
