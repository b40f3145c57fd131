#include "tests/sim/router.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "bgp/wire/as_path.hpp"
#include "net/bytes.hpp"
#include "tests/sim/router_config.hpp"

namespace pipit::sim {
namespace {

using std::chrono::seconds;

/// After it, routes of an earlier run that nobody announced go.
constexpr seconds kConvergence{20};

config::Config completed(const Topology& topology, std::size_t router, const config::Config* now) {
  config::Config config = config_of(topology, router);
  if (auto done = daemon::complete(config, now); !done) {
    throw std::runtime_error(done.error());
  }
  return config;
}

bool is_tagged(net::ByteView communities) {
  net::ByteReader reader(communities);
  while (!reader.empty()) {
    if (reader.u32() == kTag) {
      return true;
    }
  }
  return false;
}

}  // namespace

SimRouter::Watcher::Watcher(SimRouter& router, net::Family family)
    : router_(router),
      routes_(router.rib_.loc_rib(family)),
      cursor_(routes_.journal().add_cursor(routes_.journal().end())) {
  routes_.journal().on_change([this] { router_.around_.loop.schedule(*this); });
}

SimRouter::Watcher::~Watcher() {
  router_.around_.loop.cancel(*this);
  routes_.journal().remove_cursor(cursor_);
}

bool SimRouter::Watcher::run() {
  while (const auto id = routes_.journal().next(cursor_)) {
    if (!router_.around_.trace.kept()) {
      continue;
    }
    const auto best = routes_.best(*id);
    router_.around_.trace.note("r{} best {} {}", router_.number_, routes_.prefix(*id).to_string(),
                               best ? describe(router_.route_of(*best)) : "none");
  }
  return false;
}

SimRouter::SimRouter(Surroundings around, std::size_t number)
    : around_(std::move(around)),
      number_(number),
      running_{.file = "sim.yaml",
               .loaded_at = around_.loop.wall_now(),
               .config = completed(around_.topology, number, nullptr)},
      rib_(running_.config.rib, around_.loop),
      groups_(
          around_.loop, rib_.attributes(), rib_.sources(), rib_.loc_ribs(), {}, &rib_.next_hops()),
      kernel_(around_.loop, around_.host.access(), rib_),
      speaker_({.loop = around_.loop, .rib = rib_, .groups = groups_, .host = kernel_}),
      originator_(around_.loop, rib_),
      reloader_({.running = running_,
                 .rib = rib_,
                 .speaker = speaker_,
                 .originator = originator_,
                 .kernel = kernel_,
                 .doors = *this}),
      convergence_(around_.host.access()->make_timer([this] { kernel_.reconcile(); })) {
  running_.policies.load(running_.config);
  reloader_.apply_kernel({});
  originator_.apply(daemon::changed_routes({}, running_.config.originate));
  originator_.finish();
  kernel_.on_host_changed([this] { speaker_.host_changed(); });
  if (auto started = kernel_.start([this] { start_neighbors(); }); !started) {
    throw std::runtime_error(started.error());
  }
  convergence_->arm(kConvergence);
}

SimRouter::~SimRouter() {
  for (const auto& [neighbor, transport] : around_.transports) {
    transport->detach();
  }
}

void SimRouter::start_neighbors() {
  neighbors_started_ = true;
  for (const config::NeighborConfig& neighbor : running_.config.neighbors) {
    add_neighbor(neighbor, reloader_.policies_of(neighbor));
  }
}

void SimRouter::add_neighbor(const config::NeighborConfig& config,
                             const daemon::NeighborPolicies& policies) {
  SimTransport& transport = *around_.transports.at(std::stoul(config.session.name));
  daemon::Neighbor* neighbor =
      speaker_.add(config, policies, transport, around_.loop.random_seed());
  transport.attach(*neighbor->peer);
  if (config.session.shutdown) {
    neighbor->peer->stop(
        bgp::cease(bgp::CeaseSubcode::AdministrativeShutdown, *config.session.shutdown));
  } else {
    neighbor->peer->start();
  }
}

void SimRouter::remove_neighbor(daemon::Neighbor& neighbor) {
  SimTransport& transport = *around_.transports.at(std::stoul(neighbor.name()));
  speaker_.remove(neighbor);
  transport.detach();
}

void SimRouter::reload() {
  daemon::ReloadPlan plan =
      daemon::plan_reload(running_, completed(around_.topology, number_, &running_.config));
  reloader_.apply(plan, neighbors_started_);
}

void SimRouter::refresh(std::size_t neighbor, bool in) {
  if (daemon::Neighbor* const known = speaker_.find(neighbor_name(neighbor))) {
    in ? speaker_.refresh_in(*known) : speaker_.refresh_out(*known);
  }
}

void SimRouter::reset(std::size_t neighbor) {
  daemon::Neighbor* const known = speaker_.find(neighbor_name(neighbor));
  if (known != nullptr) {
    known->peer->reset(bgp::cease(bgp::CeaseSubcode::AdministrativeReset));
  }
}

Route SimRouter::route_of(const rib::BestPath& best) {
  const bgp::AttributesView attributes = rib_.attributes().view(best.attributes);
  Route route;
  route.as_path = bgp::AsPathView(attributes.as_path).flattened();
  route.local_preference = attributes.local_preference.value_or(route.local_preference);
  route.tagged = is_tagged(attributes.communities);
  route.originator = attributes.originator_id.value_or(0);
  net::ByteReader clusters(attributes.cluster_list);
  while (!clusters.empty()) {
    route.cluster_list.push_back(clusters.u32());
  }
  const daemon::Neighbor* neighbor = speaker_.of_source(best.source);
  route.local = neighbor == nullptr;
  if (neighbor != nullptr) {
    route.from = std::stoul(neighbor->name());
    route.next_hop = around_.topology.router_of(attributes.next_hop);
  }
  return route;
}

std::map<net::Prefix, Route> SimRouter::loc_rib() {
  std::map<net::Prefix, Route> routes;
  for (const net::Family family : net::kFamilies) {
    const rib::LocRib& table = rib_.loc_rib(family);
    for (std::uint32_t n = 0; n < table.capacity(); ++n) {
      if (const auto best = table.best(rib::DestinationId{n})) {
        routes.emplace(table.prefix(rib::DestinationId{n}), route_of(*best));
      }
    }
  }
  return routes;
}

}  // namespace pipit::sim
