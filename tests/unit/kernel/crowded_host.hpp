// A host that others share: monitor and FIB writer on a simulated kernel, wired as the kernel
// bridge does it, with wanted routes that change at random.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "kernel/fib/fib_table.hpp"
#include "kernel/fib/fib_writer.hpp"
#include "kernel/monitor/events.hpp"
#include "kernel/monitor/monitor.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/simulated_kernel.hpp"

namespace pipit::kernel::test {

/// A host: the monitor and the writer wired as the kernel bridge does it, and a wanted route for
/// some prefixes, which is chosen anew when its interface goes.
class CrowdedHost final : public KernelEvents {
 public:
  static constexpr int kPrefixes = 24;  // half of them IPv6
  static constexpr std::uint8_t kProtocolBgp = 186;
  inline static const FibPlaces kPlaces{.tables = {100, kMainTable}, .metrics = {32, 50}};

  CrowdedHost(std::uint32_t seed, Faults faults) : kernel(loop, seed), random_(seed + 1) {
    kernel.faults = faults;
    for (const char* name : {"a", "b", "c"}) {
      kernel.add_link(name);
    }
    kernel.others = [this] { act_as_others(); };
    for (int i = 0; i < kPrefixes; ++i) {
      act_as_others();  // what is there from an earlier run
    }
    REQUIRE(writer.start());
    REQUIRE(monitor.start());
  }

  void step() {
    switch (random_() % 16) {
      case 0:
        flap();
        break;
      case 1:
      case 2:
        act_as_others();
        break;
      case 3:
        if (random_() % 8 == 0) {
          flush();
        }
        break;
      case 4:
        audit();
        break;
      default:
        change(below(kPrefixes));
    }
    run(std::chrono::microseconds(random_() % 800));
    check_claims();
  }

  /// Calm: links are up, others leave, the faults end.
  void calm_down() {
    kernel.faults = {};
    std::vector<RouteKey> theirs;
    for (const auto& [key, body] : kernel.routes()) {
      if (body.protocol == RTPROT_STATIC) {
        theirs.push_back(key);
      }
    }
    for (const RouteKey& key : theirs) {
      kernel.remove(key, RTPROT_STATIC, nullptr, SimulatedKernel::kSomebody);
    }
    for (const std::uint32_t index : links()) {
      kernel.set_link(index, true);
    }
    writer.reconcile();
    run(std::chrono::seconds(200));
  }

  void audit() {
    writer.audit();
    monitor.look_again(kPlaces.tables);
  }

  void run(net::Duration time) { loop.run_until(loop.now() + time); }

  /// Whatever the writer says to be installed is there, once the monitor had a chance to hear.
  void check_claims() {
    if (!kernel.heard() || !monitor.synchronized() || kernel.faults.lost_in_silence != 0) {
      return;
    }
    std::size_t installed = 0;
    writer.for_each([&](const FibRoute& route, const FibStatus& status) {
      if (status.state == FibState::Installed) {
        ++installed;
        INFO("claimed: " << text_of(route));
        REQUIRE(has(route));
      }
    });
    REQUIRE(installed == writer.installed());
  }

  /// What the kernel has of ours is exactly what is wanted.
  void check_all() {
    CHECK(writer.installed() == wanted_.size());
    CHECK(writer.failed() == 0);
    CHECK(writer.idle());
    std::set<std::string> wanted;
    for (const auto& [to, route] : wanted_) {
      wanted.insert(text_of(route));
    }
    CHECK(ours() == wanted);
  }

  std::set<std::string> ours() const {
    std::set<std::string> routes;
    for (const auto& [key, body] : kernel.routes()) {
      if (body.protocol == kProtocolBgp) {
        routes.insert(to_string({key, normal_form(body)}));
      }
    }
    return routes;
  }

  // KernelEvents
  void on_link_changed(const Link* before, const Link& after) override {
    writer.retry_now();
    if (before != nullptr && before->up && !after.up) {
      on_link_lost(after.index);
    }
  }

  void on_link_removed(const Link& link) override { on_link_lost(link.index); }

  void on_address_added(const InterfaceAddress& /*address*/) override {}

  void on_address_removed(const InterfaceAddress& /*address*/) override {}

  void on_route_changed(const Route* before, const Route& after, std::uint32_t origin) override {
    writer.on_route_changed(before, after, origin);
  }

  void on_route_removed(const Route& route, std::uint32_t origin) override {
    writer.on_route_removed(route, origin);
  }

  void on_overrun() override { writer.on_overrun(); }

  void on_caught_up() override { writer.on_caught_up(); }

  void on_settled() override {}

  void on_synchronized() override { writer.on_synchronized(&monitor.routes()); }

  void on_failed(const std::string& reason) override { FAIL(reason); }

  sim::VirtualLoop loop;
  SimulatedKernel kernel;
  FibWriter writer{kernel, loop, Ownership{.protocol = kProtocolBgp, .places = kPlaces}};
  Monitor monitor{kernel, loop, *this, MonitorOptions{.tables = kPlaces.tables}};

 private:
  static net::Prefix prefix_of(std::uint32_t number) {
    return net::Prefix::parse(number % 2 == 0 ? fmt::format("10.0.{}.0/24", number)
                                              : fmt::format("2001:db8:{:x}::/48", number))
        .value();
  }

  static std::string text_of(const FibRoute& route) {
    return to_string(
        {{.prefix = route.prefix, .table = route.table, .metric = route.metric},
         normal_form({.type = route.type, .protocol = kProtocolBgp, .hops = route.hops})});
  }

  bool has(const FibRoute& route) const {
    const auto found = kernel.routes().find(
        {.prefix = route.prefix, .table = route.table, .metric = route.metric});
    return found != kernel.routes().end() &&
           to_string({found->first, normal_form(found->second)}) == text_of(route);
  }

  std::vector<std::uint32_t> links() const {
    std::vector<std::uint32_t> indices;
    for (const auto& [index, link] : kernel.links()) {
      if (index != 1) {
        indices.push_back(index);
      }
    }
    return indices;
  }

  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }

  FibRoute random_route(const net::Prefix& to) {
    FibRoute route{.prefix = to,
                   .table = kPlaces.tables[random_() % 2],
                   .metric = kPlaces.metrics[random_() % 2]};
    std::set<Hop> hops;
    for (unsigned count = random_() % 4; count != 0; --count) {
      const auto all = links();
      hops.insert({.gateway = net::IpAddress::parse(fmt::format(
                       fmt::runtime(to.address().is_v6() ? "2001:db8::{}" : "192.0.2.{}"),
                       1 + random_() % 3)),
                   .interface_index = all[random_() % all.size()]});
    }
    route.hops.assign(hops.begin(), hops.end());
    route.type = hops.empty() ? RouteType::Blackhole : RouteType::Unicast;
    return route;
  }

  void change(std::uint32_t number) {
    const net::Prefix to = prefix_of(number);
    if (random_() % 4 == 0) {
      wanted_.erase(to);
      writer.remove(to);
      return;
    }
    FibRoute route = random_route(to);
    if (wanted_.contains(to) && random_() % 2 == 0) {
      route.table = wanted_.at(to).table;
      route.metric = wanted_.at(to).metric;
    }
    wanted_[to] = route;
    writer.set(route);
  }

  void on_link_lost(std::uint32_t index) {
    for (int i = 0; i < kPrefixes; ++i) {
      const auto found = wanted_.find(prefix_of(static_cast<std::uint32_t>(i)));
      if (found == wanted_.end()) {
        continue;
      }
      for (const Hop& hop : found->second.hops) {
        if (hop.interface_index == index) {
          change(static_cast<std::uint32_t>(i));
          break;
        }
      }
    }
  }

  void flap() {
    const auto all = links();
    const std::uint32_t index = all[random_() % all.size()];
    const auto link = kernel.links().at(index);
    if (!link.up) {
      kernel.set_link(index, true);
    } else if (random_() % 3 == 0) {
      kernel.remove_link(index);
      kernel.add_link(link.name);
    } else {
      kernel.set_link(index, false);
    }
  }

  /// `ip route flush proto bgp`.
  void flush() {
    std::vector<RouteKey> keys;
    for (const auto& [key, body] : kernel.routes()) {
      keys.push_back(key);
    }
    for (const RouteKey& key : keys) {
      kernel.remove(key, kProtocolBgp, nullptr, SimulatedKernel::kSomebody);
    }
  }

  /// Some other program or an operator does something where routes of ours may stand.
  void act_as_others() {
    const FibRoute at = random_route(prefix_of(below(kPrefixes)));
    Route route{{.prefix = at.prefix, .table = at.table, .metric = at.metric},
                {.type = at.type, .protocol = kProtocolBgp, .hops = at.hops}};
    switch (random_() % 6) {
      case 0:
        kernel.add(route, NLM_F_CREATE | NLM_F_EXCL, SimulatedKernel::kSomebody);
        break;
      case 1:
        kernel.add(route, NLM_F_CREATE | NLM_F_REPLACE, SimulatedKernel::kSomebody);
        break;
      case 2:
        route.body.protocol = RTPROT_STATIC;
        kernel.add(route, NLM_F_CREATE | (random_() % 2 == 0 ? NLM_F_EXCL : NLM_F_REPLACE),
                   SimulatedKernel::kSomebody);
        break;
      case 3:
        remove_leg(route.key);
        break;
      default:
        kernel.remove(route.key, 0, nullptr, SimulatedKernel::kSomebody);
    }
  }

  void remove_leg(const RouteKey& key) {
    const auto found = kernel.routes().find(key);
    if (found != kernel.routes().end() && key.prefix.address().is_v6() &&
        !found->second.hops.empty()) {
      const Hop leg = found->second.hops[random_() % found->second.hops.size()];
      kernel.remove(key, 0, &leg, SimulatedKernel::kSomebody);
    }
  }

  std::map<net::Prefix, FibRoute> wanted_;
  std::mt19937 random_;
};

}  // namespace pipit::kernel::test
