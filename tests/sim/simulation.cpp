#include "tests/sim/simulation.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pipit::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kCalm{20};      // before the trouble begins
constexpr seconds kTrouble{120};  // how long it goes on
constexpr seconds kQuiet{120};    // hold timers, back-off and propagation, several times over

std::string describe(const Route& route) {
  if (route.local) {
    return "local";
  }
  return fmt::format("from r{} path [{}] originator {} clusters [{}]", route.from,
                     fmt::join(route.as_path, " "), route.originator & 0xff,
                     fmt::join(route.cluster_list, " "));
}

}  // namespace

Simulation::Simulation(std::uint32_t seed) : random_(seed), topology_(random_topology(random_)) {
  for (const LinkSpec& spec : topology_.links) {
    links_.push_back(std::make_unique<SimLink>(loop_, random_, milliseconds(spec.delay_ms)));
    links_.back()->addresses = {topology_.routers[spec.a].address(),
                                topology_.routers[spec.b].address()};
  }
  routers_.resize(topology_.routers.size());
  for (std::size_t router = 0; router < routers_.size(); ++router) {
    start(router);
  }
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
  routers_[router] =
      std::make_unique<SimRouter>(loop_, topology_.routers[router], attachments, random_());
}

void Simulation::run() {
  const net::TimePoint begin = loop_.now();
  loop_.run_until(begin + kCalm);
  while (loop_.now() < begin + kCalm + kTrouble) {
    trouble();
    const auto pause = std::uniform_int_distribution<int>(1, 9000)(random_);
    loop_.run_until(loop_.now() + milliseconds(pause));
  }
  loop_.run_until(loop_.now() + kQuiet);
}

void Simulation::trouble() {
  const auto any = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  };
  switch (any(6)) {
    case 0:
      restart(any(routers_.size()));
      break;
    case 1:
    case 2:
      toggle_prefix(any(routers_.size()));
      break;
    default:
      toggle_link(any(links_.size()));
      break;
  }
}

void Simulation::toggle_link(std::size_t link) {
  const bool up = links_[link]->up();
  const bool silent = random_() % 2 == 0;
  history_ += fmt::format("{} ms: link {} {}\n", loop_.now().time_since_epoch() / milliseconds(1),
                          link, up ? (silent ? "cut silently" : "cut") : "restored");
  if (up) {
    links_[link]->cut(silent);
  } else {
    links_[link]->restore();
  }
}

void Simulation::restart(std::size_t router) {
  history_ += fmt::format("{} ms: r{} restarts\n", loop_.now().time_since_epoch() / milliseconds(1),
                          router);
  routers_[router].reset();
  loop_.run_until(loop_.now() + milliseconds(random_() % 3000));
  start(router);
}

void Simulation::toggle_prefix(std::size_t router) {
  std::vector<net::Prefix>& own = topology_.routers[router].prefixes;
  const net::Prefix prefix(net::IpAddress::v4(0xc6120000U + (random_() % 16 << 8)), 24);
  const auto at = std::find(own.begin(), own.end(), prefix);
  history_ += fmt::format("{} ms: r{} {} {}\n", loop_.now().time_since_epoch() / milliseconds(1),
                          router, at == own.end() ? "originates" : "withdraws", prefix.to_string());
  if (at == own.end()) {
    own.push_back(prefix);
    routers_[router]->originate(prefix);
  } else {
    own.erase(at);
    routers_[router]->withdraw(prefix);
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
  return text.empty() ? text : text + topology_.describe() + history_;
}

}  // namespace pipit::sim
