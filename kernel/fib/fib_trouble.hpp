// Routes that the kernel refused, with the reason and the time of the next attempt.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "kernel/fib/fib_table.hpp"
#include "net/loop.hpp"

namespace pipit::kernel {

struct Trouble {
  std::string text;
  unsigned attempts = 0;
  net::Deadline retry_at;  // nullopt: an event will tell when it is worth another try
};

class FibTroubles {
 public:
  /// Notes a failure. The next attempt comes after 100 ms, then twice as long each time up to 30 s.
  void add(FibId id, std::string text, net::TimePoint now);
  /// Notes something that only an event can cure.
  void block(FibId id, std::string text);
  /// The route is right, or something else is wanted.
  void forget(FibId id);

  /// Takes the ids whose time has come; they stay in trouble until forgotten.
  std::vector<FibId> due(net::TimePoint now);

  /// Takes the ids of all that wait for a time.
  std::vector<FibId> waiting() { return due(net::TimePoint::max()); }

  net::Deadline next() const;

  const Trouble* find(FibId id) const;

  std::size_t size() const { return troubles_.size(); }

 private:
  void unschedule(FibId id, Trouble& trouble);

  std::map<FibId, Trouble> troubles_;
  std::set<std::pair<net::TimePoint, FibId>> schedule_;
};

}  // namespace pipit::kernel
