// One simulated router: the product's RIB, update groups, speaker and peers over the virtual loop
// and the in-memory links. Destroying it is a crash; making another one is its restart.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/bridge/host_addresses.hpp"
#include "daemon/bridge/speaker.hpp"
#include "rib/out/update_groups.hpp"
#include "rib/rib.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/reference.hpp"
#include "tests/sim/topology.hpp"
#include "tests/sim/trace.hpp"
#include "tests/sim/virtual_loop.hpp"

namespace pipit::sim {

/// The link of a router to another one.
struct Attachment {
  std::size_t neighbor = 0;  // index of the other router
  RouterSpec other;
  SimTransport* transport = nullptr;
  bool other_is_client = false;
};

class SimRouter {
 public:
  /// What it works with; all of it outlives the router.
  struct Surroundings {
    VirtualLoop& loop;
    Trace& trace;
    std::string name;  // in the trace
  };

  SimRouter(const Surroundings& around,
            const RouterSpec& spec,
            const std::vector<Attachment>& attachments);
  ~SimRouter();

  void originate(const net::Prefix& prefix);
  void withdraw(const net::Prefix& prefix);

  /// The Loc-RIB in the reference model's form.
  std::map<net::Prefix, Route> loc_rib();

  /// Paths and attribute records left: none once everything is withdrawn.
  bool quiet() const { return rib_.settled(); }

 private:
  struct NoAddresses final : daemon::HostAddresses {
    std::optional<net::IpAddress> companion(const net::IpAddress& /*local*/,
                                            std::uint32_t /*interface_index*/,
                                            net::Afi /*afi*/) const override {
      return std::nullopt;
    }

    std::optional<net::IpAddress> link_local(const net::IpAddress& /*local*/,
                                             std::uint32_t /*interface_index*/) const override {
      return std::nullopt;
    }
  };

  /// Follows the Loc-RIB of a family, whether the trace is kept or not: a run must not depend on
  /// who looks at it.
  class Watcher final : public net::Task {
   public:
    Watcher(SimRouter& router, net::Family family);
    ~Watcher() override;

    bool run() override;

   private:
    SimRouter& router_;
    rib::LocRib& routes_;
    rib::CursorId cursor_;
  };

  Route route_of(const rib::BestPath& best);

  Surroundings around_;
  std::vector<Attachment> attachments_;
  NoAddresses no_addresses_;
  rib::Rib rib_;
  rib::UpdateGroups groups_;
  daemon::Speaker speaker_;
  Watcher watcher_{*this, net::kIpv4Unicast};
};

}  // namespace pipit::sim
