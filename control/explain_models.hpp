// What `explain` shows: the way of one route through the pipeline, step by step. Filled in by the
// daemon out of the traces of the parts that decide, read by the JSON renderers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/models.hpp"
#include "policy/step.hpp"

namespace pipit::control {

/// How a next hop resolves, and what comes of it.
struct NextHopModel {
  NextHopRow row;
  std::string text;  // "on 192.0.2.0/24 dev eth0, cost 0"
};

/// One candidate of a destination and the step of the decision process that decided about it.
struct ExplainCandidate {
  RouteRow route;    // its `reason` says why it lost, in words; empty for the best
  std::string step;  // "local preference", "as path length"...; empty for the best
  std::string rule;  // section: "RFC 4271 §9.1.2.2 a"; empty for the best
  // What that step compared; empty unless it lost at a step of the decision process:
  std::string value;                     // of this path
  std::string better;                    // of the path that it lost to
  std::string better_source;             // that one's source
  bool is_void = false;                  // taken back by its source, not swept away yet
  bool changed_by_import = false;        // import policy changed attributes
  bgp::AttributesView received;          // as received; borrowed like RouteRow's
  std::optional<NextHopModel> next_hop;  // nullopt: a route of our own, or not accepted
};

/// A route or address of the kernel and what the import rules make of it.
struct KernelImportRow {
  KernelRouteRow route;
  bool imported = false;
  std::string text;                // why, or why not
  std::vector<std::string> rules;  // each rule that was tried, in words
};

/// What was asked about.
struct AskedModel {
  net::RouteKey key;
  std::optional<net::IpAddress> address;  // its longest match is explained
};

/// `explain PREFIX`.
struct ExplainModel : AskedModel {
  std::vector<ExplainCandidate> candidates;  // the best one first, then in order of preference
  std::string verdict;                       // one sentence: why the first one won, or why none did
  // Where no path is best:
  std::optional<RouteRow> covering;            // the best path of the longest prefix around it
  std::vector<RouteRow> not_accepted;          // paths to prefixes around it that import refused
  std::vector<KernelImportRow> kernel_routes;  // the kernel's routes to exactly this prefix
};

/// A path on its way through import.
struct TracedPath {
  RouteRow route;  // as it stands in the table
  bgp::PathAttributes received;
  std::optional<bgp::PathAttributes> accepted;  // after policy; nullopt: not accepted
  std::vector<policy::Step> steps;
};

/// `explain PREFIX from NAME`.
struct ExplainFromModel : AskedModel {
  std::string from;
  std::string verdict;
  std::vector<policy::Step> steps;             // before anything of the prefix: session, family
  std::vector<TracedPath> paths;               // empty: the source announces nothing for the prefix
  std::vector<KernelImportRow> kernel_routes;  // `from kernel` only
};

/// `explain neighbor NAME`: the way to an Established session, as far as it goes.
struct ExplainNeighborModel {
  std::string neighbor;
  std::string state;
  std::string verdict;
  std::vector<policy::Step> steps;
  std::vector<std::string> advice;  // what to do
};

/// Where a route is on its way to a neighbor.
enum class Delivery : std::uint8_t {
  Pending,  // the update group has not come to it, or keeps it for the neighbor
  Queued,   // in the session's write queue: the socket has not taken all of it
  Written,  // the socket has
};

/// `explain PREFIX to NAME`.
struct ExplainToModel : AskedModel {
  std::string to;
  std::string verdict;
  bool advertised = false;  // the receiver has it, or it is in the write queue
  std::vector<policy::Step> steps;
  std::optional<RouteRow> best;             // the path that is looked at
  std::optional<bgp::PathAttributes> sent;  // as in Adj-RIB-Out
  std::optional<GroupRow> group;
  std::uint64_t write_queue = 0;  // octets that the session has not taken yet
  /// When it was last sent to this receiver, as far as that is known: at the earliest and at the
  /// latest. nullopt: it does not stand advertised there.
  std::optional<WallTime> sent_from;
  std::optional<WallTime> sent_to;
  std::optional<Delivery> delivery;         // nullopt: it does not go there
  std::optional<KernelRouteRow> installed;  // `to kernel` only: what is or should be written
};

}  // namespace pipit::control
