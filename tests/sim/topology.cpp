#include "tests/sim/topology.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pipit::sim {
namespace {

std::size_t between(std::mt19937& random, std::size_t low, std::size_t high) {
  return std::uniform_int_distribution<std::size_t>(low, high)(random);
}

bool chance(std::mt19937& random, std::size_t one_in) {
  return between(random, 1, one_in) == 1;
}

std::set<net::Prefix> random_prefixes(std::mt19937& random, std::size_t most) {
  std::set<net::Prefix> prefixes;
  for (std::size_t count = between(random, 0, most); count > 0; --count) {
    prefixes.insert(random_prefix(random));
  }
  return prefixes;
}

void add_link(Topology& topology, std::mt19937& random, LinkSpec link) {
  link.delay_ms = static_cast<unsigned>(between(random, 1, 80));
  link.over_ipv6 = chance(random, 4);
  link.window = chance(random, 3) ? 300 : 16000;
  topology.links.push_back(link);
}

/// A mesh, or reflectors in a mesh with every other router as a client of one or two of them.
void connect_inside(Topology& topology,
                    std::mt19937& random,
                    std::size_t first,
                    std::size_t count) {
  const bool reflect = count >= 3 && between(random, 0, 1) == 1;
  const std::size_t reflectors = reflect ? between(random, 1, 2) : count;
  for (std::size_t a = 0; a < reflectors; ++a) {
    for (std::size_t b = a + 1; b < reflectors; ++b) {
      add_link(topology, random, {.a = first + a, .b = first + b});
    }
  }
  for (std::size_t client = reflectors; client < count; ++client) {
    const std::size_t home = between(random, 0, reflectors - 1);
    add_link(topology, random, {.a = first + home, .b = first + client, .b_is_client_of_a = true});
    if (reflectors > 1 && between(random, 0, 1) == 1) {
      add_link(
          topology, random,
          {.a = first + (home + 1) % reflectors, .b = first + client, .b_is_client_of_a = true});
    }
  }
}

HostSpec random_host(std::mt19937& random) {
  HostSpec made;
  made.statics = random_prefixes(random, 2);
  if (chance(random, 3)) {
    made.lans.insert(random_lan(random));
  }
  if (chance(random, 3)) {
    made.receive_queue = static_cast<unsigned>(between(random, 4, 40));
  }
  if (chance(random, 3)) {
    made.swapped = 200;
  }
  if (chance(random, 4)) {
    made.batches_refused = 100;
  }
  return made;
}

/// A tree over the systems, so that all are connected, and some more sessions between any two.
void connect_systems(Topology& topology,
                     std::mt19937& random,
                     const std::vector<std::size_t>& firsts) {
  const auto any_of = [&](std::size_t system) {
    const std::size_t end =
        system + 1 < firsts.size() ? firsts[system + 1] : topology.routers.size();
    return between(random, firsts[system], end - 1);
  };
  for (std::size_t system = 1; system < firsts.size(); ++system) {
    add_link(topology, random, {.a = any_of(between(random, 0, system - 1)), .b = any_of(system)});
  }
  for (std::size_t extra = between(random, 2, 6); extra > 0; --extra) {
    const std::size_t a = between(random, 0, topology.routers.size() - 1);
    const std::size_t b = between(random, 0, topology.routers.size() - 1);
    const bool taken = std::any_of(
        topology.links.begin(), topology.links.end(),
        [&](const LinkSpec& l) { return (l.a == a && l.b == b) || (l.a == b && l.b == a); });
    if (topology.routers[a].asn != topology.routers[b].asn && !taken) {
      add_link(topology, random, {.a = a, .b = b});
    }
  }
}

}  // namespace

std::string words(const std::set<net::Prefix>& prefixes) {
  std::vector<std::string> texts;
  for (const net::Prefix& prefix : prefixes) {
    texts.push_back(prefix.to_string());
  }
  return texts.empty() ? "nothing" : fmt::format("{}", fmt::join(texts, " "));
}

std::string words(const SessionSpec& session) {
  return fmt::format("refuses {}{}, conceals {}, prepends {}{}, hold time {}{}",
                     words(session.refuses), session.refuses_tagged ? " and what is tagged" : "",
                     words(session.conceals), session.prepends, session.tags ? ", tags" : "",
                     session.hold, session.shutdown ? ", shut down" : "");
}

std::string words(const KernelSpec& kernel) {
  return fmt::format(
      "imports{}{}{}, {}", kernel.imports_static || kernel.imports_connected ? "" : " nothing",
      kernel.imports_static ? " static" : "", kernel.imports_connected ? " connected" : "",
      kernel.exports ? "exports all but " + words(kernel.conceals)
                     : std::string("exports nothing"));
}

std::string words(const HostSpec& host) {
  return fmt::format("static {}, connected {}, queue {}, swaps {}, refuses {}", words(host.statics),
                     words(host.lans), host.receive_queue, host.swapped, host.batches_refused);
}

net::IpAddress RouterSpec::address(net::Afi afi) const {
  return afi == net::Afi::Ipv4 ? address()
                               : *net::IpAddress::parse(fmt::format("fd00::{:x}", id & 0xff));
}

std::size_t Topology::router_of(const net::IpAddress& address) const {
  const auto at = std::ranges::find_if(
      routers, [&](const RouterSpec& router) { return router.address(address.afi()) == address; });
  return static_cast<std::size_t>(at - routers.begin());
}

net::Prefix random_prefix(std::mt19937& random) {
  const std::size_t block = between(random, 0, 15);
  return *net::Prefix::parse(chance(random, 3) ? fmt::format("2001:db8:{:x}::/48", block)
                                               : fmt::format("198.18.{}.0/24", block));
}

net::Prefix random_lan(std::mt19937& random) {
  const std::size_t block = between(random, 0, 3);
  return *net::Prefix::parse(chance(random, 3) ? fmt::format("2001:db8:f{:x}::/64", block)
                                               : fmt::format("198.19.{}.0/24", block));
}

SessionSpec random_session(std::mt19937& random, bool internal) {
  SessionSpec made;
  if (chance(random, 2)) {
    made.refuses = random_prefixes(random, 4);
  }
  if (chance(random, 2)) {
    made.conceals = random_prefixes(random, 4);
  }
  if (!internal) {
    made.refuses_tagged = chance(random, 6);
    made.tags = chance(random, 4);
    made.prepends = static_cast<std::uint8_t>(chance(random, 3) ? between(random, 1, 3) : 0);
  }
  made.hold = chance(random, 4) ? 12 : 9;
  made.shutdown = chance(random, 8);
  return made;
}

KernelSpec random_kernel(std::mt19937& random) {
  KernelSpec made{.imports_static = chance(random, 3),
                  .imports_connected = chance(random, 3),
                  .exports = !chance(random, 4),
                  .conceals = {}};
  if (chance(random, 4)) {
    made.conceals = random_prefixes(random, 4);
  }
  return made;
}

Topology random_topology(std::mt19937& random) {
  Topology topology;
  std::vector<std::size_t> firsts;
  std::vector<std::uint32_t> ids;
  for (std::uint32_t n = 1; n <= 64; ++n) {
    ids.push_back(0x0a000000U + n);
  }
  std::shuffle(ids.begin(), ids.end(), random);
  while (topology.routers.size() < 8) {
    const std::size_t first = topology.routers.size();
    const std::size_t count = between(random, 1, 4);
    const auto asn = static_cast<std::uint32_t>(64512 + firsts.size());
    firsts.push_back(first);
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint32_t id = ids[first + n];
      topology.routers.push_back({.asn = asn, .id = id, .cluster_id = id});
    }
    connect_inside(topology, random, first, count);
  }
  connect_systems(topology, random, firsts);
  topology.avoids_tagged = chance(random, 2);
  for (RouterSpec& router : topology.routers) {
    router.ipv6 = !chance(random, 4);
    router.prefixes = random_prefixes(random, 3);
    router.prefixes.insert(random_prefix(random));
    router.kernel = random_kernel(random);
    router.host = random_host(random);
  }
  for (const LinkSpec& link : topology.links) {
    for (const auto& [from, to] : {std::pair(link.a, link.b), std::pair(link.b, link.a)}) {
      if (chance(random, 3)) {
        topology.routers[from].sessions[to] = random_session(random, topology.internal(link));
        topology.routers[from].sessions[to].shutdown = false;
      }
    }
  }
  return topology;
}

std::string Topology::describe() const {
  std::string text = fmt::format("tagged routes are {}\n", avoids_tagged ? "avoided" : "as others");
  for (std::size_t n = 0; n < routers.size(); ++n) {
    const RouterSpec& router = routers[n];
    text += fmt::format("r{} AS{} {}{} originates {}, {}; its kernel has {}\n", n, router.asn,
                        router.address().to_string(), router.ipv6 ? "" : " without IPv6",
                        words(router.prefixes), words(router.kernel), words(router.host));
    for (const auto& [neighbor, session] : router.sessions) {
      text += fmt::format("r{} with r{}: {}\n", n, neighbor, words(session));
    }
  }
  for (const LinkSpec& link : links) {
    text += fmt::format("r{} - r{} {}{} {} ms, window {}\n", link.a, link.b,
                        link.b_is_client_of_a ? "client"
                        : internal(link)      ? "iBGP"
                                              : "eBGP",
                        link.over_ipv6 ? " over IPv6" : "", link.delay_ms, link.window);
  }
  return text;
}

}  // namespace pipit::sim
