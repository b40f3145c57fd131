// What all senders together have announced at a moment, and what every receiver must hold then.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/load/workload.hpp"

namespace pipit::load {

/// The best route to each prefix, shared by all receivers; its sender's does not get it.
struct BestRoutes {
  std::vector<Mark> marks;             // by prefix; kNothing: none
  std::vector<std::uint32_t> senders;  // by prefix, of the best route
};

class Scene {
 public:
  /// Nothing is announced yet.
  explicit Scene(const Workload& workload);

  void announce(std::uint32_t sender, const Part& part, Version version);
  void withdraw(std::uint32_t sender, const Part& part);

  /// Works out the best routes anew: the highest LOCAL_PREF wins.
  const BestRoutes& decide();

  const BestRoutes& best() const { return best_; }

 private:
  void set(std::uint32_t sender, const Part& part, std::optional<Version> state);

  const Workload& workload_;
  std::vector<std::optional<Version>> states_;  // by route; nullopt: not announced
  BestRoutes best_;
};

}  // namespace pipit::load
