#include "tests/sim/topology.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pipit::sim {
namespace {

std::size_t between(std::mt19937& random, std::size_t low, std::size_t high) {
  return std::uniform_int_distribution<std::size_t>(low, high)(random);
}

void add_link(Topology& topology, std::mt19937& random, LinkSpec link) {
  link.delay_ms = static_cast<unsigned>(between(random, 1, 80));
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

net::Prefix random_prefix(std::mt19937& random) {
  const auto block = static_cast<std::uint32_t>(between(random, 0, 15));
  return {net::IpAddress::v4(0xc6120000U + (block << 8)), 24};
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
      topology.routers.push_back({.asn = asn, .id = id, .cluster_id = id, .prefixes = {}});
    }
    connect_inside(topology, random, first, count);
  }
  connect_systems(topology, random, firsts);
  for (std::size_t n = 0; n < topology.routers.size(); ++n) {
    for (std::size_t count = between(random, 1, 3); count > 0; --count) {
      const net::Prefix prefix = random_prefix(random);
      auto& own = topology.routers[n].prefixes;
      if (std::find(own.begin(), own.end(), prefix) == own.end()) {
        own.push_back(prefix);
      }
    }
  }
  return topology;
}

std::string Topology::describe() const {
  std::string text;
  for (std::size_t n = 0; n < routers.size(); ++n) {
    text +=
        fmt::format("r{} AS{} {} originates", n, routers[n].asn, routers[n].address().to_string());
    for (const net::Prefix& prefix : routers[n].prefixes) {
      text += ' ' + prefix.to_string();
    }
    text += '\n';
  }
  for (const LinkSpec& link : links) {
    text += fmt::format("r{} - r{} {} {} ms\n", link.a, link.b,
                        link.b_is_client_of_a ? "client"
                        : internal(link)      ? "iBGP"
                                              : "eBGP",
                        link.delay_ms);
  }
  return text;
}

}  // namespace pipit::sim
