#include "tests/sim/simulation.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace pipit::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kQuiet{120};  // hold timers, back-off and propagation, several times over

/// What differs between two maps of one router.
template <typename Value>
std::string compare(const std::map<net::Prefix, Value>& have,
                    const std::map<net::Prefix, Value>& expected,
                    const std::string& whose) {
  std::string text;
  for (const auto& [prefix, value] : expected) {
    const auto at = have.find(prefix);
    if (at == have.end()) {
      text += fmt::format("{} lost {}: {}\n", whose, prefix.to_string(), describe(value));
    } else if (at->second != value) {
      text += fmt::format("{} has {} {}, expected {}\n", whose, prefix.to_string(),
                          describe(at->second), describe(value));
    }
  }
  for (const auto& [prefix, value] : have) {
    if (!expected.contains(prefix)) {
      text += fmt::format("{} invented {} {}\n", whose, prefix.to_string(), describe(value));
    }
  }
  return text;
}

}  // namespace

Simulation::Simulation(const Scenario& scenario)
    : events_(scenario.events),
      random_(scenario.seed),
      loop_(scenario.seed),
      topology_(scenario.topology) {
  for (const LinkSpec& spec : topology_.links) {
    SimLink& link = *links_.emplace_back(
        std::make_unique<SimLink>(loop_, random_, milliseconds(spec.delay_ms)));
    link.addresses = {topology_.routers[spec.a].address(spec.afi()),
                      topology_.routers[spec.b].address(spec.afi())};
    link.window = spec.window;
    link.trace = &trace_;
    link.names = {fmt::format("r{}", spec.a), fmt::format("r{}", spec.b)};
  }
  routers_.resize(topology_.routers.size());
  for (std::size_t router = 0; router < routers_.size(); ++router) {
    hosts_.push_back(std::make_unique<Host>(loop_, trace_, topology_, router));
  }
}

void Simulation::start(std::size_t router) {
  std::map<std::size_t, SimTransport*> transports;
  for (std::size_t n = 0; n < topology_.links.size(); ++n) {
    const LinkSpec& link = topology_.links[n];
    if (link.a == router) {
      transports.emplace(link.b, &links_[n]->side(0));
    } else if (link.b == router) {
      transports.emplace(link.a, &links_[n]->side(1));
    }
  }
  trace_.note("r{} starts", router);
  routers_[router] =
      std::make_unique<SimRouter>(SimRouter::Surroundings{.loop = loop_,
                                                          .trace = trace_,
                                                          .topology = topology_,
                                                          .host = *hosts_[router],
                                                          .transports = std::move(transports)},
                                  router);
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
  for (const auto& host : hosts_) {
    host->calm_down();
  }
  loop_.run_until(loop_.now() + kQuiet);
}

void Simulation::carry_out(const Event& event) {
  switch (event.kind) {
    case Event::Kind::Cut:
    case Event::Kind::Restore:
    case Event::Kind::StopReading:
      on_link(event);
      break;
    case Event::Kind::Restart:
      restart(event);
      break;
    case Event::Kind::Originate:
    case Event::Kind::Withdraw:
    case Event::Kind::ReloadSession:
    case Event::Kind::ReloadKernel:
      reload(event);
      break;
    case Event::Kind::RefreshIn:
    case Event::Kind::RefreshOut:
    case Event::Kind::Reset:
      ask(event);
      break;
    case Event::Kind::Static:
    case Event::Kind::Lan:
    case Event::Kind::Interface:
    case Event::Kind::Flush:
      on_host(event);
      break;
  }
}

void Simulation::on_link(const Event& event) {
  SimLink& link = *links_[event.target];
  if (event.kind == Event::Kind::Cut) {
    link.cut(event.silent);
  } else if (event.kind == Event::Kind::Restore) {
    link.restore();
  } else {
    link.stop_reading(event.neighbor, event.lasts);
  }
}

void Simulation::restart(const Event& event) {
  if (routers_[event.target]) {
    routers_[event.target].reset();
    loop_.after(event.lasts, [this, router = event.target] { start(router); });
  }
}

void Simulation::reload(const Event& event) {
  RouterSpec& spec = topology_.routers[event.target];
  if (event.kind == Event::Kind::Originate) {
    spec.prefixes.insert(event.prefix);
  } else if (event.kind == Event::Kind::Withdraw) {
    spec.prefixes.erase(event.prefix);
  } else if (event.kind == Event::Kind::ReloadKernel) {
    spec.kernel = event.kernel;
  } else {
    spec.sessions[event.neighbor] = event.session;
  }
  if (SimRouter* const router = routers_[event.target].get()) {
    router->reload();
  }
}

void Simulation::ask(const Event& event) {
  SimRouter* const router = routers_[event.target].get();
  if (router == nullptr) {
    return;
  }
  if (event.kind == Event::Kind::Reset) {
    router->reset(event.neighbor);
  } else {
    router->refresh(event.neighbor, event.kind == Event::Kind::RefreshIn);
  }
}

void Simulation::on_host(const Event& event) {
  HostSpec& spec = topology_.routers[event.target].host;
  Host& host = *hosts_[event.target];
  const auto put = [&](auto& set, const auto& value, bool there) {
    there ? void(set.insert(value)) : void(set.erase(value));
  };
  if (event.kind == Event::Kind::Static) {
    put(spec.statics, event.prefix, event.there);
    host.set_static(event.prefix, event.there);
  } else if (event.kind == Event::Kind::Lan) {
    put(spec.lans, event.prefix, event.there);
    host.set_lan(event.prefix, event.there);
  } else if (event.kind == Event::Kind::Flush) {
    host.flush();
  } else if (event.neighbor == event.target) {
    spec.core_down = !event.there;
    host.set_interface(std::nullopt, event.there);
  } else {
    put(spec.down, event.neighbor, !event.there);
    host.set_interface(event.neighbor, event.there);
  }
}

std::string Simulation::differences() {
  std::vector<bool> up;
  for (const auto& link : links_) {
    up.push_back(link->up());
  }
  const LocRibs expected = reference_loc_ribs(topology_, up);
  const auto kernels = reference_kernels(topology_, expected);
  std::string text;
  for (std::size_t router = 0; router < routers_.size(); ++router) {
    text += compare(routers_[router]->loc_rib(), expected[router], fmt::format("r{}", router));
    text += compare(hosts_[router]->written(topology_), kernels[router],
                    fmt::format("the kernel of r{}", router));
    if (!routers_[router]->settled()) {
      text += fmt::format("r{} has not come to an end\n", router);
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
