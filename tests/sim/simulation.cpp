#include "tests/sim/simulation.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pipit::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kQuiet{120};  // hold timers, back-off and propagation, several times over

}  // namespace

Simulation::Simulation(const Scenario& scenario)
    : events_(scenario.events),
      random_(scenario.seed),
      loop_(scenario.seed),
      topology_(scenario.topology) {
  for (const LinkSpec& spec : topology_.links) {
    SimLink& link = *links_.emplace_back(
        std::make_unique<SimLink>(loop_, random_, milliseconds(spec.delay_ms)));
    link.addresses = {topology_.routers[spec.a].address(), topology_.routers[spec.b].address()};
    link.trace = &trace_;
    link.names = {fmt::format("r{}", spec.a), fmt::format("r{}", spec.b)};
  }
  routers_.resize(topology_.routers.size());
}

void Simulation::start(std::size_t router) {
  std::vector<Attachment> attachments;
  for (std::size_t n = 0; n < topology_.links.size(); ++n) {
    const LinkSpec& link = topology_.links[n];
    if (link.a == router) {
      attachments.push_back({.neighbor = link.b,
                             .other = topology_.routers[link.b],
                             .transport = &links_[n]->side(0),
                             .other_is_client = link.b_is_client_of_a});
    } else if (link.b == router) {
      attachments.push_back({.neighbor = link.a,
                             .other = topology_.routers[link.a],
                             .transport = &links_[n]->side(1),
                             .other_is_client = false});
    }
  }
  trace_.note("r{} starts", router);
  routers_[router] = std::make_unique<SimRouter>(
      SimRouter::Surroundings{.loop = loop_, .trace = trace_, .name = fmt::format("r{}", router)},
      topology_.routers[router], attachments);
}

void Simulation::run() {
  for (std::size_t router = 0; router < routers_.size(); ++router) {
    start(router);
  }
  const net::TimePoint begin = loop_.now();
  for (const Event& event : events_) {
    loop_.run_until(begin + event.at);
    trace_.note("{}", event.to_string());
    carry_out(event);
  }
  loop_.run_until(loop_.now() + kQuiet);
}

void Simulation::carry_out(const Event& event) {
  switch (event.kind) {
    case Event::Kind::Cut:
      links_[event.target]->cut(event.silent);
      break;
    case Event::Kind::Restore:
      links_[event.target]->restore();
      break;
    case Event::Kind::Restart:
      restart(event);
      break;
    case Event::Kind::Originate:
    case Event::Kind::Withdraw:
      set_originated(event);
      break;
  }
}

void Simulation::restart(const Event& event) {
  if (!routers_[event.target]) {
    return;
  }
  routers_[event.target].reset();
  loop_.after(event.lasts, [this, router = event.target] { start(router); });
}

void Simulation::set_originated(const Event& event) {
  std::vector<net::Prefix>& own = topology_.routers[event.target].prefixes;
  SimRouter* const router = routers_[event.target].get();
  const auto at = std::find(own.begin(), own.end(), event.prefix);
  const bool on = event.kind == Event::Kind::Originate;
  if (on == (at != own.end())) {
    return;
  }
  if (on) {
    own.push_back(event.prefix);
  } else {
    own.erase(at);
  }
  if (router != nullptr) {
    on ? router->originate(event.prefix) : router->withdraw(event.prefix);
  }
}

std::string Simulation::differences() {
  std::vector<bool> up;
  for (const auto& link : links_) {
    up.push_back(link->up());
  }
  const LocRibs expected = reference_loc_ribs(topology_, up);
  std::string text;
  for (std::size_t router = 0; router < routers_.size(); ++router) {
    const auto have = routers_[router]->loc_rib();
    for (const auto& [prefix, route] : expected[router]) {
      const auto at = have.find(prefix);
      if (at == have.end()) {
        text += fmt::format("r{} lost {}: {}\n", router, prefix.to_string(), describe(route));
      } else if (at->second != route) {
        text += fmt::format("r{} has {} {}, expected {}\n", router, prefix.to_string(),
                            describe(at->second), describe(route));
      }
    }
    for (const auto& [prefix, route] : have) {
      if (!expected[router].contains(prefix)) {
        text += fmt::format("r{} invented {} {}\n", router, prefix.to_string(), describe(route));
      }
    }
  }
  return text;
}

std::string failure_of(const Scenario& scenario) {
  Simulation simulation(scenario);
  simulation.run();
  return simulation.differences();
}

std::string trace_of(const Scenario& scenario) {
  Simulation simulation(scenario);
  simulation.trace().keep();
  simulation.run();
  return simulation.trace().text();
}

}  // namespace pipit::sim
