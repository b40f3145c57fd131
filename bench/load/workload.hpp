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

/// A prefix of a sender, and with which attributes it announces it.
struct Route {
  std::uint32_t prefix = 0;  // its number
  std::uint32_t sender = 0;
  std::uint32_t set = 0;
};

/// All routes of all senders. Of a sender, routes of one set follow each other.
struct Workload {
  std::vector<Route> routes;
  std::vector<bgp::PathAttributes> sets;  // each of one sender; its MED is its number
  std::vector<std::uint32_t> owners;      // by set: its sender
  std::vector<bgp::Nlri> prefixes;        // by number
  std::vector<std::uint32_t> first_set;   // by prefix: of its first route
  boost::unordered_flat_map<PrefixKey, std::uint32_t> ids;  // their numbers
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

/// Has `senders` senders announce all that the only sender of `one` does, each with attributes of
/// its own. LOCAL_PREF decides: of the sets of one place in the table every sender's is best in
/// turn.
Workload overlapped(const Workload& one, std::uint32_t senders, NextHopOf next_hop);

/// The AS number of a sender with an external session.
constexpr std::uint32_t sender_asn(std::uint32_t sender) {
  return 4200000000U + sender;
}

/// Every `every`-th route of a sender, from its `first`-th on.
struct Part {
  std::uint32_t every = 1;
  std::uint32_t first = 0;

  bool has(std::uint32_t place) const { return place % every == first; }
};

/// Which attributes of a set: as the workload has them, or one of the changed_attributes().
enum class Version : std::uint8_t {};
inline constexpr Version kFirstVersion{0};
inline constexpr Version kLastVersion{254};

/// UPDATEs that announce a part of the routes of `sender` in that version.
net::Bytes announcements(const Workload& workload,
                         std::uint32_t sender,
                         const Part& part,
                         Version version,
                         bool internal);

/// UPDATEs that withdraw a part of the routes of `sender`.
net::Bytes withdrawals(const Workload& workload, std::uint32_t sender, const Part& part);

/// The attributes of a set in a version behind the first: a community more, and its mark in the
/// MED.
bgp::PathAttributes changed_attributes(const bgp::PathAttributes& attributes, Version version);

inline constexpr std::uint32_t kVersionCommunity = 0xfde80000;  // and the version

/// What tells receivers of internal sessions at once which attributes they have: the MED, which is
/// the number of the set (of at most 16 million) and, as its highest octet, the version.
using Mark = std::uint32_t;
inline constexpr Mark kSetOfMark = 0x00ffffff;
inline constexpr Mark kNothing = 0xffffffff;  // no route
inline constexpr Mark kSomething = 0;         // a route: external sessions lose the MED

constexpr Mark mark_of(std::uint32_t set, Version version) {
  return set | static_cast<Mark>(version) << 24;
}

}  // namespace pipit::load
