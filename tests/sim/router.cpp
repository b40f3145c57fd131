#include "tests/sim/router.hpp"

#include "bgp/wire/as_path.hpp"
#include "net/bytes.hpp"

namespace pipit::sim {
namespace {

using std::chrono::seconds;

rib::RibOptions rib_options(const RouterSpec& spec) {
  rib::RibOptions options;
  options.asn = spec.asn;
  options.router_id = spec.id;
  options.cluster_id = spec.cluster_id;
  options.next_hops.unresolved = rib::UnresolvedNextHop::Use;
  return options;
}

config::NeighborConfig neighbor_config(const RouterSpec& own, const Attachment& attachment) {
  config::NeighborConfig config;
  config.session.name = std::to_string(attachment.neighbor);
  config.session.address = {.address = attachment.other.address(), .interface = {}};
  config.session.local_address = own.address();
  config.session.local_asn = own.asn;
  config.session.router_id = own.id;
  config.session.expected_asn = {.kind = bgp::ExpectedAsn::Kind::Number,
                                 .number = attachment.other.asn};
  config.session.timers = {.hold = seconds(9),
                           .keepalive = seconds(3),
                           .connect_retry = seconds(5),
                           .send_hold = seconds(30),
                           .idle_hold = seconds(1),
                           .idle_hold_max = seconds(8)};
  config.session.families[0] = true;
  config.routes.route_reflector_client = attachment.other_is_client;
  return config;
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
    router_.around_.trace.note("{} best {} {}", router_.around_.name,
                               routes_.prefix(*id).to_string(),
                               best ? describe(router_.route_of(*best)) : "none");
  }
  return false;
}

SimRouter::SimRouter(const Surroundings& around,
                     const RouterSpec& spec,
                     const std::vector<Attachment>& attachments)
    : around_(around),
      attachments_(attachments),
      rib_(rib_options(spec), around.loop),
      groups_(around.loop,
              rib_.attributes(),
              rib_.sources(),
              {&rib_.loc_rib(net::kIpv4Unicast), &rib_.loc_rib(net::kIpv6Unicast)}),
      speaker_({.loop = around.loop, .rib = rib_, .groups = groups_, .host = no_addresses_}) {
  rib_.next_hops().settle();
  for (const net::Prefix& prefix : spec.prefixes) {
    originate(prefix);
  }
  const daemon::NeighborPolicies open{.imports = policy::accept_all(),
                                      .exports = policy::accept_all()};
  for (const Attachment& attachment : attachments_) {
    daemon::Neighbor* neighbor = speaker_.add(neighbor_config(spec, attachment), open,
                                              *attachment.transport, around_.loop.random_seed());
    attachment.transport->attach(*neighbor->peer);
    neighbor->peer->start();
  }
}

SimRouter::~SimRouter() {
  for (const Attachment& attachment : attachments_) {
    attachment.transport->detach();
  }
}

void SimRouter::originate(const net::Prefix& prefix) {
  bgp::PathAttributes attributes;
  attributes.next_hop = net::IpAddress::any(prefix.afi());
  rib_.announce_local(rib::kOriginateSource, prefix, attributes.view());
}

void SimRouter::withdraw(const net::Prefix& prefix) {
  rib_.withdraw_local(rib::kOriginateSource, prefix);
}

Route SimRouter::route_of(const rib::BestPath& best) {
  const bgp::AttributesView attributes = rib_.attributes().view(best.attributes);
  Route route;
  route.as_path = bgp::AsPathView(attributes.as_path).flattened();
  route.originator = attributes.originator_id.value_or(0);
  net::ByteReader clusters(attributes.cluster_list);
  while (!clusters.empty()) {
    route.cluster_list.push_back(clusters.u32());
  }
  const daemon::Neighbor* neighbor = speaker_.of_source(best.source);
  route.local = neighbor == nullptr;
  if (neighbor != nullptr) {
    route.from = std::stoul(neighbor->name());
  }
  return route;
}

std::map<net::Prefix, Route> SimRouter::loc_rib() {
  std::map<net::Prefix, Route> routes;
  const rib::LocRib& table = rib_.loc_rib(net::kIpv4Unicast);
  for (std::uint32_t n = 0; n < table.capacity(); ++n) {
    const auto best = table.best(rib::DestinationId{n});
    if (!best) {
      continue;
    }
    routes.emplace(table.prefix(rib::DestinationId{n}), route_of(*best));
  }
  return routes;
}

}  // namespace pipit::sim
