#include "tests/sim/scenario.hpp"

#include <random>

#include <fmt/format.h>

namespace pipit::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kCalm{20};      // before the trouble begins
constexpr seconds kTrouble{120};  // how long it goes on

std::size_t below(std::mt19937& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

Event random_event(const Topology& topology, std::mt19937& random) {
  Event event;
  const std::size_t router = below(random, topology.routers.size());
  const std::size_t link = below(random, topology.links.size());
  switch (below(random, 12)) {
    case 0:
    case 1:
      event.kind = Event::Kind::Restart;
      event.target = router;
      event.lasts = milliseconds(below(random, 3000));
      break;
    case 2:
    case 3:
    case 4:
    case 5:
      event.kind = below(random, 2) == 0 ? Event::Kind::Originate : Event::Kind::Withdraw;
      event.target = router;
      event.prefix = random_prefix(random);
      break;
    case 6:
    case 7:
    case 8:
      event.kind = Event::Kind::Cut;
      event.target = link;
      event.silent = below(random, 2) == 0;
      break;
    default:
      event.kind = Event::Kind::Restore;
      event.target = link;
      break;
  }
  return event;
}

}  // namespace

std::string Event::to_string() const {
  const auto what = [this]() -> std::string {
    switch (kind) {
      case Kind::Cut:
        return fmt::format("link {} is cut{}", target, silent ? " silently" : "");
      case Kind::Restore:
        return fmt::format("link {} is restored", target);
      case Kind::Restart:
        return fmt::format("r{} restarts, which takes {} ms", target, lasts.count());
      case Kind::Originate:
        return fmt::format("r{} originates {}", target, prefix.to_string());
      case Kind::Withdraw:
        return fmt::format("r{} withdraws {}", target, prefix.to_string());
    }
    return "";
  };
  return fmt::format("{} ms: {}", at.count(), what());
}

std::string Scenario::describe() const {
  std::string text = topology.describe();
  for (const Event& event : events) {
    text += fmt::format("event {}, {}\n", event.number, event.to_string());
  }
  return text;
}

Scenario Scenario::with_only(const std::vector<std::size_t>& numbers) const {
  Scenario fewer{.seed = seed, .topology = topology, .events = {}};
  for (const std::size_t number : numbers) {
    fewer.events.push_back(events.at(number));
  }
  return fewer;
}

Scenario scenario_of(std::uint32_t seed) {
  std::mt19937 random(seed);
  Scenario made{.seed = seed, .topology = random_topology(random), .events = {}};
  for (milliseconds now = kCalm; now < kCalm + kTrouble;
       now += milliseconds(1 + below(random, 9000))) {
    Event& event = made.events.emplace_back(random_event(made.topology, random));
    event.number = made.events.size() - 1;
    event.at = now;
  }
  return made;
}

}  // namespace pipit::sim
