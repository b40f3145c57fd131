// What the senders announce and what every receiver must end up with: synthetic routes or a
// recorded table. Built once before the clock starts; sessions and receivers only read it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/nlri.hpp"
#include "net/bytes.hpp"

namespace pipit::load {

/// An IPv4 prefix in one word: the address, then the length.
using PrefixKey = std::uint64_t;

constexpr PrefixKey prefix_key(std::uint32_t address, std::uint8_t length) {
  return (PrefixKey{address} << 8) | length;
}

/// Size of the synthetic workload.
struct WorkloadSize {
  std::uint32_t senders = 1;
  std::uint32_t prefixes = 1000;  // of each sender
  std::uint32_t per_set = 6;      // prefixes that share their attributes, on average
};

/// One prefix, who announces it, and with which attributes.
struct Route {
  bgp::Nlri nlri;
  std::uint32_t sender = 0;
  std::uint32_t set = 0;
};

/// All routes of all senders. Of a sender, routes of one set follow each other.
struct Workload {
  std::vector<Route> routes;  // by id
  std::vector<bgp::PathAttributes> sets;
  boost::unordered_flat_map<PrefixKey, std::uint32_t> ids;
  std::uint32_t senders = 1;
};

/// Which next hop a sender announces.
using NextHopOf = net::IpAddress (*)(std::uint32_t sender);

/// Disjoint prefixes of realistic lengths with paths of 1 to 9 ASes and 0 to 8 communities.
/// `external`: each path begins with the sender's AS.
Workload synthetic_workload(const WorkloadSize& size, NextHopOf next_hop, bool external);

/// The live routes at the end of a recorded stream of raw BGP messages (gzip or plain), as one
/// sender's. Errors in words.
std::expected<Workload, std::string> recorded_workload(const std::string& file);

/// The AS number of a sender with an external session.
constexpr std::uint32_t sender_asn(std::uint32_t sender) {
  return 4200000000U + sender;
}

/// UPDATEs that announce every `every`-th route of `sender`. `changed`: with other attributes than
/// before.
net::Bytes announcements(const Workload& workload,
                         std::uint32_t sender,
                         std::uint32_t every,
                         bool changed,
                         bool internal);

/// UPDATEs that withdraw every `every`-th route of `sender`.
net::Bytes withdrawals(const Workload& workload, std::uint32_t sender, std::uint32_t every);

/// The attributes of a set in its second version.
bgp::PathAttributes changed_attributes(const bgp::PathAttributes& attributes);

}  // namespace pipit::load
