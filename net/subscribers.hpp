// Listeners that may come and go at any time, also while they are called. Each stays on the list
// for as long as the Subscription that it was given lives.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace pipit::net {

/// Ends what it stands for when it is destroyed or assigned to.
class Subscription {
 public:
  Subscription() = default;

  explicit Subscription(std::move_only_function<void()> end) : end_(std::move(end)) {}

  Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}

  Subscription& operator=(Subscription&& other) noexcept {
    if (this != &other) {
      cancel();
      end_ = std::exchange(other.end_, nullptr);
    }
    return *this;
  }

  ~Subscription() { cancel(); }

  explicit operator bool() const { return end_ != nullptr; }

  void cancel() {
    if (auto end = std::exchange(end_, nullptr)) {
      end();
    }
  }

 private:
  std::move_only_function<void()> end_;
};

/// An empty list costs a pointer.
template <typename Listener>
class Subscribers {
 public:
  bool empty() const { return list_ == nullptr || list_->listeners.empty(); }

  /// The listener must outlive its subscription; the subscription may outlive the list.
  [[nodiscard]] Subscription add(Listener& listener) {
    if (list_ == nullptr) {
      list_ = std::make_shared<List>();
    }
    list_->listeners.push_back(&listener);
    return Subscription([list = std::weak_ptr(list_), &listener] {
      if (const std::shared_ptr<List> there = list.lock()) {
        there->remove(listener);
      }
    });
  }

  /// Calls `call(listener)` for each that is on the list when its turn comes, but for those that
  /// came meanwhile.
  template <typename Call>
  void each(const Call& call) const {
    if (empty()) {
      return;
    }
    const std::shared_ptr<List> list = list_;  // a listener may end its owner
    ++list->calling;
    const std::size_t count = list->listeners.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (list->listeners[i] != nullptr) {
        call(*list->listeners[i]);
      }
    }
    if (--list->calling == 0) {
      std::erase(list->listeners, nullptr);
    }
  }

 private:
  struct List {
    std::vector<Listener*> listeners;  // null: went while they were called
    unsigned calling = 0;

    void remove(Listener& listener) {
      const auto found = std::ranges::find(listeners, &listener);
      if (calling != 0) {
        *found = nullptr;
      } else {
        listeners.erase(found);
      }
    }
  };

  std::shared_ptr<List> list_;
};

}  // namespace pipit::net
