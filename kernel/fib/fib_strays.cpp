#include "kernel/fib/fib_strays.hpp"

#include <utility>

namespace pipit::kernel {

void FibStrays::add(const RouteKey& key, std::optional<RouteBody> body, bool found) {
  bodies_.insert_or_assign(key, std::move(body));
  if (found) {
    found_.insert(key);
  } else {
    found_.erase(key);
  }
}

void FibStrays::erase(const RouteKey& key) {
  bodies_.erase(key);
  leaving_.erase(key);
  found_.erase(key);
}

const std::optional<RouteBody>* FibStrays::find(const RouteKey& key) const {
  const auto found = bodies_.find(key);
  return found == bodies_.end() ? nullptr : &found->second;
}

void FibStrays::release(const net::Prefix& prefix) {
  // The lowest key that a prefix can have.
  for (auto at = bodies_.lower_bound({.prefix = prefix});
       at != bodies_.end() && at->first.prefix == prefix; ++at) {
    leaving_.insert(at->first);
  }
}

}  // namespace pipit::kernel
