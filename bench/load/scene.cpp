#include "bench/load/scene.hpp"

namespace pipit::load {

Scene::Scene(const Workload& workload) : workload_(workload), states_(workload.routes.size()) {
  decide();
}

void Scene::set(std::uint32_t sender, const Part& part, std::optional<Version> state) {
  std::uint32_t place = 0;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (workload_.routes[i].sender == sender && part.has(place++)) {
      states_[i] = state;
    }
  }
}

void Scene::announce(std::uint32_t sender, const Part& part, Version version) {
  set(sender, part, version);
}

void Scene::withdraw(std::uint32_t sender, const Part& part) {
  set(sender, part, std::nullopt);
}

const BestRoutes& Scene::decide() {
  best_.marks.assign(workload_.prefixes.size(), kNothing);
  best_.senders.assign(workload_.prefixes.size(), UINT32_MAX);
  std::vector<std::uint32_t> preference(workload_.prefixes.size());
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const Route& route = workload_.routes[i];
    const std::uint32_t own = workload_.sets[route.set].local_preference.value_or(0);
    if (!states_[i] || (best_.marks[route.prefix] != kNothing && own <= preference[route.prefix])) {
      continue;
    }
    best_.marks[route.prefix] = mark_of(route.set, *states_[i]);
    best_.senders[route.prefix] = route.sender;
    preference[route.prefix] = own;
  }
  return best_;
}

}  // namespace pipit::load
