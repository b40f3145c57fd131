// A router without sockets between neighbors and a kernel that are made up, which is told to reload
// one random configuration after another: what the dry run says of each is compared with what then
// happens, route by route.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "control/reload_models.hpp"
#include "daemon/bridge/originator.hpp"
#include "daemon/bridge/speaker.hpp"
#include "daemon/reload/dry_run.hpp"
#include "daemon/reload/reloader.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/reload/config_maker.hpp"
#include "tests/sim/reload/door.hpp"
#include "tests/sim/reload/fake_kernel.hpp"
#include "tests/sim/reload/remote.hpp"
#include "tests/sim/virtual_loop.hpp"

namespace pipit::sim {

/// A change as a row of a dry run names it: neighbor, change, prefix.
using Change = std::tuple<std::string, std::string, net::Prefix>;
using Changes = std::set<Change>;

/// What a dry run has said.
struct Foretold {
  std::map<std::string, control::PlannedNeighbor> neighbors;  // the kernel among them
  Changes down;                                               // while sessions are down
  Changes after;
};

class ReloadWorld final : private daemon::NeighborDoors {
 public:
  explicit ReloadWorld(std::uint32_t seed);
  ~ReloadWorld() override;

  /// Changes the configuration and the routes at random and compares what a dry run says with what
  /// a reload does. What differs, with all that it takes to understand it; empty: nothing.
  std::string step();

  /// Of all steps: changes of routes, and sessions that ended or were reset.
  std::size_t changes_seen = 0;
  std::size_t sessions_seen = 0;

 private:
  struct Slot {
    SimLink link;
    Door door;
    std::unique_ptr<Remote> remote;

    explicit Slot(VirtualLoop& loop, std::mt19937& random)
        : link(loop, random, std::chrono::milliseconds(1)), door(loop, link) {}
  };

  using Accepted = std::map<net::Prefix, std::optional<bgp::PathAttributes>>;

  /// How things are.
  struct Picture {
    std::map<std::string, Remote::Table> sent;
    std::map<std::string, Accepted> taken;  // "kernel": routes of the kernel
    std::map<net::Prefix, FakeKernel::Written> kernel;
    std::map<std::string, std::uint64_t> established;  // how often
    std::set<std::string> up;
  };

  // daemon::NeighborDoors
  void add_neighbor(const config::NeighborConfig& config,
                    const daemon::NeighborPolicies& policies) override;
  void remove_neighbor(daemon::Neighbor& neighbor) override;
  void neighbor_changed(daemon::Neighbor& neighbor) override;

  std::size_t number(std::size_t most);

  Slot& slot_of(const std::string& name) {
    return *slots_[static_cast<std::size_t>(name.at(1) - '0')];
  }

  void run(std::chrono::seconds time);
  void meet();  // remotes become what the configuration expects
  void trim(const daemon::Neighbor& neighbor, Remote& remote);
  void churn();  // and announce something else
  bgp::PathAttributes some_attributes(std::size_t slot, bool internal, net::Afi afi);
  std::optional<config::Config> other_config();
  Foretold foretell(daemon::ReloadPlan& plan);
  Picture picture();
  Accepted accepted_from(rib::SourceId source);

  void compare_routes(const Picture& before,
                      const Picture& now,
                      const std::set<std::string>* returning,
                      Changes& changes);
  void compare_kernel(const Picture& before, const Picture& now, Changes& changes);
  void check_counts(const Foretold& foretold, const Picture& before);
  void check_sessions(const Foretold& foretold, const Picture& before, const Picture& now);
  void check(const Changes& said, const Changes& happened, const char* when);
  void check_restarts(const Foretold& foretold);

  template <typename... Args>
  void complain(fmt::format_string<Args...> format, Args&&... args) {
    complaints_ += fmt::format(format, std::forward<Args>(args)...) + '\n';
  }

  std::mt19937 random_;
  VirtualLoop loop_;
  ConfigMaker maker_{random_};
  nlohmann::json text_;
  std::string changed_;
  std::string complaints_;
  daemon::RunningConfig running_;
  rib::Rib rib_;
  rib::UpdateGroups groups_;
  FakeKernel kernel_;
  std::array<std::unique_ptr<Slot>, kNeighborSlots> slots_;
  daemon::Speaker speaker_;
  daemon::Originator originator_;
  daemon::Reloader reloader_;
};

}  // namespace pipit::sim
