#include "tests/sim/reference.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pipit::sim {
namespace {

enum class Relation { External, Client, NonClient };  // what the neighbor is to the router

struct Adjacency {
  std::size_t neighbor = 0;
  Relation relation = Relation::External;
  bool over_ipv6 = false;
};

std::vector<std::vector<Adjacency>> adjacencies(const Topology& topology,
                                                const std::vector<bool>& up) {
  std::vector<std::vector<Adjacency>> all(topology.routers.size());
  for (std::size_t n = 0; n < topology.links.size(); ++n) {
    const LinkSpec& link = topology.links[n];
    const bool shut = topology.routers[link.a].session(link.b).shutdown ||
                      topology.routers[link.b].session(link.a).shutdown;
    if (!up[n] || shut) {
      continue;
    }
    const Relation plain = topology.internal(link) ? Relation::NonClient : Relation::External;
    all[link.a].push_back(
        {link.b, link.b_is_client_of_a ? Relation::Client : plain, link.over_ipv6});
    all[link.b].push_back({link.a, plain, link.over_ipv6});
  }
  return all;
}

struct Model {
  const Topology& topology;
  std::vector<std::vector<Adjacency>> adjacent;

  /// An external one that stands for no session, when there is none to it.
  Adjacency adjacency(std::size_t router, std::size_t neighbor) const {
    for (const Adjacency& adjacency : adjacent[router]) {
      if (adjacency.neighbor == neighbor) {
        return adjacency;
      }
    }
    return {};
  }

  Relation relation(std::size_t router, std::size_t neighbor) const {
    return adjacency(router, neighbor).relation;
  }

  /// Whether a session between them carries the prefix's family at all.
  bool carries(std::size_t one, std::size_t other, const net::Prefix& prefix) const {
    return prefix.afi() == net::Afi::Ipv4 ||
           (topology.routers[one].ipv6 && topology.routers[other].ipv6);
  }

  /// What `sender` tells `receiver` of its best route (RFC 4271 section 9.1.3, RFC 4456 section 6).
  std::optional<Route> told(std::size_t sender,
                            std::size_t receiver,
                            const net::Prefix& prefix,
                            const Route& best) const {
    const SessionSpec session = topology.routers[sender].session(receiver);
    if ((!best.local && best.from == receiver) || session.conceals.contains(prefix) ||
        !carries(sender, receiver, prefix)) {
      return std::nullopt;
    }
    Route route = best;
    route.from = sender;
    route.local = false;
    if (relation(sender, receiver) == Relation::External) {
      route.as_path.insert(route.as_path.begin(), session.prepends + std::size_t{1},
                           topology.routers[sender].asn);
      route.originator = 0;
      route.cluster_list.clear();
      route.local_preference = 100;
      route.tagged = route.tagged || session.tags;
      route.next_hop = sender;
      return route;
    }
    if (best.local || relation(sender, best.from) == Relation::External) {
      route.next_hop = sender;
      return route;
    }
    const bool from_client = relation(sender, best.from) == Relation::Client;
    if (!from_client && relation(sender, receiver) != Relation::Client) {
      return std::nullopt;
    }
    if (route.originator == 0) {
      route.originator = topology.routers[best.from].id;
    }
    route.cluster_list.insert(route.cluster_list.begin(), topology.routers[sender].cluster_id);
    return route;
  }

  /// Import policy of `receiver`, and whether it can reach where the route leads.
  bool accepts(std::size_t receiver, const net::Prefix& prefix, Route& route) const {
    const RouterSpec& self = topology.routers[receiver];
    const SessionSpec session = self.session(route.from);
    const bool external = relation(receiver, route.from) == Relation::External;
    if (external && route.tagged && topology.avoids_tagged) {
      route.local_preference = kTaggedPreference;
    }
    const bool reachable = external ? !self.host.down.contains(route.from) : !self.host.core_down;
    return reachable && !session.refuses.contains(prefix) &&
           !(external && session.refuses_tagged && route.tagged);
  }

  /// Its own prefixes, and those that it takes from its kernel.
  std::set<net::Prefix> own_prefixes(std::size_t router) const {
    const RouterSpec& self = topology.routers[router];
    std::set<net::Prefix> own = self.prefixes;
    if (self.kernel.imports_static) {
      own.insert(self.host.statics.begin(), self.host.statics.end());
    }
    if (self.kernel.imports_connected) {
      own.insert(self.host.lans.begin(), self.host.lans.end());
    }
    return own;
  }

  bool loops(std::size_t router, const Route& route) const {
    const RouterSpec& self = topology.routers[router];
    return std::count(route.as_path.begin(), route.as_path.end(), self.asn) > 0 ||
           route.originator == self.id ||
           std::count(route.cluster_list.begin(), route.cluster_list.end(), self.cluster_id) > 0;
  }

  /// Smaller is better (RFC 4271 section 9.1.2.2, RFC 4456 section 9).
  auto rank(std::size_t router, const Route& route) const {
    const Adjacency from = adjacency(router, route.from);
    const bool external = from.relation == Relation::External;
    const std::uint32_t peer_id = topology.routers[route.from].id;
    const auto peer_address = std::pair(from.over_ipv6, peer_id);  // in the order of addresses
    return std::tuple(!route.local, ~route.local_preference, route.as_path.size(), !external,
                      route.originator != 0 ? route.originator : peer_id, route.cluster_list.size(),
                      peer_address);
  }
};

}  // namespace

std::string describe(const Route& route) {
  if (route.local) {
    return "local";
  }
  return fmt::format("from r{} path [{}] preference {}{} originator {} clusters [{}] to r{}",
                     route.from, fmt::join(route.as_path, " "), route.local_preference,
                     route.tagged ? " tagged" : "", route.originator & 0xff,
                     fmt::join(route.cluster_list, " "), route.next_hop);
}

std::string describe(const Written& written) {
  return fmt::format("to r{}{}", written.next_hop, written.core ? " over core" : "");
}

LocRibs reference_loc_ribs(const Topology& topology, const std::vector<bool>& up) {
  const Model model{topology, adjacencies(topology, up)};
  LocRibs ribs(topology.routers.size());
  for (bool changed = true; changed;) {
    LocRibs next(topology.routers.size());
    for (std::size_t router = 0; router < topology.routers.size(); ++router) {
      const auto consider = [&](const net::Prefix& prefix, const Route& route) {
        const auto [at, fresh] = next[router].try_emplace(prefix, route);
        if (!fresh && model.rank(router, route) < model.rank(router, at->second)) {
          at->second = route;
        }
      };
      for (const net::Prefix& prefix : model.own_prefixes(router)) {
        Route own;
        own.local = true;
        consider(prefix, own);
      }
      for (const Adjacency& adjacency : model.adjacent[router]) {
        for (const auto& [prefix, best] : ribs[adjacency.neighbor]) {
          auto route = model.told(adjacency.neighbor, router, prefix, best);
          if (route && !model.loops(router, *route) && model.accepts(router, prefix, *route)) {
            consider(prefix, *route);
          }
        }
      }
    }
    changed = next != ribs;
    ribs = std::move(next);
  }
  return ribs;
}

std::vector<std::map<net::Prefix, Written>> reference_kernels(const Topology& topology,
                                                              const LocRibs& ribs) {
  std::vector<std::map<net::Prefix, Written>> kernels(ribs.size());
  for (std::size_t router = 0; router < ribs.size(); ++router) {
    const RouterSpec& self = topology.routers[router];
    for (const auto& [prefix, route] : ribs[router]) {
      if (self.kernel.exports && !route.local && !self.kernel.conceals.contains(prefix)) {
        const bool core = topology.routers[route.from].asn == self.asn;
        kernels[router].emplace(prefix, Written{.next_hop = route.next_hop, .core = core});
      }
    }
  }
  return kernels;
}

}  // namespace pipit::sim
