#include "net/subscribers.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/catch.hpp"

using namespace pipit::net;

namespace {

struct Listener {
  std::string name;
  std::vector<std::string>* heard;
  std::function<void()> then{};

  void call() {
    heard->push_back(name);
    if (then) {
      then();
    }
  }
};

void call_all(const Subscribers<Listener>& subscribers) {
  subscribers.each([](Listener& listener) { listener.call(); });
}

}  // namespace

TEST_CASE("Subscribers are called in order, each as long as its subscription lives") {
  std::vector<std::string> heard;
  Listener one{"one", &heard};
  Listener two{"two", &heard};
  Subscribers<Listener> subscribers;
  CHECK(subscribers.empty());
  Subscription first = subscribers.add(one);
  {
    const Subscription second = subscribers.add(two);
    call_all(subscribers);
    CHECK(heard == std::vector<std::string>{"one", "two"});
  }
  heard.clear();
  call_all(subscribers);
  CHECK(heard == std::vector<std::string>{"one"});
  first.cancel();
  CHECK(subscribers.empty());
}

TEST_CASE("A subscription that is assigned to ends, one that is moved from does not") {
  std::vector<std::string> heard;
  Listener one{"one", &heard};
  Listener two{"two", &heard};
  Subscribers<Listener> subscribers;
  Subscription kept = subscribers.add(one);
  Subscription moved = std::move(kept);
  call_all(subscribers);
  CHECK(heard == std::vector<std::string>{"one"});
  heard.clear();
  moved = subscribers.add(two);
  call_all(subscribers);
  CHECK(heard == std::vector<std::string>{"two"});
}

TEST_CASE("Subscribers may end, and come, while all are called") {
  std::vector<std::string> heard;
  Subscribers<Listener> subscribers;
  Subscription second;
  Subscription third;
  Listener one{"one", &heard};
  Listener two{"two", &heard};
  Listener three{"three", &heard};
  Subscription first = subscribers.add(one);
  second = subscribers.add(two);
  one.then = [&] {
    second.cancel();
    first.cancel();
    third = subscribers.add(three);
  };
  call_all(subscribers);
  CHECK(heard == std::vector<std::string>{"one"});
  heard.clear();
  call_all(subscribers);
  CHECK(heard == std::vector<std::string>{"three"});
}

TEST_CASE("The list may go before its subscriptions, even while it calls") {
  std::vector<std::string> heard;
  Listener one{"one", &heard};
  Listener two{"two", &heard};
  auto subscribers = std::make_unique<Subscribers<Listener>>();
  const Subscription first = subscribers->add(one);
  const Subscription second = subscribers->add(two);
  one.then = [&] { subscribers.reset(); };
  call_all(*subscribers);
  CHECK(heard == std::vector<std::string>{"one", "two"});
}
