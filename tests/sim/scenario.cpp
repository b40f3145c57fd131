#include "tests/sim/scenario.hpp"

#include <array>
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

using Kind = Event::Kind;

bool chance(std::mt19937& random, std::size_t one_in) {
  return below(random, one_in) == 0;
}

/// A neighbor of the router; itself when there is none of that kind.
std::size_t some_neighbor(const Topology& topology,
                          std::mt19937& random,
                          std::size_t router,
                          bool external) {
  std::vector<std::size_t> neighbors;
  for (const LinkSpec& link : topology.links) {
    if ((link.a == router || link.b == router) && !(external && topology.internal(link))) {
      neighbors.push_back(link.a == router ? link.b : link.a);
    }
  }
  return neighbors.empty() ? router : neighbors[below(random, neighbors.size())];
}

/// Of links.
Event link_event(const Topology& topology, std::mt19937& random) {
  Event event;
  event.target = below(random, topology.links.size());
  event.kind =
      std::array{Kind::Cut, Kind::Restore, Kind::Restore, Kind::StopReading}[below(random, 4)];
  if (event.kind == Kind::Cut) {
    event.silent = chance(random, 2);
  } else if (event.kind == Kind::StopReading) {
    event.neighbor = below(random, 2);
    event.lasts = milliseconds(1000 + below(random, chance(random, 4) ? 60000 : 20000));
  }
  return event;
}

/// Of what the kernel of a router has.
Event host_event(const Topology& topology, std::mt19937& random, Event event) {
  event.there = chance(random, 2);
  switch (below(random, 8)) {
    case 0:
    case 1:
    case 2:
      event.kind = Kind::Static;
      event.prefix = random_prefix(random);
      break;
    case 3:
    case 4:
      event.kind = Kind::Lan;
      event.prefix = random_lan(random);
      break;
    case 5:
      event.kind = Kind::Flush;
      break;
    default:
      event.kind = Kind::Interface;
      // Its own number stands for the interface to its autonomous system.
      event.neighbor =
          chance(random, 4) ? event.target : some_neighbor(topology, random, event.target, true);
      event.there = !chance(random, 3);
      break;
  }
  return event;
}

/// Of what a router is told by its operator.
Event router_event(const Topology& topology, std::mt19937& random, Event event) {
  event.neighbor = some_neighbor(topology, random, event.target, false);
  const std::array kinds{Kind::Restart,       Kind::Originate,     Kind::Originate,
                         Kind::Withdraw,      Kind::Withdraw,      Kind::ReloadSession,
                         Kind::ReloadSession, Kind::ReloadSession, Kind::ReloadKernel,
                         Kind::RefreshIn,     Kind::RefreshOut,    Kind::Reset};
  event.kind = kinds[below(random, kinds.size())];
  event.lasts = milliseconds(below(random, 3000));
  event.prefix = random_prefix(random);
  event.kernel = random_kernel(random);
  const bool internal = topology.routers[event.target].asn == topology.routers[event.neighbor].asn;
  event.session = random_session(random, internal);
  return event;
}

Event random_event(const Topology& topology, std::mt19937& random) {
  const std::size_t kind = below(random, 10);
  if (kind < 4) {
    return link_event(topology, random);
  }
  Event event;
  event.target = below(random, topology.routers.size());
  return kind < 6 ? host_event(topology, random, event) : router_event(topology, random, event);
}

}  // namespace

std::string Event::to_string() const {
  const auto what = [this]() -> std::string {
    const char* const state = there ? "is there" : "is not there";
    switch (kind) {
      case Kind::Cut:
        return fmt::format("link {} is cut{}", target, silent ? " silently" : "");
      case Kind::Restore:
        return fmt::format("link {} is restored", target);
      case Kind::StopReading:
        return fmt::format("side {} of link {} reads nothing for {} ms", neighbor, target,
                           lasts.count());
      case Kind::Restart:
        return fmt::format("r{} restarts, which takes {} ms", target, lasts.count());
      case Kind::Originate:
        return fmt::format("r{} originates {}", target, prefix.to_string());
      case Kind::Withdraw:
        return fmt::format("r{} withdraws {}", target, prefix.to_string());
      case Kind::ReloadSession:
        return fmt::format("r{} reloads, with r{}: {}", target, neighbor, words(session));
      case Kind::ReloadKernel:
        return fmt::format("r{} reloads, {}", target, words(kernel));
      case Kind::RefreshIn:
        return fmt::format("r{} asks r{} for its routes again", target, neighbor);
      case Kind::RefreshOut:
        return fmt::format("r{} sends r{} its routes again", target, neighbor);
      case Kind::Reset:
        return fmt::format("r{} resets r{}", target, neighbor);
      case Kind::Static:
        return fmt::format("in the kernel of r{} static {} {}", target, prefix.to_string(), state);
      case Kind::Lan:
        return fmt::format("in the kernel of r{} subnet {} {}", target, prefix.to_string(), state);
      case Kind::Interface:
        return fmt::format("interface of r{} to {} is {}", target,
                           neighbor == target ? "core" : fmt::format("r{}", neighbor),
                           there ? "up" : "down");
      case Kind::Flush:
        return fmt::format("routes of r{} are flushed from its kernel", target);
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
       now += milliseconds(1 + below(random, 6000))) {
    Event& event = made.events.emplace_back(random_event(made.topology, random));
    event.number = made.events.size() - 1;
    event.at = now;
  }
  return made;
}

}  // namespace pipit::sim
