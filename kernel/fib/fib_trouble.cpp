#include "kernel/fib/fib_trouble.hpp"

#include <algorithm>

namespace pipit::kernel {

namespace {

constexpr auto kFirstDelay = std::chrono::milliseconds(100);
constexpr auto kLongestDelay = std::chrono::milliseconds(30'000);

}  // namespace

void FibTroubles::add(FibId id, std::string text, net::TimePoint now) {
  Trouble& trouble = troubles_[id];
  unschedule(id, trouble);
  trouble.text = std::move(text);
  const auto delay = kFirstDelay * (1U << std::min(trouble.attempts, 9U));
  ++trouble.attempts;
  trouble.retry_at = now + std::min<std::chrono::milliseconds>(delay, kLongestDelay);
  schedule_.insert({*trouble.retry_at, id});
}

void FibTroubles::block(FibId id, std::string text) {
  Trouble& trouble = troubles_[id];
  unschedule(id, trouble);
  trouble.text = std::move(text);
}

void FibTroubles::unschedule(FibId id, Trouble& trouble) {
  if (trouble.retry_at) {
    schedule_.erase({*trouble.retry_at, id});
    trouble.retry_at.reset();
  }
}

void FibTroubles::forget(FibId id) {
  const auto found = troubles_.find(id);
  if (found != troubles_.end()) {
    unschedule(id, found->second);
    troubles_.erase(found);
  }
}

std::vector<FibId> FibTroubles::due(net::TimePoint now) {
  std::vector<FibId> ids;
  while (!schedule_.empty() && schedule_.begin()->first <= now) {
    const FibId id = schedule_.begin()->second;
    ids.push_back(id);
    unschedule(id, troubles_[id]);
  }
  return ids;
}

net::Deadline FibTroubles::next() const {
  return schedule_.empty() ? net::Deadline{} : net::Deadline{schedule_.begin()->first};
}

const Trouble* FibTroubles::find(FibId id) const {
  const auto found = troubles_.find(id);
  return found == troubles_.end() ? nullptr : &found->second;
}

}  // namespace pipit::kernel
